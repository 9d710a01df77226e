"""Reading and writing in shares: the same pages, with little sent, and a reason when a process is ended."""

from __future__ import annotations

import os
import pickle
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from conftest import EditionFolder, new_edition
from hypothesis import given
from hypothesis import strategies as st
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError

import conf
from ext.audit import why
from ext.build import sharing
from ext.edition.audit.facts import Facts
from ext.search import fulltext
from ext.site import alternates

WEIGHTS = st.dictionaries(st.text("abcdefgh", min_size=1), st.integers(1, 10**6), min_size=1, max_size=60)
POSTS = 12


@given(WEIGHTS, st.integers(1, 9))
def test_every_name_is_in_one_share_and_the_shares_weigh_about_the_same(names: dict[str, int], count: int) -> None:
    made = sharing.shares(list(names.items()), count)
    assert len(made) == min(count, len(names)) and all(share == sorted(share) and share for share in made)
    assert Counter(name for share in made for name in share) == Counter(names.keys())
    heaviest = max(sum(names[name] for name in share) for share in made)
    assert heaviest <= sum(names.values()) / len(made) + max(names.values())


@given(WEIGHTS, st.integers(1, 9), st.integers(0, 20))
def test_what_is_at_hand_is_in_the_first_share(names: dict[str, int], count: int, held: int) -> None:
    at_hand = set(sorted(names)[:held])
    made = sharing.shares(list(names.items()), count, at_hand)
    assert at_hand <= set(made[0]) and sorted(name for share in made for name in share) == sorted(names)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> EditionFolder:
    """Return an edition that is read and written in parallel, with a picture on every second post."""
    made = new_edition(tmp_path_factory.mktemp("shares") / "edition")
    picture = Path(made.source, "images", "dot.svg")
    picture.parent.mkdir()
    picture.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', "utf-8")
    for number in range(POSTS):
        shown, other = "![点](/images/dot.svg)\n\n" if number % 2 else "", (number + 1) % POSTS
        made.post(f"p{number:02}", f"{shown}正文。\n\n$$a_{{{number}}}=b$$\n\n见 {{doc}}`p{other:02}`。\n")
    return made


@pytest.fixture(scope="module")
def alone(folder: EditionFolder) -> dict[str, bytes]:
    """Return what one process writes."""
    build = folder.build(out="alone", doctrees="alone-doctrees")
    assert build.warnings == ()
    return files(build.out)


def listening(monkeypatch: pytest.MonkeyPatch, event: str, listener: Callable[..., None], of: str) -> dict[str, Any]:
    """Return the settings of a build in which a stranger's extension listens."""
    stranger = ModuleType("stranger")
    listener.__module__ = of
    def setup(app: Sphinx) -> dict[str, bool]:
        app.connect(event, listener)
        return {"parallel_read_safe": True, "parallel_write_safe": True}

    stranger.setup = setup  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "stranger", stranger)
    return {"extensions": [*conf.extensions, "stranger"]}


def files(out: Path) -> dict[str, bytes]:
    """Return what was written, but for the index, which pagefind writes in any order, and the notes of when."""
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in sorted(out.rglob("*"))
            if path.is_file() and not {"pagefind", ".views"} & set(path.parts)}


@pytest.mark.parametrize("jobs", [2, 4, 8])
def test_as_many_processes_as_you_like_write_the_same(
        folder: EditionFolder, alone: dict[str, bytes], jobs: int) -> None:
    shared = folder.build(out=f"shared-{jobs}", doctrees=f"shared-doctrees-{jobs}", jobs=jobs)
    assert shared.warnings == () and files(shared.out) == alone
    assert (shared.out / "_images" / "dot.svg").is_file()


def test_the_build_resolves_its_share_only_and_is_sent_what_is_known_once(
        folder: EditionFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    resolved: list[str] = []
    sent: list[set[str]] = []
    merge = BuildEnvironment.merge_info_from

    def counted(env: BuildEnvironment, docnames: list[str], other: BuildEnvironment, app: Sphinx) -> None:
        sent.append(set(docnames))
        merge(env, docnames, other, app)

    monkeypatch.setattr(BuildEnvironment, "merge_info_from", counted)
    settings = listening(monkeypatch, "doctree-resolved", lambda app, tree, name: resolved.append(name), "ext.stranger")
    folder.build(jobs=3, out="counted", doctrees="counted-doctrees", **settings)
    assert len(sent) == 2  # three processes, of which the build is one
    assert 0 < len(resolved) <= POSTS / 2


def test_the_build_makes_its_part_of_the_generated_pages_and_of_what_is_written_at_the_end(
        folder: EditionFolder, alone: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    render, update, write = why._context, fulltext.write, alternates.shared

    def noted(app: Sphinx, facts: Facts, name: str) -> dict[str, Any]:
        made.append(name)
        return render(app, facts, name)

    monkeypatch.setattr(why, "_context", noted)
    monkeypatch.setattr(fulltext, "write", lambda *given: made.append("index") or update(*given))
    monkeypatch.setattr(alternates, "shared", lambda *given, **named: made.append("md") or write(*given, **named))
    two = folder.build(jobs=2, out="parts", doctrees="parts-doctrees")
    assert files(two.out) == alone
    pages = [name for name in made if name.startswith("audit/")]
    assert 0 < len(pages) < POSTS and len(set(pages)) == len(pages)
    assert ("index" in made) != ("md" in made)  # one of them was written by the other process
    made.clear()
    folder.build(out="parts-alone", doctrees="parts-alone-doctrees")
    assert len([name for name in made if name.startswith("audit/")]) == POSTS and {"index", "md"} <= set(made)


def test_little_is_sent_between_processes(folder: EditionFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[int] = []
    loads = pickle.loads

    def counted(given: bytes) -> object:
        sent.append(len(given))
        return loads(given)

    monkeypatch.setattr(sharing.pickle, "loads", counted)
    built = folder.build(jobs=3, out="sent", doctrees="sent-doctrees")
    monkeypatch.undo()
    stored = (folder.root / "sent-doctrees" / "environment.pickle").stat().st_size
    assert built.warnings == () and sum(one > 1000 for one in sent) >= 2
    # What is known of the documents of a share, beside what is known of any edition; no document.
    assert max(sent) <= stored and sum(sent) <= 2 * stored


def test_few_pages_are_written_by_one_process(folder: EditionFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.build(jobs=2, out="few", doctrees="few-doctrees")
    began: list[int] = []
    begin = sharing.Other.__init__

    def counted(other: sharing.Other, share: Sequence[str], *given: Any) -> None:
        began.append(len(share))
        begin(other, share, *given)

    monkeypatch.setattr(sharing.Other, "__init__", counted)
    assert folder.build(jobs=2, out="few", doctrees="few-doctrees").written == frozenset() and not began
    (folder.root / "few" / "posts" / "p03.html").unlink()
    assert "posts/p03.html" in folder.build(jobs=2, out="few", doctrees="few-doctrees").written and not began


def test_who_is_not_known_hears_of_every_document(
        folder: EditionFolder, alone: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    resolved: list[str] = []
    settings = listening(monkeypatch, "doctree-resolved", lambda app, tree, name: resolved.append(name), "stranger")
    shared = folder.build(jobs=2, out="heard", doctrees="heard-doctrees", **settings)
    assert sorted(set(resolved)) == sorted(shared.env.found_docs)
    assert files(shared.out) == alone


@pytest.mark.parametrize("event", ["source-read", "doctree-resolved"])
def test_an_ended_process_ends_the_build_with_a_reason_and_the_next_one_is_right(
        folder: EditionFolder, alone: dict[str, bytes], monkeypatch: pytest.MonkeyPatch, event: str) -> None:
    build = os.getpid()

    def end(*_: object) -> None:
        if os.getpid() != build:
            os.kill(os.getpid(), 9)

    with pytest.raises(ExtensionError, match=r"was ended \(exit code -9.*build again"):
        folder.build(jobs=2, out=event, doctrees=f"{event}-doctrees",
                     **listening(monkeypatch, event, end, "ext.stranger"))
    again = folder.build(jobs=2, out=event, doctrees=f"{event}-doctrees")
    assert again.warnings == () and files(again.out) == alone


def test_what_fails_in_a_share_is_said(folder: EditionFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    build = os.getpid()

    def fail(*_: object) -> None:
        if os.getpid() != build:
            raise ExtensionError("the reason")

    with pytest.raises(Exception, match="the reason"):
        folder.build(jobs=2, out="failed", doctrees="failed-doctrees",
                     **listening(monkeypatch, "doctree-resolved", fail, "ext.stranger"))
