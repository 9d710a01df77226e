"""What workers are given to do in tests: functions that other processes import, with little else."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from ext.edition.site.errors import EditionError


def double(number: int) -> int:
    return 2 * number


def choosy(number: int) -> int:
    """Fail on some numbers, each in a way of its own."""
    if number == 3:
        raise EditionError("is not wanted", remedy="leave it out")
    if number == 5:
        raise KeyError("missing")
    return number


def deadly(work: tuple[Path, int]) -> int:
    """Kill the process on 4 always, and on 9 the first time."""
    folder, number = work
    first = folder / str(number)
    if number == 4 or (number == 9 and not first.exists()):
        first.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number
