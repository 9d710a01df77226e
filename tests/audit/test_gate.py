"""The gate: thresholds, the committed baseline, what it is compared with, and the exit status of the build."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from audited import ROOT, checked_edition
from conftest import REPO, EditionFolder, sphinx_build
from hypothesis import given
from hypothesis import strategies as st
from sphinx.errors import ConfigError

import tools.__main__ as command_line
from ext.edition.audit.change import load, parse, regressions, tighten, to_json
from ext.edition.audit.criteria import CRITERIA
from ext.edition.audit.gate import metrics, shortfalls
from ext.edition.audit.steps import PostState, compare
from ext.edition.audit.summary import summarise
from ext.edition.site.errors import EditionError
from tests.audit.test_summary import EDITION, record

EQUATIONS = 9
NAMES = ("intact", "coverage", "resolves")


@st.composite
def states(draw: st.DrawFn, posts: tuple[str, ...] = ("a", "b", "c")) -> dict[str, PostState]:
    """Draw what a baseline may remember; the originals keep their equations."""
    found = {}
    for post in draw(st.lists(st.sampled_from(posts), unique=True)):
        verdict = {name: draw(st.sampled_from(["met", "failing", "unknown"])) for name in NAMES}
        found[post] = PostState(
            post, met=tuple(n for n in NAMES if verdict[n] == "met"),
            failing=tuple(n for n in NAMES if verdict[n] == "failing"), equations=EQUATIONS,
            covered=draw(st.none() | st.integers(0, EQUATIONS)), added=draw(st.none() | st.integers(0, 5)),
            blocks=draw(st.integers(0, 5)), findings=draw(st.integers(0, 5)))
    return found


def lost(before: Mapping[str, PostState], after: Mapping[str, PostState]) -> set[tuple[str, str]]:
    return {(change.id, step.name) for change in regressions(before, after) for step in change.worse}


@given(states(), states(), states())
def test_an_updated_baseline_is_never_looser(
    before: dict[str, PostState], now: dict[str, PostState], later: dict[str, PostState]
) -> None:
    tight = tighten(before, now)
    assert tight.keys() == now.keys()
    kept = {post: state for post, state in before.items() if post in now}
    assert lost(kept, later) <= lost(tight, later)
    # What is lost now stays lost until it is mended, however often the baseline is updated.
    assert lost(tight, now) == lost(kept, now)
    assert tighten(tight, now) == tight


@given(states())
def test_a_baseline_is_read_as_it_was_written(state: dict[str, PostState]) -> None:
    assert parse(to_json(state), where="baseline") == state
    assert compare(state, state) == () == regressions(state, state)
    assert to_json(tighten({}, state)) == to_json(state)


@pytest.mark.parametrize(("after", "names"), [
    (PostState("甲", met=("intact",), equations=4, covered=3), []),
    (PostState("甲", met=("intact", "coverage"), equations=4, covered=4), []),
    (PostState("甲", failing=("intact",), equations=4, covered=3), ["intact"]),
    (PostState("甲", met=("intact",), equations=4, covered=2), ["covered"]),
    (PostState("甲", failing=("intact",), equations=4, covered=0), ["covered", "intact"]),
    (PostState("甲", equations=4, covered=None), []),                        # unknown, or no longer asked for
    (PostState("甲", met=("intact",), equations=2, covered=2), []),          # the original lost two equations
    (PostState("甲", met=("intact",), equations=3, covered=1), ["covered"]),  # it lost one, the annotations another
    (PostState("甲", met=("intact",), equations=9, covered=3, blocks=0, added=0, findings=9), []),
])
def test_what_is_a_regression(after: PostState, names: list[str]) -> None:
    before = {"a": PostState("甲", met=("intact",), equations=4, covered=3, blocks=5, added=9, findings=0)}
    found = regressions(before, {"a": after})
    assert sorted(step.name for change in found for step in change.worse) == names
    assert all(change.better == () for change in found)


def test_posts_come_and_go_without_a_regression() -> None:
    old, new = {"a": PostState("甲", met=("intact",))}, {"b": PostState("乙", failing=("intact",))}
    assert regressions(old, new) == ()
    assert [(change.id, change.kind) for change in compare(old, new)] == [("b", "added"), ("a", "removed")]
    assert tighten(old, new) == new


def test_thresholds_are_shares_with_their_denominators() -> None:
    posts = [record(f"p{at}", status="completed" if at < 199 else "") for at in range(200)]
    whole = summarise(posts, {}, EDITION)
    assert shortfalls(whole, {"completed": 99.5}) == ()
    short, = shortfalls(whole, {"completed": 99.6})
    assert (short.metric, short.share.percent, short.threshold) == ("completed", "99 %", 99.6)
    # A share of nothing falls short of nothing, also of a criterion that no standard asks for.
    assert shortfalls(summarise([], {}, EDITION), dict.fromkeys([*metrics(whole), *CRITERIA], 100.0)) == ()
    said = "'complete', which is not measured\n  remedy.*completed, computed, coverage"
    with pytest.raises(EditionError, match=said):
        shortfalls(whole, {"complete": 1})


@pytest.mark.parametrize("text", ["", "[]", "{", '{"a": 1}', '{"a": {"title": 5}}', '{"rows": [], "version": 99}',
                                  '{"rows": [1], "version": 1}'])
def test_a_broken_baseline_says_how_to_make_one(text: str, tmp_path: Path) -> None:
    path = tmp_path / "audit-baseline.json"
    path.write_text(text, "utf-8")
    with pytest.raises(EditionError, match=r"audit-baseline\.json.*\n  remedy.*make"):
        load(path)


def sphinx(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Build the audit as `make audit` does, in a process of its own."""
    return sphinx_build("-c", REPO, "-d", root / "build/doctrees", "-b", "audit", "-q", *words,
                        root / "source", root / "build/audit", cwd=root, env={"COLUMNS": "200", "PYTHONUTF8": "1"})


def git(root: Path, *words: str) -> str:
    done = subprocess.run(["git", "-c", "user.name=n", "-c", "user.email=e@example.org", "-C", root, *words],
                          capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def edition(tmp_path: Path) -> EditionFolder:
    """Return a small edition with one finished and one unfinished post."""
    folder = EditionFolder(tmp_path / "edition")
    folder.write("index.md", "# 首页\n")
    (folder.root / "edition.toml").write_text(
        '[edition]\ntitle = "门"\n[[standards]]\nname = "s"\ncriteria = ["coverage", "resolves"]\n', "utf-8")
    folder.post("a", GOOD, id="a")
    folder.post("b", "$$\nx=y\n$$", id="b")
    return folder


GOOD = "$$\nu=v\n$$ (eq-uv)\n\n:::{prf:remark}\n:of: eq-uv\n\n左右相等。\n:::\n"


Audit = Callable[..., tuple[int, str]]


@pytest.fixture
def audit(edition: EditionFolder, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Audit:
    """Return a build of the audit in this process: its exit status and what it shows."""
    monkeypatch.setenv("COLUMNS", "200")

    def build(**overrides: Any) -> tuple[int, str]:
        capsys.readouterr()
        status = edition.build("audit", out="build/audit", **overrides).status
        return status, capsys.readouterr().out

    return build


def test_sphinx_build_gives_the_exit_status(edition: EditionFolder) -> None:
    root = edition.root
    first = sphinx(root)
    assert first.returncode == 0, first.stderr
    assert "there is no audit-baseline.json yet" in first.stdout
    toml = (root / "edition.toml").read_text("utf-8")
    (root / "edition.toml").write_text(f"{toml}\n[fail_under]\ncoverage = 50.1\n", "utf-8")
    short = sphinx(root)
    assert short.returncode == 1 and "coverage is 50 % (1 of 2), asked for 50.1 %" in short.stdout
    refused = sphinx(root, "-D", "audit_base=nonsense")
    assert refused.returncode == 2
    assert re.search(r"Configuration error.*\n +remedy: ", refused.stderr, re.S), refused.stderr


def test_thresholds_fail_the_build(edition: EditionFolder, audit: Audit) -> None:
    toml = (edition.root / "edition.toml").read_text("utf-8")
    (edition.root / "edition.toml").write_text(f"{toml}\n[fail_under]\ncoverage = 50\n", "utf-8")
    assert audit()[0] == 0
    (edition.root / "edition.toml").write_text(f"{toml}\n[fail_under]\ncovrage = 50\n", "utf-8")
    with pytest.raises(ConfigError, match="'covrage', which is not measured"):
        audit()


def test_the_ratchet(edition: EditionFolder, audit: Audit) -> None:
    status, shown = audit(audit_update=True)
    assert status == 0 and "baseline tightened" in shown
    path = edition.root / "audit-baseline.json"
    baseline = path.read_bytes()
    assert json.loads(baseline)["a"]["met"] == ["coverage", "resolves"]
    assert audit() == (0, audit()[1])

    edition.post("a", "$$\nu=v\n$$", id="a", title="[/x] 甲")
    status, shown = audit()
    assert status == 1 and "worse than the baseline: [/x] 甲 (a): covered 1 → 0, coverage ✗" in shown
    assert audit(audit_update=True)[0] == 0
    assert json.loads(path.read_bytes())["a"]["covered"] == 1, "an update never loosens"
    assert audit()[0] == 1
    path.write_bytes(baseline)

    edition.post("a", GOOD, id="a")
    edition.post("b", GOOD, id="b")
    edition.post("c", "{eq}`nowhere`", id="c")
    assert audit()[0] == 0, "improvements and new posts are no regressions"
    audit(audit_update=True)
    assert json.loads(path.read_bytes())["b"]["covered"] == 1
    (edition.source / "posts" / "b.md").unlink()
    assert audit()[0] == 0, "a post that is gone is no regression"


def test_what_the_audit_is_compared_with(edition: EditionFolder, audit: Audit) -> None:
    root = edition.root
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "without a baseline")
    bare = git(root, "rev-parse", "HEAD")
    audit(audit_update=True)
    shutil.copy(root / "build/audit/audit.json", root / "before.json")
    git(root, "add", "audit-baseline.json")
    git(root, "commit", "-q", "-m", "baseline")
    (root / "audit-baseline.json").unlink()
    edition.post("a", "$$\nu=v\n$$", id="a")
    for base in ("HEAD", "main", git(root, "rev-parse", "HEAD"), str(root / "before.json")):
        status, shown = audit(audit_base=base)
        assert status == 1 and "(a): covered 1 → 0" in shown, base
        assert "covered 1 → 0" in (root / "build/audit/audit.md").read_text("utf-8")
    status, shown = audit(audit_base=bare)
    assert status == 0 and "there is no audit-baseline.json" in shown
    for nonsense in ("nonsense", "--output=x", "HEAD:edition.toml", str(root / "edition.toml"), str(root / "no.json")):
        with pytest.raises(ConfigError, match="\n  remedy: "):
            audit(audit_base=nonsense)
    assert not (root / "x").exists()


def test_findings_are_annotations_of_a_workflow_when_asked_for(edition: EditionFolder, audit: Audit) -> None:
    edition.post("c", "见 {eq}`nowhere`。", id="c")
    assert "::error" not in audit()[1]
    assert "::error file=source/posts/c.md,line=9,title=zhushu equation_undefined::" in audit(audit_github=True)[1]
    git(edition.root.parent, "init", "-q")
    below = audit(audit_github=True)[1]
    assert "::error file=edition/source/posts/c.md,line=9" in below, "from the top of the repository"


def test_the_audit_shares_the_doctrees_of_the_html_build(tmp_path: Path) -> None:
    folder = checked_edition(tmp_path / "edition")
    folder.build("html")
    stamps = {path: path.stat().st_mtime_ns for path in (folder.root / "doctrees").rglob("*.doctree")}
    audit = folder.build("audit", out="audit")
    assert {path: path.stat().st_mtime_ns for path in (folder.root / "doctrees").rglob("*.doctree")} == stamps
    assert list(audit.out.rglob("*.html")) == []
    assert folder.build("html").written == frozenset()
    assert len(stamps) > 14


def test_make_audit_prints_the_table(tmp_path: Path) -> None:
    folder = checked_edition(tmp_path / "edition")
    scripts = tmp_path / "venv" / "bin"
    scripts.mkdir(parents=True)
    (scripts / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', "utf-8")
    (scripts / "python").chmod(0o755)
    for stamp in (".made", ".html"):
        (tmp_path / "venv" / stamp).touch()
    done = subprocess.run(
        ["make", "-s", "-C", REPO, "audit", f"VENV={tmp_path / 'venv'}", f"SOURCEDIR={folder.source}",
         f"BUILDDIR={tmp_path / 'build'}"],
        capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "equations       5    13  38 %" in done.stdout
    assert (tmp_path / "build/audit/audit.json").is_file()


def run(*words: str) -> int:
    return command_line.main(list(words))


def test_next_needs_a_build_and_says_when_it_is_old(edition: EditionFolder, capsys: pytest.CaptureFixture[str]) -> None:
    root = str(edition.root)
    assert run("next", "--edition", root) == 1
    assert "there is no audit yet" in capsys.readouterr().err
    edition.build("audit", out="build/audit")
    capsys.readouterr()
    assert run("next", "--edition", root) == 0
    shown = capsys.readouterr()
    assert "b" in shown.out and shown.err == ""
    post = edition.post("deep/c", "$$\nx=y\n$$", id="c", topic="深", title="[/red] 丙")
    later = (edition.root / "build/audit/audit.json").stat().st_mtime + 5
    os.utime(post, (later, later))
    run("next", "--edition", root)
    assert "posts were edited after" in capsys.readouterr().err
    edition.build("audit", out="build/audit")
    os.utime(post, (1, 1))
    capsys.readouterr()
    assert run("next", "--edition", root, "--topic", "深") == 0
    shown = capsys.readouterr()
    assert "[/red] 丙" in shown.out and shown.err == ""
    assert run("next", "--edition", root, "-n", "1") == 0
    assert "还有 1 篇" in capsys.readouterr().out
    assert run("next", "--edition", root, "--topic", "无") == 1
    assert "choose from 深" in capsys.readouterr().err


def test_a_build_that_changes_no_number_still_makes_the_audit_new(edition: EditionFolder) -> None:
    audit = edition.build("audit", out="build/audit").out / "audit.json"
    before = audit.read_bytes()
    os.utime(audit, (1, 1))
    edition.build("audit", out="build/audit")
    assert audit.stat().st_mtime > 1 and audit.read_bytes() == before


def test_a_review_is_recorded_goes_stale_and_is_withdrawn(
    edition: EditionFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    root = str(edition.root)

    def state(docname: str) -> Any:
        out = edition.build("audit", out="build/audit").out
        rows = json.loads((out / "audit.json").read_text("utf-8"))["rows"]
        return next(row["review"] for row in rows if row["record"]["docname"] == docname)

    edition.post("deep/c", "$x$")
    assert run("review", "a", "--by", "甲", "--date", "2026-01-02", "--edition", root) == 0
    assert run("review", "deep/c.md", "--by", "乙", "--edition", root) in (0, 1)
    assert run("review", str(edition.source / "posts/deep/c.md"), "--by", "乙", "--edition", root) == 0
    assert state("posts/a") == {"state": "reviewed", "by": "甲", "date": "2026-01-02", "commit": "",
                                "times": 1, "parts": 2, "open": 0, "objections": 0}
    assert state("posts/deep/c")["state"] == "reviewed", "a post without id is known by its document"
    edition.post("a", GOOD, id="a", status="completed")
    assert state("posts/a")["state"] == "reviewed", "the front matter may change"
    edition.post("a", GOOD + "\n又。", id="a")
    assert state("posts/a")["state"] == "stale"
    assert run("review", "a", "--by", "甲", "--withdraw", "--edition", root) == 0
    assert state("posts/a")["state"] == "none"
    capsys.readouterr()
    assert run("review", "a", "--by", "甲", "--withdraw", "--edition", root) == 1
    assert "has no review by 甲 to withdraw" in capsys.readouterr().err
    assert run("review", "aa", "--by", "甲", "--edition", root) == 1


def test_history_is_appended_once_for_a_revision(edition: EditionFolder, capsys: pytest.CaptureFixture[str]) -> None:
    root, path = str(edition.root), edition.root / "audit-history.jsonl"
    assert run("history", "--edition", root, "--revision", "r1") == 1
    assert "there is no audit yet" in capsys.readouterr().err
    edition.build("audit", out="build/audit")
    for revision, date in (("r1", "2026-01-01"), ("r1", "2026-01-09"), ("r2", "2026-01-02")):
        assert run("history", "--edition", root, "--revision", revision, "--date", date) == 0
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    same = {"posts": 2, "met": 1, "equations": 2, "covered": 1, "formulas": 2, "topics": {"": [1, 2, 1]}}
    assert lines == [{"date": f"2026-01-0{at}", "revision": f"r{at}"} | same for at in (1, 2)]
    path.write_text(path.read_text("utf-8") + "nonsense\n", "utf-8")
    assert run("history", "--edition", root, "--revision", "r3") == 1
    assert "audit-history.jsonl:3" in capsys.readouterr().err


def test_the_fixture_is_used_as_it_is_committed() -> None:
    assert (ROOT / "edition.toml").is_file() and not (ROOT / "audit-baseline.json").exists()
