"""What git says of the files of an edition; nothing where there is no git, no repository, or no answer."""

from __future__ import annotations

import subprocess
from pathlib import Path


def answer(folder: Path, *arguments: str) -> str:
    """Return what git prints for a command in a folder."""
    try:
        done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, check=False)  # noqa: S603, S607
    except OSError:
        return ""
    return "" if done.returncode else done.stdout.decode("utf-8", "replace")
