"""Checks are run and named by file and line; code in the original of a fetched post never is."""

from __future__ import annotations

import dataclasses
import subprocess
from importlib import import_module
from pathlib import Path

import pytest
from conftest import REPO, EditionFolder, sphinx_build

from ext.checks.findings import findings
from ext.edition.audit.outputs import audit_json
from ext.edition.checks import results
from ext.edition.checks.lint import Lint


@pytest.fixture(scope="module", autouse=True)
def _what_computes_is_loaded() -> None:
    """Load what each of the builds below, forks all of them, would load for itself."""
    for name in ("bound", "blindness"):
        import_module(f"ext.edition.checks.{name}")


def check(code: str, output: str = "", options: str = "") -> str:
    shown = f"```{{testoutput}}\n{output}\n```\n" if output else ""
    return f"```{{testcode}}\n{options}{code}\n```\n{shown}"


def verify(folder: EditionFolder, *options: str, builder: str = "verify") -> subprocess.CompletedProcess[str]:
    return sphinx_build("-c", REPO, "-b", builder, *options, folder.source, folder.root / "out", cwd=folder.root)


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


def hostile(folder: EditionFolder) -> tuple[str, Path]:
    """Return blocks that leave a mark when any of their code is run, and the mark."""
    mark = folder.root / "mark"
    run = f"open({str(mark)!r}, 'a').write('x')"
    return (f"{check(run)}\n{check('1', options=f':skipif: {run}' + chr(10))}\n```{{testsetup}}\n{run}\n```\n\n"
            f"```{{testcleanup}}\n{run}\n```\n\n```{{doctest}}\n>>> {run}\n```\n\n>>> {run}\n"), mark


def forged(blocks: str) -> str:
    return f"::::{{prf:proof}}\n题\n\n{blocks}\n::::\n\n{{.annotation}}\n## 注\n\n{blocks}"


MINE = f":::{{prf:remark}}\n{check('import math' + chr(10) + 'print(math.floor(3.5))', '3')}:::\n"


def test_code_of_a_fetched_original_is_never_run(edition_folder: EditionFolder) -> None:
    blocks, mark = hostile(edition_folder)
    edition_folder.write("originals/7.md", f"{blocks}\n\n```python\nimport math\n```\n")
    edition_folder.post("b", f"{blocks}\n{MINE}", id="7", origin=None)
    done = verify(edition_folder)
    assert not mark.exists()
    assert done.returncode == 0 and "1 test\n" in done.stdout, done.stdout + done.stderr
    assert done.stdout.count("not run: it stands in the original of a fetched post") == 5


@pytest.mark.parametrize("meta", [
    {"id": "7", "origin": None}, {"id": "7"}, {"id": "8"}, {"id": None}, {"id": "old"}, {"id": "7", "origin": "feed"}])
def test_an_annotation_forged_in_the_original_is_never_run(edition_folder: EditionFolder, meta: dict[str, str]) -> None:
    blocks, mark = hostile(edition_folder)
    edition_folder.write("originals/7.md", forged(f"> {blocks}".replace("\n", "\n> ")))
    edition_folder.write("catalogue.yaml", "- {id: '7', title: b, state: fetched, slug: b, aliases: [old]}\n")
    edition_folder.post("b", f"{forged(blocks)}\n\n{MINE}", **meta)
    done = verify(edition_folder)
    assert not mark.exists(), done.stdout
    assert done.returncode == 0 and "1 test\n" in done.stdout, done.stdout + done.stderr
    assert done.stdout.count("stands in the original too") == 10


@pytest.mark.parametrize("meta", [{"id": "7", "origin": "feed"}, {"id": None, "origin": None}, {"id": "7"}])
def test_without_an_original_nobody_can_tell(edition_folder: EditionFolder, meta: dict[str, str]) -> None:
    blocks, mark = hostile(edition_folder)
    edition_folder.write("catalogue.yaml", "- {id: '7', title: b, state: truncated, slug: b}\n")
    edition_folder.post("b", forged(blocks), **meta)
    done = verify(edition_folder)
    assert not mark.exists() and done.returncode == 0, done.stdout
    assert done.stdout.count("nobody can tell who wrote it") == 10


def test_a_page_of_ours_runs_its_own_checks_and_no_included_post(edition_folder: EditionFolder) -> None:
    blocks, mark = hostile(edition_folder)
    for name in ("originals/7.md", "posts/c.md"):
        edition_folder.write(name, f"---\norigin: feed\n---\n# c\n\n{blocks}")
    edition_folder.write("parts/own.md", check("print(2 + 2)", "4"))
    edition_folder.write("topics/a.md", "# a\n\n" + "".join(
        f"```{{include}} /{name}\n```\n\n" for name in ("originals/7.md", "posts/c.md", "parts/own.md")))
    done = verify(edition_folder)
    assert not mark.exists() and done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("may be a stranger's") == 10 and "2 tests\n" in done.stdout, done.stdout


def evidence(folder: EditionFolder) -> dict[str, int | str]:
    built = folder.build()
    summary = audit_json.load(built.out / "audit.json")
    assert summary.evidence == summary.rows[0].evidence
    return dataclasses.asdict(summary.evidence)


@pytest.mark.parametrize("hidden", ["", ":hide:\n"])
def test_a_derivation_is_checked_by_a_check_that_passed_on_its_text(edition_folder: EditionFolder, hidden: str) -> None:
    def write(said: str = "乙") -> None:
        edition_folder.post("a", "\n\n".join([
            "$$a$$ (e)", f":::{{prf:derivation}} 一\n$a$ {said}\n\n{check('x = 1', options=hidden)}:::",
            ":::{prf:proof}\n$a$\n\n```python\nx = 1\n```\n:::", f":::{{prf:remark}}\n{check('x = 1')}:::",
            f"::::{{prf:proof}}\n$b$\n\n:::{{prf:example}}\n{check('1 / 0')}:::\n::::", check("x = 1")]))

    write()
    known = {"derivations": 3, "carrying": 2}
    assert evidence(edition_folder).items() >= {**known, "passed": 0, "unknown": 2, "ran": ""}.items()
    verify(edition_folder)
    assert evidence(edition_folder).items() >= {**known, "passed": 1, "failed": 1, "unknown": 0}.items()
    write("丙")
    assert evidence(edition_folder).items() >= {**known, "passed": 0, "failed": 1, "stale": 1}.items()


def test_an_equation_is_computed_while_it_says_what_was_computed(edition_folder: EditionFolder) -> None:
    edition_folder.post("a", derivation("y=x^2"))
    verify(edition_folder)
    assert evidence(edition_folder).items() >= {"equations": 2, "computed": 2, "passed": 1}.items()
    edition_folder.post("a", derivation("y=-x^2"))
    assert evidence(edition_folder).items() >= {"computed": 0, "passed": 0, "stale": 1}.items()


def test_without_a_library_nothing_is_checked_and_the_baseline_is_held(edition_folder: EditionFolder) -> None:
    edition_folder.post("a", derivation("y=x^2"))
    verify(edition_folder)
    audit = "-q", "-c", REPO, "-b", "audit", edition_folder.source, edition_folder.root / "audit"
    assert sphinx_build("-D", "audit_update=1", *audit, cwd=edition_folder.root).returncode == 0
    edition_folder.post("a", derivation("y=x^2").replace("def bind", "import nothing_of_that_name\ndef bind"))
    assert verify(edition_folder).returncode == 1
    done = sphinx_build(*audit, cwd=edition_folder.root)
    assert done.returncode == 1 and "checked" in done.stdout + done.stderr, done.stdout + done.stderr


def test_the_essays_carry_checks() -> None:
    """Every essay of the bundled edition has one; make verify runs them."""
    essays = sorted((REPO / "source" / "posts").glob("*.md"))
    assert len(essays) >= 16
    for path in essays:
        text = path.read_text("utf-8")
        assert "origin: local" not in text or ("```{check}" in text or "```{testcode}" in text), path.name


BOUND = """```{{check}}
:of: {of}
def bind(rng):
    x = rng.normal()
    return {{"x": x, "y": x**2}}
```
"""


def derivation(formula: str, of: str = "e, d.1") -> str:
    around = "::::{prf:derivation} 题\n:label: d\n:of: e\n\n$$\n2y=2x^2\n$$\n\n"
    return f"$$\n{formula}\n$$ (e)\n\n{around}{BOUND.format(of=of)}::::\n"


def recorded(folder: EditionFolder) -> dict[str, results.Recorded]:
    return results.load(folder.source).get("posts/a", {})


def test_a_check_computes_the_formula_that_stands_on_the_page(edition_folder: EditionFolder) -> None:
    edition_folder.post("a", derivation("y=x^2"))
    assert verify(edition_folder).returncode == 0
    one = recorded(edition_folder)["d.1"]
    assert one.result == "passed" and one.states == {"e": "held", "d.1": "held"}
    edition_folder.post("a", derivation("y=-x^2"))
    done = verify(edition_folder)
    assert done.returncode == 1 and "e does not hold" in done.stdout
    assert recorded(edition_folder)["d.1"].result == "failed"


@pytest.mark.parametrize(("formula", "of", "said"), [
    ("y=x^2", "nothing", "there is no displayed formula nothing"), ("y=x^2", "d.2", "no displayed formula d.2"),
    ("y=x^2+z", "e", "symbol without value"), ("y=1/2x", "e", "cannot be read"), ("z=x", "e", "is a definition")])
def test_what_is_not_computed_is_no_pass(edition_folder: EditionFolder, formula: str, of: str, said: str) -> None:
    edition_folder.post("a", derivation(formula, of))
    done = verify(edition_folder)
    assert done.returncode == 1 and said in done.stdout, done.stdout
    assert recorded(edition_folder)["d.1"].result == "failed"


def test_a_second_run_changes_nothing_and_a_forged_file_shows(edition_folder: EditionFolder) -> None:
    edition_folder.post("a", derivation("y=x^2"))
    verify(edition_folder)
    path = edition_folder.source / results.FILE
    first = path.read_bytes()
    assert verify(edition_folder).returncode == 0 and path.read_bytes() == first
    assert verify(edition_folder, "-D", "verify_frozen=1").returncode == 0
    edition_folder.post("a", derivation("y=x^3"))
    verify(edition_folder)
    path.write_bytes(path.read_bytes().replace(b'"failed"', b'"passed"').replace(b'"e": "failed"', b'"e": "held"'))
    forged = path.read_bytes()
    done = verify(edition_folder, "-D", "verify_frozen=1")
    assert done.returncode == 1 and "the file says passed, this run failed" in done.stdout
    assert path.read_bytes() == forged, "a frozen run writes nothing"


def test_planted_errors_are_noticed_and_a_weak_instance_shows(edition_folder: EditionFolder) -> None:
    weak = "$$\nab=ba\n$$ (c)\n\n```{check}\n:of: c\ndef bind(rng):\n    return {'a': 0.0, 'b': rng.normal()}\n```\n"
    edition_folder.post("a", f"{derivation('y=x^2')}\n{weak}")
    done = verify(edition_folder, builder="mutate")
    assert done.returncode == 0 and "survived (factor): ab=2 ba" in done.stdout, done.stdout
    found = recorded(edition_folder)
    assert set(found["d.1"].mutants) == {"e", "d.1"}
    assert all(noticed == planted > 1 for noticed, planted in found["d.1"].mutants.values())
    verify(edition_folder)
    assert recorded(edition_folder) == found, "verifying again keeps the score of the same text"
    assert evidence(edition_folder)["planted"] > 0


def test_signs_planted_at_random_are_counted_over_all_formulas(edition_folder: EditionFolder) -> None:
    edition_folder.post("a", f"{derivation('y=x^2+x-x')}\n\n$$\nu=v+w\n$$ (nobody)\n\n$$\nu=v\n$$ (plain)\n")
    options = ("-D", "mutate_plant=40", "-D", "mutate_seed=3")
    done = verify(edition_folder, *options, builder="mutate")
    assert done.returncode == 0, done.stdout + done.stderr
    said = {line.split(" turned signs ")[1].partition(" (")[0]: int(line.split(" of ")[0])
            for line in done.stdout.splitlines() if " turned signs " in line}
    assert set(said) == {"noticed", "in a formula that no check computes"} and sum(said.values()) == 40
    assert "drawn with seed 3 from the 2 of 4 displayed formulas that have a sign" in done.stdout
    again = verify(edition_folder, *options, builder="mutate").stdout.splitlines()
    planted = [line for line in done.stdout.splitlines() if line.startswith("posts/a: ")]
    assert len(planted) == 40 and planted == [line for line in again if line.startswith("posts/a: ")]
    assert not (edition_folder.source / results.FILE).exists(), "it records nothing"


def test_one_post_can_be_run_alone_and_the_results_of_others_stay(edition_folder: EditionFolder) -> None:
    edition_folder.post("a", derivation("y=x^2"))
    edition_folder.post("b", derivation("y=x^3").replace("label: d", "label: b").replace("d.1", "b.1"))
    assert verify(edition_folder, "-D", "verify_only=a").returncode == 0
    assert set(results.load(edition_folder.source)) == {"posts/a"}
    assert verify(edition_folder, "-D", "verify_only=b").returncode == 1
    assert set(results.load(edition_folder.source)) == {"posts/a", "posts/b"}
    assert verify(edition_folder, "-D", "verify_only=nosuch").returncode == 2


def test_a_check_that_compares_nothing_is_a_finding(edition_folder: EditionFolder) -> None:
    edition_folder.post("a", "\n\n".join([check("print(True)", "True"), "```{check}\ncheck('x', np.pi, np.pi)\n```"]))
    found = findings(edition_folder.build().env)["posts/a"]
    assert [one.subtype for one in found] == [Lint.CHECK_EMPTY, Lint.CHECK_EMPTY]
