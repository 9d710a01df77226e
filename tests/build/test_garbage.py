"""A build that is there for nothing else leaves its garbage, holds few documents, and writes the same pages."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path
from typing import Any

import pytest
from conftest import EditionFolder
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from ext.build import contents, garbage


class Seen:
    """How many of the documents that were seen are still there, each time that one is."""

    def __init__(self) -> None:
        self._documents: list[weakref.ref[nodes.document]] = []
        self.there: list[int] = []

    def see(self, doctree: nodes.document) -> nodes.document:
        self._documents.append(weakref.ref(doctree))
        self.there.append(sum(one() is not None for one in self._documents))
        return doctree


def pages(out: Path) -> dict[str, bytes]:
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*.html")}


def test_documents_beyond_those_at_hand_are_taken_from_their_files(
    edition_folder: EditionFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(9):
        edition_folder.post(f"p{number}", f"文 $x_{number}$ 见[下一篇](p{(number + 1) % 9}.md)。")
    kept = edition_folder.build(out="kept", doctrees="kept-doctrees").out
    taken, most, get = [], 0, BuildEnvironment.get_doctree

    def counted(env: BuildEnvironment, docname: str) -> object:
        nonlocal most
        most = max(most, len(env._write_doc_doctree_cache))
        taken.append(docname)
        return get(env, docname)

    monkeypatch.setattr(BuildEnvironment, "get_doctree", counted)
    monkeypatch.setattr(garbage, "AT_HAND", 3)
    monkeypatch.setattr(garbage, "builds_an_edition", lambda app: True)
    monkeypatch.setattr(garbage.atexit, "register", lambda call: None)
    built = edition_folder.build(out="few", doctrees="few-doctrees")
    assert gc.isenabled(), "after a build as before"
    assert built.warnings == () and pages(built.out) == pages(kept)
    # Eleven documents: of those that were read before the last, three stay.
    assert len(set(taken)) >= 7 and most <= 4


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_document_is_gone_when_it_is_neither_at_hand_nor_waits_to_be_collected(
    edition_folder: EditionFolder, monkeypatch: pytest.MonkeyPatch, jobs: int
) -> None:
    for number in range(24):
        edition_folder.post(f"p{number:02}", f"文 $x_{number}$。")
    note, resolve = contents.note, BuildEnvironment.get_and_resolve_doctree
    read, written = Seen(), Seen()

    def noted(app: Sphinx, doctree: nodes.document) -> None:
        note(app, doctree)
        read.see(doctree)

    def resolved(*given: Any, **named: Any) -> nodes.document:
        return written.see(resolve(*given, **named))

    monkeypatch.setattr(contents, "note", noted)
    monkeypatch.setattr(BuildEnvironment, "get_and_resolve_doctree", resolved)
    for name, value in {"AT_HAND": 2, "STAYING": 4, "DOCUMENTS": 3}.items():
        monkeypatch.setattr(garbage, name, value)
    monkeypatch.setattr(garbage, "builds_an_edition", lambda app: True)
    monkeypatch.setattr(garbage.atexit, "register", lambda call: None)
    built = edition_folder.build(jobs=jobs)
    assert built.warnings == ()
    for seen in (read, written):
        assert len(seen.there) >= 8
        # Those at hand, those whose garbage stays, those that wait for the next collection, and the one in work.
        assert max(seen.there) <= 2 + (4 + 3) + 3 + 1
        assert seen.there[-1] <= max(seen.there[:len(seen.there) * 2 // 3]), "as many in the end as in the middle"


def test_the_files_of_documents_are_not_kept(edition_folder: EditionFolder) -> None:
    edition_folder.post("a", "文。")
    edition_folder.build()
    edition_folder.write("index.md", "# 改了\n")
    (edition_folder.root / "out" / "posts" / "a.html").unlink()
    again = edition_folder.build()
    assert "posts/a.html" in again.written and not again.env._pickled_doctree_cache
