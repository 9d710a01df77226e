"""Let one command at a time write an edition, and clear away what a killed one left."""

from __future__ import annotations

import datetime
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from filelock import FileLock, Timeout

from ext.edition.site.errors import EditionError
from tools.workspace import Workspace

#: Seconds to wait for another command: most are done by then, and a fetch may take hours.
PATIENCE = 5.0
#: In the cache: the lock, which the system opens when its holder ends in whatever way, and who holds it.
LOCK, HOLDER = "writer.lock", "writer.json"
#: What :func:`ext.edition.site.files.write_atomic` writes into before it renames.
_TEMPORARY = re.compile(r"\..+\.[a-z0-9_]{8}\.tmp")


class Holder(msgspec.Struct, frozen=True):
    """The command that writes an edition now."""

    pid: int
    command: str
    since: str


@contextmanager
def writing(place: Workspace, command: str, *, patience: float = PATIENCE) -> Iterator[None]:
    """Be the only command that writes the edition; raise with the name of the other when there is one."""
    lock = FileLock(place.cache / LOCK)
    try:
        place.cache.mkdir(exist_ok=True)
        lock.acquire(timeout=patience)
    except Timeout:
        raise EditionError(f"another command writes this edition: {_holder(place.cache / HOLDER)}", where=place.root,
                           remedy="wait until it has ended, or end it; then run this one again") from None
    except OSError as error:
        raise EditionError(f"cannot be locked: {error.strerror or error}", where=place.cache,
                           remedy="make it a folder that you may write to; all in it can be had again") from error
    try:
        now = datetime.datetime.now().astimezone().isoformat(" ", "seconds")
        (place.cache / HOLDER).write_bytes(msgspec.json.encode(Holder(os.getpid(), command, now)))
        sweep(place.source)
        yield
    finally:
        (place.cache / HOLDER).unlink(missing_ok=True)
        lock.release()


def sweep(folder: Path) -> list[Path]:
    """Remove the temporary files that killed commands left; to be called by the only one that writes."""
    left = [path for path in folder.rglob(".*.tmp") if _TEMPORARY.fullmatch(path.name) and path.is_file()]
    for path in left:
        path.unlink(missing_ok=True)
    return left


def _holder(path: Path) -> str:
    """Return who holds the lock; what cannot be read tells nothing."""
    try:
        holder = msgspec.json.decode(path.read_bytes(), type=Holder)
    except (OSError, msgspec.DecodeError):
        return "a process that has not said which"
    return f"process {holder.pid}, `{holder.command}`, since {holder.since}"
