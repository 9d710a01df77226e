"""Write files whole or not at all, and only inside the folder they belong to."""

from __future__ import annotations

import errno
import os
import re
import stat
import tempfile
import unicodedata
from pathlib import Path
from typing import TypeVar

from ext.edition.site.errors import EditionError

_State = TypeVar("_State")

#: Longest slug or id in bytes of UTF-8: file systems stop at 255, and a suffix must still fit.
NAME_BYTES = 120

#: Errors of a disk that takes nothing more: whatever is written next fails too.
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG})


def write_atomic(path: Path, data: str | bytes, *, lasting: bool = True) -> bool:
    """Write *data* to *path* by a temporary file and a rename; return whether the file changed.

    A file that already holds these bytes is left alone, so that its time stamp does not make a page outdated. What is
    not *lasting*, because a build makes it of other files, is not waited for until the disk has it.
    """
    payload = data.encode() if isinstance(data, str) else data
    try:
        if path.is_file():
            if path.stat().st_size == len(payload) and path.read_bytes() == payload:
                return False
        elif path.exists():
            raise EditionError("is no plain file, and one is to be written there", where=path,
                               remedy="take it away, then run the command again")
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, payload, lasting=lasting)
    except OSError as error:
        if error.errno in NO_ROOM:
            error.filename = str(path)
            raise
        raise EditionError(f"cannot be written: {error.strerror or error}", where=path,
                           remedy="see that its folder is one that you may write to") from error
    return True


def _replace(path: Path, payload: bytes, *, lasting: bool) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(payload)
            if lasting:
                stream.flush()
                os.fsync(stream.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def read_text(path: Path) -> str:
    """Return the text of a UTF-8 file; a byte that is not UTF-8 is reported with its line.

    What is no plain file (a folder, a pipe, which would never end, a link to nowhere) is reported too.
    """
    try:
        plain = stat.S_ISREG(path.stat().st_mode)
        raw = path.read_bytes() if plain else b""
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links, a name that no file can have
        raise EditionError(f"cannot be read: {getattr(error, 'strerror', None) or error}", where=path,
                           remedy="put a plain file there that you may read, or take it away") from error
    if not plain:
        raise EditionError("is no plain file", where=path, remedy="put a plain file there, or take it away")
    try:
        # A return alone ends a line too, for the reader of Markdown and so for us.
        return raw.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise EditionError("is not UTF-8 text", where=f"{path}:{line}",
                           remedy="save the file as UTF-8") from error


def safe_name(text: str, *, fallback: str = "post") -> str:
    """Turn any text into one harmless path component: letters, digits, ``-`` and ``_``.

    Letters of every script are kept, so Chinese titles stay readable. The result is never empty, never begins
    with ``.`` or ``-``, contains no separator, and is at most ``NAME_BYTES`` bytes of UTF-8.
    """
    folded = unicodedata.normalize("NFKC", text).lower()
    name = re.sub(r"[^\w]+", "-", folded).strip("-_")
    while len(name.encode()) > NAME_BYTES:
        name = name[:-1]
    return name.strip("-_") or fallback


def inside(root: Path, name: str) -> Path:
    """Return ``root/name``, or raise when *name* would leave *root*."""
    path = (root / name).resolve()
    if not path.is_relative_to(root.resolve()):
        raise EditionError(f"the name {name!r} leaves its folder", where=root,
                           remedy="give a plain file name")
    return path


def is_own(root: Path, path: Path) -> bool:
    """Return whether there is a file at *path* that lies inside *root* also when links are followed."""
    return path.is_file() and path.resolve().is_relative_to(root.resolve())


def read_state(path: Path, kind: type[_State]) -> _State | None:
    """Return what a state file of ours holds; None when there is none, or none that can be read as such."""
    import msgspec  # not for commands that only print their help

    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None
