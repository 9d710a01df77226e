"""Who wrote an annotation is a fact of its own, and what a program wrote may have to wait for a person."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest
from conftest import TOML, EditionFolder, new_edition
from hypothesis import given
from hypothesis import strategies as st

from ext.annotations.annotating import annotation_records
from ext.checks.findings import findings
from ext.edition.annotations.authorship import Authors, By, author
from ext.edition.checks.lint import Lint
from tools.__main__ import main

TEXT = """
$$a = 1$$ (eq-a)

$$b = 2$$ (eq-b)

::::{prf:derivation} 甲
:label: der-a
:of: eq-a
:by: program 某机

:::{step} 起
:label: step-b
:explains: eq-b
$$x$$
:::
::::

:::{prf:remark}
:by: person
注。
:::

:::{prf:remark}
注。
:::

{#sec .annotation by="assisted <i>"}
## 小节

文字。
"""


def summary(folder: EditionFolder) -> tuple[int, Any]:
    """Return how many equations are covered, and the annotations by who wrote them."""
    found = json.loads((folder.build("audit", out="audit").out / "audit.json").read_text("utf-8"))
    return found["coverage"]["derived"] + found["coverage"]["explained"], found["authors"]


def waiting(folder: EditionFolder) -> tuple[int, int]:
    covered, authors = summary(folder)
    return covered, authors["unreviewed"]


def edition(tmp_path_factory: pytest.TempPathFactory, toml: str) -> EditionFolder:
    made = new_edition(tmp_path_factory.mktemp("authors") / "edition", toml)
    made.post("p", TEXT)
    return made


def test_it_is_kept_shown_and_counted(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = edition(tmp_path_factory, TOML)
    built = folder.build()
    assert built.warnings == ()
    assert [one.by for one in annotation_records(built.env)["posts/p"]] == [
        "program 某机", "person", "", "assisted <i>"]
    page = built.html("posts/p")
    assert "作者：程序（某机）" in page and "作者：人，有程序辅助（&lt;i&gt;）" in page
    assert summary(folder) == (2, asdict(Authors(1, 1, 1, 1, 1)))
    assert "程序所写 1（无人复核 1）" in built.html("audit")


def test_what_a_program_wrote_waits_for_a_person(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = edition(tmp_path_factory, TOML + '[coverage]\nprograms = "reviewed"\n')
    assert waiting(folder) == (0, 1)
    assert main(["review", "p", "--by", "甲", "--edition", str(folder.root)]) == 0
    assert waiting(folder) == (2, 0)
    # The review was of that very text.
    folder.post("p", TEXT.replace("$$x$$", "$$x + 1$$"))
    assert waiting(folder) == (0, 1)


@pytest.mark.parametrize(("standard", "covered"), [
    ('posts = ["7"]\nprograms = "reviewed"', 0), ('topics = ["题"]\nprograms = "reviewed"', 0),
    ('batches = ["b"]\nprograms = "reviewed"', 0), ('posts = ["8"]\nprograms = "reviewed"', 2),
    ('posts = ["7"]\nprograms = "reviewed"\n[[standards]]\nname = "t"\nposts = ["7"]\nprograms = "all"', 2)])
def test_a_standard_says_it_for_its_own_posts(
        tmp_path_factory: pytest.TempPathFactory, standard: str, covered: int) -> None:
    toml = (f'{TOML}[[topics]]\nname = "题"\nslug = "t"\n'
            '[[batches]]\nkey = "b"\nname = "b"\nrule = "original.displayed == 2"\n'
            f'[[standards]]\nname = "s"\n{standard}\n')
    made = new_edition(tmp_path_factory.mktemp("authors") / "edition", toml)
    made.post("p", TEXT, id="7", topic="题")
    assert waiting(made) == (covered, 1)


def test_the_other_way_round(tmp_path_factory: pytest.TempPathFactory) -> None:
    toml = (f'{TOML}[coverage]\nprograms = "reviewed"\n[[standards]]\nname = "s"\nposts = ["7"]\nprograms = "all"\n')
    made = new_edition(tmp_path_factory.mktemp("authors") / "edition", toml)
    for slug, key in (("p", "7"), ("q", "8")):
        text = TEXT.replace("der-a", f"der-{slug}").replace("step-b", f"step-{slug}").replace("#sec", f"#s{slug}")
        made.post(slug, text, id=key)
    assert waiting(made) == (2, 2), "of both posts those of one"


def test_another_word_is_named(edition_folder: EditionFolder) -> None:
    edition_folder.post("p", ":::{prf:remark}\n:by: robot\n注。\n:::")
    built = edition_folder.build("text", out="text")
    assert [one.subtype for one in findings(built.env)["posts/p"]] == [Lint.BY_UNKNOWN] and len(built.warnings) == 1


@given(st.sampled_from(By), st.text(st.characters(categories=("L", "N")), min_size=1))
def test_the_first_word_says_who(by: By, name: str) -> None:
    assert author(f"{by} {name}") == (by, name) and author(by) == (by, "")
    assert author(f"{by}{name}") == (None, "")
