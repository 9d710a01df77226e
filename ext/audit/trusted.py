"""What git knows of that which the audit trusts: changes of originals and reviews, and by which commit reviews came in.

An edit of a post and of its original together shows in no comparison of the two, nor does a review that somebody
writes by hand; in the history both do.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from ext.edition.audit import reviews
from ext.edition.audit.facts import UNCOMMITTED, Change
from ext.edition.posts import digests
from ext.edition.site import yamltext
from ext.edition.site.errors import EditionError
from ext.edition.site.files import read_text

_KINDS = {"A": "added", "M": "changed", "D": "removed", "T": "changed"}
TRUSTED = ("originals", digests.FILE, reviews.FILE)
#: Digits of a commit that are shown.
SHORT = 12


def commit(folder: Path, revision: str) -> str:
    """Return the commit that *revision* names; one that git does not know is an error."""
    asked = "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}"
    found = () if revision.startswith("-") else git(folder, *asked)
    if not found:
        raise EditionError(f"{revision!r} is neither a file nor a revision of git", where=folder,
                           remedy="give an audit.json, a baseline, or a commit that was fetched")
    return found[0].strip()


def changes(source: Path, revision: str) -> tuple[Change, ...]:
    """Return what became of each trusted file since a revision, with its path from the source folder.

    Files that are not committed yet count as added.
    """
    base = commit(source, revision)
    parts = git(source, "diff", "-z", "--name-status", "--no-renames", "--relative", base, "--", *TRUSTED)
    found = {path: _KINDS.get(kind[:1], "changed") for kind, path in zip(parts[::2], parts[1::2], strict=False)}
    others = git(source, "ls-files", "-z", "--others", "--exclude-standard", "--", *TRUSTED)
    found |= dict.fromkeys(others, "added")
    return tuple(Change(found[path], path) for path in sorted(found))


def review_commits(source: Path) -> Mapping[str, str]:
    """Return by which commit each review came in, by the id of its post; nothing where git does not know the file.

    The latest of its lines counts: whoever changed the name or the digest of a review made another one.
    """
    path = source / reviews.FILE
    blamed = git(source, "blame", "--porcelain", "--", reviews.FILE) if path.is_file() else ()
    if not blamed:
        return {}
    whole = git(source, "rev-parse", "--is-shallow-repository") == ["false"]
    # The order of the history: clocks go wrong, and a second holds several commits.
    order = {one: at for at, one in enumerate("".join(git(source, "log", "--format=%H", "--", reviews.FILE)).split())}
    lines, boundary, current = list[str](), set[str](), ""
    for line in blamed[0].split("\n"):
        if line.startswith("\t"):
            lines.append(current)
        elif match := re.match(r"([0-9a-f]{40,64}) \d+ \d+", line):
            current = match[1]
        elif line == "boundary" and not whole:  # what came before it was not fetched
            boundary.add(current)
    found = dict[str, str]()
    for key, own in _entries(read_text(path)).items():
        latest = min((lines[at] for at in own if at < len(lines)), default="", key=lambda one: order.get(one, -1))
        found[key] = UNCOMMITTED if not latest.strip("0") else "" if latest in boundary else latest[:SHORT]
    return found


def _entries(text: str) -> dict[str, list[int]]:
    """Return the lines, from 0, of each entry of a mapping by its key."""
    found: dict[str, list[int]] = {}
    key = ""
    for at, line in enumerate(text.split("\n")):
        if line[:1] not in ("", " ", "#"):
            loaded = yamltext.load(line, where=reviews.FILE)
            key = str(next(iter(loaded), "")) if isinstance(loaded, dict) else ""
        if key and line.strip():
            found.setdefault(key, []).append(at)
    return found


def git(folder: Path, *arguments: str) -> list[str]:
    """Return the parts of what git says, by zero bytes; nothing when it says no or is not there."""
    try:
        done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, check=False)  # noqa: S603, S607
    except OSError:
        return []
    if done.returncode:
        return []
    return [part.strip("\n") if part.count("\n") == 1 else part
            for part in done.stdout.decode("utf-8", "replace").split("\0") if part]
