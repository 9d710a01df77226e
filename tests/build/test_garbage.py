"""A build that is there for nothing else leaves its garbage, holds few documents, and writes the same pages."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest
from conftest import EditionFolder
from sphinx.environment import BuildEnvironment

from ext.build import garbage


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
