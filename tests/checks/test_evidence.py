"""What the audit and CI say when checks, formulas, the library or the file of results are not what they were."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest
from conftest import REPO, EditionFolder, sphinx_build

from ext.edition.audit.outputs import audit_json
from ext.edition.checks import results
from tests.checks.test_candidates import verify

PAGE = """$$
{formula}
$$ (e)

::::{{prf:derivation}} 题
:label: d
:of: e

$y=x^2$

{check}
::::
"""
CHECK = "```{check}\n:of: e\ndef bind(rng):\n    x = rng.normal()\n    return {'x': x, 'y': x**2}\n```"
PRINTED = "```{testcode}\nprint(True)\n```\n```{testoutput}\nTrue\n```"


def write(folder: EditionFolder, formula: str = "y=x^2", check: str = CHECK) -> None:
    folder.post("a", PAGE.format(formula=formula, check=check))


def gate(folder: EditionFolder, *options: str) -> subprocess.CompletedProcess[str]:
    """Hold the audit against its baseline, as ``make audit`` does."""
    return sphinx_build("-q", "-c", REPO, "-b", "audit", *options, folder.source, folder.root / "audit",
                        cwd=folder.root)


def forge(folder: EditionFolder) -> None:
    """Let the file of results say of the text as it stands that everything passed."""
    write(folder, "y=x^3")
    assert verify(folder)[0] == 1
    path = folder.source / results.FILE
    text = path.read_text("utf-8")
    path.write_text(text.replace('"result": "failed"', '"result": "passed"').replace('"e": "failed"', '"e": "held"'),
                    "utf-8")


def without_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "ext.edition.checks.bound", raising=False)
    monkeypatch.setitem(sys.modules, "numpy", None)


@pytest.mark.parametrize(("change", "rerun", "counted", "frozen"), [
    (write, False, {"passed": 1, "computed": 1}, 0),
    (lambda folder: write(folder, "y=x^3"), False, {"passed": 0, "stale": 1, "computed": 0}, 1),
    (lambda folder: write(folder, "y=x^3"), True, {"passed": 0, "failed": 1, "computed": 0}, 1),
    (lambda folder: write(folder, check=CHECK.replace("x**2", "x * x")), False, {"stale": 1, "computed": 0}, 1),
    (lambda folder: write(folder, check=PRINTED), True, {"passed": 0, "failed": 1, "computed": 0}, 1),
    (forge, False, {"passed": 1, "computed": 1}, 1)],
    ids=["nothing", "a formula", "a formula, and run", "a check", "print(True)", "a forged file"])
def test_what_changed_is_no_evidence(
        edition_folder: EditionFolder, change: Callable[[EditionFolder], None], rerun: bool, counted: dict[str, int],
        frozen: int) -> None:
    """The audit goes by the file and the texts; a file that says what no run says is for CI to find."""
    write(edition_folder)
    assert verify(edition_folder)[0] == 0
    change(edition_folder)
    if rerun:
        assert verify(edition_folder)[0] == 1
    row, = audit_json.load(edition_folder.build("audit", out="audit").out / "audit.json").rows
    assert {name: getattr(row.evidence, name) for name in counted} == counted
    assert verify(edition_folder, verify_frozen=True)[0] == frozen


def test_without_numpy_every_check_is_an_error_and_the_line_is_not_held(
        edition_folder: EditionFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    write(edition_folder)
    verify(edition_folder)
    assert gate(edition_folder, "-D", "audit_update=1").returncode == 0
    assert gate(edition_folder).returncode == 0
    with monkeypatch.context() as patch:
        without_library(patch)
        status, said = verify(edition_folder)
    assert status == 1 and "pip install -r requirements-dev.txt" in said
    assert results.load(edition_folder.source)["posts/a"]["d.1"].result == "error"
    done = gate(edition_folder)
    assert done.returncode == 1 and "checked" in done.stdout + done.stderr and "computed" in done.stdout + done.stderr
