"""Checks are run and named by file and line; code in the original of a fetched post never is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import EditionFolder

from ext.annotations.annotating import annotation_records
from ext.edition.audit.outputs import audit_json

REPO = Path(__file__).resolve().parent.parent.parent


def check(code: str, output: str = "", options: str = "") -> str:
    shown = f"```{{testoutput}}\n{output}\n```\n" if output else ""
    return f"```{{testcode}}\n{options}{code}\n```\n{shown}"


def verify(folder: EditionFolder) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sphinx", "-c", str(REPO), "-b", "verify", str(folder.source), str(folder.root / "out")],
        cwd=folder.root, capture_output=True, text=True, check=False, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"})


def test_a_failing_check_is_named_with_file_and_line(edition_folder: EditionFolder) -> None:
    path = edition_folder.post("a", "$$\na=b\n$$ (e)\n\n::::{prf:derivation} 题\n:of: e\n\n:::{step} 一\n甲\n:::\n\n"
                               f"{check('print(1 + 1)', '3')}::::\n\n{check('x = 2')}\n{check('1 / (x - 2)')}")
    done = verify(edition_folder)
    lines = path.read_text("utf-8").split("\n")
    first, third = (lines.index(code) for code in ("print(1 + 1)", "1 / (x - 2)"))
    assert done.returncode == 1
    assert f"source/posts/a.md:{first}: this check fails" in done.stdout
    assert f"source/posts/a.md:{third}: this check fails" in done.stdout
    assert "ZeroDivisionError" in done.stdout and "2 failures in tests" in done.stdout


def test_checks_that_hold_pass(edition_folder: EditionFolder) -> None:
    edition_folder.post("a", check("import numpy as np\nprint(bool(np.isclose(np.cos(0), 1)))", "True"))
    done = verify(edition_folder)
    assert done.returncode == 0 and "1 test\n" in done.stdout and "0 failures in tests" in done.stdout, done.stdout


def test_code_of_a_fetched_original_is_never_run(edition_folder: EditionFolder) -> None:
    mark = edition_folder.root / "mark"
    run = f"open({str(mark)!r}, 'a').write('x')"
    hostile = (f"{check(run)}\n{check('1', options=f':skipif: {run}' + chr(10))}\n```{{testsetup}}\n{run}\n```\n\n"
               f"```{{testcleanup}}\n{run}\n```\n\n```{{doctest}}\n>>> {run}\n```\n\n>>> {run}\n")
    edition_folder.post("b", f"{hostile}\n:::{{prf:remark}}\n{check('print(3)', '3')}:::\n", id="7", origin=None)
    done = verify(edition_folder)
    assert not mark.exists()
    assert done.returncode == 0 and "1 test\n" in done.stdout, done.stdout + done.stderr
    assert done.stdout.count("not run: it stands in the original of a fetched post") == 5


@pytest.mark.parametrize("hidden", ["", ":hide:\n"])
def test_verified_derivations_are_counted(edition_folder: EditionFolder, hidden: str) -> None:
    edition_folder.post("a", "\n\n".join([
        "$$a$$ (e)", f":::{{prf:derivation}} 一\n$a$\n\n{check('x = 1', options=hidden)}:::",
        ":::{prf:proof}\n$a$\n\n```python\nx = 1\n```\n:::", f":::{{prf:remark}}\n{check('x = 1')}:::",
        f"::::{{prf:proof}}\n$b$\n\n:::{{prf:example}}\n{check('x = 1')}:::\n::::", check("x = 1")]))
    edition_folder.post("b", "文")
    built = edition_folder.build()
    records = annotation_records(built.env)["posts/a"]
    assert [(one.kind, one.verified) for one in records] == [
        ("derivation", True), ("proof", False), ("remark", True), ("proof", True), ("example", True)]
    summary = audit_json.load(built.out / "audit.json")
    assert (summary.verified.count, summary.verified.of) == (2, 3)
    shares = [(one.verified.count, one.verified.of) for one in summary.rows]
    assert shares == [(2, 3), (0, 0)]


def test_the_essays_carry_checks() -> None:
    """Every essay of the bundled edition has one; make verify runs them."""
    essays = sorted((REPO / "source" / "posts").glob("*.md"))
    assert len(essays) >= 16
    for path in essays:
        text = path.read_text("utf-8")
        assert "origin: local" not in text or "```{testcode}" in text, path.name
