"""What git knows of that which the audit trusts: changes of originals and reviews, and by which commit reviews came in.

An edit of a post and of its original together shows in no comparison of the two, nor does a review that somebody
writes by hand; in the history both do.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from ext.edition.audit import reviews
from ext.edition.audit.facts import UNCOMMITTED, Change
from ext.edition.posts import digests
from ext.edition.site import yamltext
from ext.edition.site.errors import EditionError
from ext.edition.site.files import read_text
from ext.edition.site.versions import answer

_KINDS = {"A": "added", "M": "changed", "D": "removed", "T": "changed"}
TRUSTED = ("originals", digests.FILE, reviews.FILE, f"{reviews.FOLDER}/*.jsonl")
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


def review_commits(source: Path) -> Mapping[tuple[str, str], str]:
    """Return by which commit each review came in; nothing where git does not know its file.

    It is known by its file and its line there, or its post in the file of earlier editions: there the latest of its
    lines counts, because whoever changed the name or the digest of a review made another one.
    """
    found: dict[tuple[str, str], str] = {}
    for path in reviews.files(source):
        name = path.relative_to(source).as_posix()
        found |= {(name, str(number)): _shown(*one) for number, one in enumerate(_blamed(source, name), 1)}
    if (source / reviews.FILE).is_file() and (lines := _blamed(source, reviews.FILE)):
        # The order of the history: clocks go wrong, and a second holds several commits.
        order = {one: at for at, one in enumerate(
            "".join(git(source, "log", "--format=%H", "--", reviews.FILE)).split())}
        for key, own in _entries(read_text(source / reviews.FILE)).items():
            latest = min((lines[at] for at in own if at < len(lines)), key=lambda one: order.get(one[0], -1),
                         default=("", False))
            found[reviews.FILE, key] = _shown(*latest)
    return found


def _blamed(source: Path, name: str) -> list[tuple[str, bool]]:
    """Return the commit of each line of a file, and whether the history ends there because the rest was not fetched."""
    blamed = git(source, "blame", "--porcelain", "--", name)
    if not blamed:
        return []
    lines, boundary, current = list[str](), set[str](), ""
    for line in blamed[0].split("\n"):
        if line.startswith("\t"):
            lines.append(current)
        elif match := re.match(r"([0-9a-f]{40,64}) \d+ \d+", line):
            current = match[1]
        elif line == "boundary":
            boundary.add(current)
    whole = not boundary or git(source, "rev-parse", "--is-shallow-repository") == ["false"]
    return [(line, not whole and line in boundary) for line in lines]


def _shown(commit: str, boundary: bool) -> str:
    return UNCOMMITTED if not commit.strip("0") else "" if boundary else commit[:SHORT]


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
    return [part.strip("\n") if part.count("\n") == 1 else part
            for part in answer(folder, *arguments).split("\0") if part]
