"""List every change to what the audit trusts: the originals and the reviews, against a revision of git.

An edit of a post and of its original together shows in no comparison of the two, nor does a review that somebody
writes by hand; in the history both do.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from ext.edition.audit import reviews

_KINDS = {"A": "added", "M": "changed", "D": "removed", "T": "changed"}
TRUSTED = ("originals", reviews.FILE)


def changes(source: Path, revision: str) -> tuple[tuple[str, str], ...]:
    """Return what became of each trusted file since a revision, and its path from the source folder.

    *revision* is one that git knows. Files that are not committed yet count as added.
    """
    parts = _git(source, "diff", "--name-status", "--no-renames", "--relative", revision, "--", *TRUSTED)
    found = {path: _KINDS.get(kind[:1], "changed") for kind, path in zip(parts[::2], parts[1::2], strict=False)}
    found |= dict.fromkeys(_git(source, "ls-files", "--others", "--exclude-standard", "--", *TRUSTED), "added")
    return tuple((found[path], path) for path in sorted(found))


def _git(source: Path, command: str, *arguments: str) -> list[str]:
    done = subprocess.run(["git", "-C", str(source), command, "-z", *arguments],  # noqa: S603, S607
                          capture_output=True, check=False)
    return [part.decode("utf-8", "replace") for part in done.stdout.split(b"\0") if part]
