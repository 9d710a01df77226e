"""What an annotation, a step and an annotated section say that they are about, and what that does for an equation."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from conftest import Build, EditionFolder

from ext.annotations.annotating import annotation_index, annotation_records
from ext.audit.assess import covers
from ext.checks.findings import findings
from ext.edition.audit.coverage import count
from ext.edition.checks.lint import Lint
from ext.edition.posts.notes import notes, renamed

EQUATIONS = "\n".join(f"$$\n{name}=1\n$$ (eq-{name})\n" for name in "abcde")
POST = EQUATIONS + """
::::{prf:derivation} 推
:uses: eq-b
:explains: eq-c

:::{step} 一步
:derives: eq-a
得 $a$。
:::
::::

{#sec-x .annotation of="eq-d"}
## 一节

文 $d$。

{.annotation derives="eq-e" uses="eq-b sec-x"}
### 小节

文 $e$。
"""


def state(built: Build) -> Mapping[str, str]:
    """Return the state of every equation of the post by its id."""
    return {one.id: str(one.state) for one in covers(built.env, "posts/p")}


def test_a_step_and_a_section_say_what_they_are_about(edition_folder: EditionFolder) -> None:
    edition_folder.post("p", POST)
    built = edition_folder.build()
    assert state(built) == {"eq-a": "derived", "eq-b": "referenced", "eq-c": "explained", "eq-d": "explained",
                            "eq-e": "derived"}
    assert findings(built.env).get("posts/p", ()) == ()
    index = annotation_index(built.env)
    assert [one.anchor for one in index.incoming["posts/p", "eq-eq-a"]] == ["derivation-1-step-1"]
    below = annotation_records(built.env)["posts/p"][2]
    assert [one.anchor for one in index.used_by["posts/p", "sec-x"]] == [below.anchor]
    page = built.html("posts/p")
    assert page.count("所论：") == 4 and page.count("所用：") == 2 and "另见：" not in page


@pytest.mark.parametrize("note", [
    ":::{prf:derivation}\n$a$ 移项。\n:::", ":::{prf:remark}\n注。\n:::", ":::{prf:proof}\n:uses: eq-b\n\n显然。\n:::"])
def test_position_is_no_derivation(edition_folder: EditionFolder, note: str) -> None:
    edition_folder.post("p", EQUATIONS.replace("(eq-a)\n", f"(eq-a)\n\n{note}\n"))
    built = edition_folder.build()
    assert state(built)["eq-a"] == "beside" and count(covers(built.env, "posts/p")).covered == 0


def test_what_names_nothing_is_said_with_its_option(edition_folder: EditionFolder) -> None:
    edition_folder.post("p", EQUATIONS + "\n{.annotation uses=\"eq-z\"}\n## 节\n\n文。\n")
    found = findings(edition_folder.build().env)["posts/p"]
    assert [one.subtype for one in found] == [Lint.OF_UNDEFINED] and "'eq-z' in :uses:" in found[0].message


def test_an_update_knows_and_renames_every_kind_of_target() -> None:
    assert [one.of for one in notes(POST)] == [("eq-c", "eq-b"), ("eq-d",), ("eq-e", "eq-b", "sec-x")]
    after = renamed(POST, {"eq-a": "n-a", "eq-b": "n-b", "eq-d": "n-d", "eq-e": "n-e"})
    for line in (":uses: n-b", ":derives: n-a", '{#sec-x .annotation of="n-d"}',
                 '{.annotation derives="n-e" uses="n-b sec-x"}'):
        assert line in after.split("\n")
