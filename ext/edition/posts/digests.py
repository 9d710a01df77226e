"""The digests of the stored originals: an edit of a post and of its original together shows against them.

They stand in one file beside the folder, a line for each in the order of their names, so that two branches merge
line by line and ``sha256sum -c originals.sha256`` reads it too. Whoever writes an original writes its digest first,
by :func:`record`: a command that is killed between the two does both again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from ext.edition.site.files import is_own, read_text, write_atomic

FILE = "originals.sha256"
_LINE = re.compile(r"([0-9a-f]{64})  originals/([^/]+)")

#: Whether a stored original is the text that was stored. ``unrecorded``: nobody wrote down its digest, where the
#: edition keeps those of others; ``unknown``: it keeps none, or there is no original.
Stored = Literal["kept", "changed", "unrecorded", "unknown"]


def digest(text: str) -> str:
    """Return the digest of the text of an original, whatever ends its lines."""
    return hashlib.sha256(text.replace("\r\n", "\n").replace("\r", "\n").encode()).hexdigest()


def load(source: Path) -> dict[str, str] | None:
    """Return the digests by file name; None when the edition keeps none.

    A line that is none, or a name with two digests (a merge that nobody finished), says nothing of its original.
    """
    path = source / FILE
    if not is_own(source, path):
        return None
    found: dict[str, set[str]] = {}
    # What is no text is no line of ours, and hinders no other.
    for line in path.read_bytes().decode("utf-8", "replace").splitlines():
        if match := _LINE.fullmatch(line):
            found.setdefault(match[2], set()).add(match[1])
    return {name: next(iter(values)) for name, values in found.items() if len(values) == 1}


def state(known: Mapping[str, str] | None, name: str, text: str) -> Stored:
    """Return whether *text*, the original in the file *name*, is the one that was stored."""
    if known is None:
        return "unknown"
    if name not in known:
        return "unrecorded"
    return "kept" if known[name] == digest(text) else "changed"


def record(source: Path, texts: Mapping[str, str]) -> bool:
    """Write down the digests of originals that are about to be stored, by file name; return whether any is new."""
    return _save(source, {**(load(source) or {}), **{name: digest(text) for name, text in texts.items()}})


def _save(source: Path, known: Mapping[str, str]) -> bool:
    return write_atomic(source / FILE, "".join(f"{value}  originals/{name}\n" for name, value in sorted(known.items())))


def store(source: Path, path: Path, text: str) -> bool:
    """Write an original and its digest; return whether the original changed."""
    record(source, {path.name: text})
    return write_atomic(path, text)


def revise(source: Path, path: Path, text: str) -> bool:
    """Write an original anew and its digest, unless that said that somebody had changed it: then it still says so."""
    if state(load(source), path.name, read_text(path)) == "kept":
        record(source, {path.name: text})
    return write_atomic(path, text)


def forget(source: Path, name: str) -> None:
    """Take out the digest of an original that is no more."""
    if (known := load(source)) is not None and known.pop(name, None) is not None:
        _save(source, known)
