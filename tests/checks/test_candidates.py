"""A formula of an original that does not hold as displayed is a question, with the instance, and no failure."""

from __future__ import annotations

import json

import pytest
from conftest import EditionFolder

from ext.checks.findings import findings
from ext.edition.audit.outputs import audit_json
from ext.edition.checks import results
from ext.edition.checks.bound import run
from ext.edition.checks.lint import Lint
from ext.edition.checks.outcomes import Result

BIND = "def bind(rng):\n    x = rng.uniform(1, 2)\n    return {'x': x, 'y': x**2}\n"


def verify(folder: EditionFolder, **options: object) -> tuple[int, str]:
    """Run the checks in this process; return the exit status and what was said."""
    built = folder.build("verify", out="verified", **options)
    return built.status, (built.out / "output.txt").read_text("utf-8")


def mirrored(folder: EditionFolder, original: str, inside: str = "2y=2x^2", of: str = "e, d.1") -> None:
    """Write a fetched post whose original displays a formula, and an annotation that computes it and one of its own."""
    text = f"$$\n{original}\n$$ (e)\n"
    folder.write("originals/7.md", text)
    folder.write("catalogue.yaml", "- {id: '7', title: a, state: fetched, slug: a}\n")
    folder.post("a", f"{text}\n::::{{prf:derivation}} 题\n:label: d\n:of: e\n\n$$\n{inside}\n$$\n\n"
                     f"```{{check}}\n:of: {of}\n{BIND}```\n::::\n", id="7", origin=None)


def test_a_mismatch_in_the_original_is_a_question_with_both_values(edition_folder: EditionFolder) -> None:
    mirrored(edition_folder, "y=x^3")
    status, said = verify(edition_folder)
    assert status == 0, said
    assert "a question, no failure: as the original displays e, " in said
    one = results.load(edition_folder.source)["posts/a"]["d.1"]
    assert one.result == "passed" and one.states == {"e": "question", "d.1": "held"}
    left, _, right = one.questions["e"].partition(" does not hold at ")[0].partition(" = ")
    assert float(left) == pytest.approx(float(right) ** (2 / 3), rel=1e-4) and "x=" in one.questions["e"]
    assert verify(edition_folder, verify_frozen=True)[0] == 0

    built = edition_folder.build()
    summary = audit_json.load(built.out / "audit.json")
    row, = summary.rows
    assert (row.evidence.questions, row.evidence.computed, row.evidence.passed, row.evidence.failed) == (1, 1, 1, 0)
    assert summary.evidence.questions == 1
    assert json.loads((built.out / "audit.json").read_bytes())["evidence"]["questions"] == 1
    found = [one for one in findings(built.env)["posts/a"] if one.subtype == Lint.FORMULA_QUESTIONED]
    assert len(found) == 1 and found[0].line and not built.warnings, built.warnings
    assert "does not hold at y=" in (built.out / "audit/a.html").read_text("utf-8")
    for page in ("audit.html", "posts/a.html"):
        assert "疑问" in (built.out / page).read_text("utf-8"), page


def test_an_annotators_own_error_fails_beside_a_question(edition_folder: EditionFolder) -> None:
    mirrored(edition_folder, "y=x^3", inside="2y=3x^2")
    status, said = verify(edition_folder)
    assert status == 1 and "d.1 does not hold" in said and "a question, no failure" in said
    assert results.load(edition_folder.source)["posts/a"]["d.1"].result == "failed"


def test_what_the_original_says_right_is_computed_and_asks_nothing(edition_folder: EditionFolder) -> None:
    mirrored(edition_folder, "y=x^2")
    assert verify(edition_folder)[0] == 0
    one = results.load(edition_folder.source)["posts/a"]["d.1"]
    assert one.states == {"e": "held", "d.1": "held"} and not one.questions
    row, = audit_json.load(edition_folder.build().out / "audit.json").rows
    assert (row.evidence.questions, row.evidence.computed) == (0, 2)


def test_a_check_of_nothing_but_a_doubtful_formula_is_no_pass(edition_folder: EditionFolder) -> None:
    mirrored(edition_folder, "y=x^3", of="e")
    assert verify(edition_folder)[0] == 0
    assert results.load(edition_folder.source)["posts/a"]["d.1"].result == "question"
    row, = audit_json.load(edition_folder.build().out / "audit.json").rows
    assert (row.evidence.questions, row.evidence.passed, row.evidence.unknown) == (1, 0, 1)


def test_a_question_about_a_text_that_changed_is_not_asked_any_more(edition_folder: EditionFolder) -> None:
    mirrored(edition_folder, "y=x^3")
    verify(edition_folder)
    mirrored(edition_folder, "y=x^4")
    built = edition_folder.build()
    row, = audit_json.load(built.out / "audit.json").rows
    assert (row.evidence.questions, row.evidence.stale) == (0, 1)


def test_what_cannot_be_computed_in_an_original_is_the_annotators_to_bind(edition_folder: EditionFolder) -> None:
    mirrored(edition_folder, "y=zx^2")
    status, said = verify(edition_folder)
    assert status == 1 and "e has a symbol without value" in said


def test_of_our_own_posts_nothing_is_a_question() -> None:
    done = run(BIND, {"e": "y=x^3", "d": "y=x^2"})
    assert done.result is Result.FAILED and not done.questions
    asked = run(BIND, {"e": "y=x^3", "d": "y=x^2"}, originals=frozenset({"e"}))
    assert asked.result is Result.PASSED and set(asked.questions) == {"e"}
    assert run(BIND, {"e": "y=x^3"}, originals=frozenset({"e"})).result is Result.QUESTION
