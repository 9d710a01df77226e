"""``python -m tools review``: what it signs is what the build sees, and a change reopens what rests on it."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import EditionFolder

from ext.edition.audit import reviews
from tools.__main__ import main

A = """$$a = b$$ (eq-a)

::::{prf:lemma} 引
:label: lem

设 $x$。
::::

::::{prf:proof}
显然。
::::

::::{prf:derivation}
:label: der
:of: eq-a
:uses: lem

$$a = b + 0$$
::::

::::{prf:remark}
:label: rem

旁注。
::::
"""
B = "\n::::{prf:derivation}\n:label: far\n\n由 {prf:ref}`der`，$c$。\n::::\n"


@pytest.fixture
def folder(edition_folder: EditionFolder) -> EditionFolder:
    edition_folder.post("a", A, id="1")
    edition_folder.post("b", B, id="2")
    return edition_folder


def review(folder: EditionFolder, *words: str) -> int:
    return main(["review", *words, "--edition", str(folder.root)])


def rows(folder: EditionFolder) -> dict[str, dict[str, object]]:
    audit = json.loads((folder.build("audit", out="audit").out / "audit.json").read_bytes())
    return {row["record"]["docname"]: row["review"] for row in audit["rows"]}


def change(path: Path, before: str, after: str) -> None:
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after), "utf-8")


def test_what_is_signed_is_what_the_build_sees(folder: EditionFolder, capsys: pytest.CaptureFixture[str]) -> None:
    assert review(folder, "a", "--by", "甲") == 0 and review(folder, "b", "--by", "甲") == 0
    assert {name: (one["state"], one["times"]) for name, one in rows(folder).items()} == {
        "posts/a": ("reviewed", 1), "posts/b": ("reviewed", 1)}
    # A lemma says something else: what rests on it is to be read again, in the other post too, and nothing else.
    change(folder.source / "posts/a.md", "设 $x$", "设 $y$")
    found = rows(folder)
    assert (found["posts/a"]["state"], found["posts/a"]["open"], found["posts/b"]["open"]) == ("stale", 3, 1)
    capsys.readouterr()
    assert review(folder, "a") == 0
    said = {line.split()[0]: line.split()[3] for line in capsys.readouterr().out.splitlines()
            if line.split()[0] in ("lem", "proof-1", "der", "rem")}
    assert said == {"lem": "stale", "proof-1": "stale", "der": "stale", "rem": "reviewed"}
    for name in ("lem", "proof-1", "der"):
        assert review(folder, "a", "--by", "甲", "--annotation", name) == 0
    assert review(folder, "b", "--by", "甲", "--annotation", "far") == 0
    assert {one["state"] for one in rows(folder).values()} == {"reviewed"}


def test_a_proof_is_its_own_to_read(folder: EditionFolder) -> None:
    review(folder, "a", "--by", "甲")
    change(folder.source / "posts/a.md", "显然。", "不难。")
    assert rows(folder)["posts/a"]["open"] == 1


def test_an_equation_reopens_what_is_about_it(folder: EditionFolder) -> None:
    review(folder, "a", "--by", "甲")
    change(folder.source / "posts/a.md", "$$a = b$$", "$$a = -b$$")
    assert rows(folder)["posts/a"]["open"] == 2, "the derivation, and the text around the annotations"


def test_of_the_original_only_what_is_new_is_to_be_read(
        folder: EditionFolder, capsys: pytest.CaptureFixture[str]) -> None:
    around = "起初如此。\n\n其后如彼。\n\n$$a = b$$ (eq-c)\n\n末了。\n"
    path = folder.post("c", around + B.replace("far", "der-c"), id="3")
    for words in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "x")):
        subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@example.org", *words], cwd=folder.root,
                       check=True)
    review(folder, "c", "--by", "甲")
    whole = capsys.readouterr().out.split(" of ")[-1]
    change(path, "其后如彼", "其后又如彼")
    review(folder, "c")
    said = capsys.readouterr().out
    assert "6 of 29 " in said and f"to be read: 1 of 2 parts, 6 of {int(whole.split()[0]) + 1} characters" in said
    # The text that was signed is in no commit that is left: all of it is to be read again.
    shutil.rmtree(folder.root / ".git")
    review(folder, "c")
    assert "1 of 2 parts, 29 of" in capsys.readouterr().out


def test_what_cannot_be_said_is_refused(folder: EditionFolder, capsys: pytest.CaptureFixture[str]) -> None:
    assert review(folder, "a", "--by", "甲", "--annotation", "dre") == 1
    assert "near: der" in capsys.readouterr().err
    assert review(folder, "a", "--verdict", "changes") == 1
    assert "add --by" in capsys.readouterr().err
    assert review(folder, "a", "--by", "甲", "--withdraw") == 1
    assert "no review by 甲" in capsys.readouterr().err
    change(folder.source / "posts/a.md", ":label: der\n", ":label: der\n:stale: 2026-01-01\n")
    assert review(folder, "a", "--by", "甲") == 1
    assert "marked as stale" in capsys.readouterr().err
    assert not reviews.load(folder.source), "nothing was written"


def test_a_standard_asks_for_two(folder: EditionFolder) -> None:
    toml = folder.root / "edition.toml"
    toml.write_text(toml.read_text("utf-8") + '\n[[standards]]\nname = "二"\ncriteria = ["reviewed"]\nreviewers = 2\n')

    def met() -> dict[str, object]:
        audit = json.loads((folder.build("audit", out="audit").out / "audit.json").read_bytes())
        return {row["record"]["docname"]: row["met"] for row in audit["rows"]}

    review(folder, "a", "--by", "甲")
    assert met()["posts/a"] is False
    review(folder, "a", "--by", "乙")
    assert met()["posts/a"] is True
    review(folder, "a", "--by", "丙", "--annotation", "der", "--verdict", "changes", "--note", "符号")
    assert met()["posts/a"] is False
    assert rows(folder)["posts/a"]["state"] == "objected"
