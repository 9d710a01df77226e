"""Run one program to its end and tell what it used: user and system CPU, wall time and memory, children included.

CPU comes from the kernel when the program ends (``wait4``), so it counts every child that was waited for. Memory is
sampled over the whole tree of processes: where the kernel tells, a page that several processes share counts once
(PSS), else only what a process has alone. The largest resident set of a single process is given beside it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from ext.edition.site.errors import EditionError

#: Seconds between two looks at the memory.
INTERVAL = 0.2
_MB = 1 << 20


@dataclass(frozen=True, slots=True)
class Usage:
    """What a program used: seconds, and MiB; ``largest`` is the greatest resident set of one process."""

    user: float
    system: float
    wall: float
    peak: float
    largest: float


def measure(command: Sequence[str], *, cwd: Path, log: Path, timeout: float) -> Usage:
    """Run a program, its output into *log*; one that fails or takes longer than *timeout* seconds is an error."""
    with log.open("wb") as file:
        started = time.monotonic()
        process = psutil.Popen(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT)
        sampler = _Sampler(process, started + timeout)
        sampler.start()
        try:
            _, status, used = os.wait4(process.pid, 0)
        except BaseException:  # interrupted: leave nothing running
            _end(process)
            process.wait()
            raise
        finally:
            wall = time.monotonic() - started
            sampler.done.set()
            sampler.join()
    code = os.waitstatus_to_exitcode(status)
    process.returncode = code  # it has been waited for
    if code != 0:
        tail = log.read_text("utf-8", "replace")[-2000:].rstrip()
        why = f"took longer than {timeout:.0f} s" if sampler.late else f"ended with {code}"
        raise EditionError(f"{why}: {' '.join(command)}\n{tail}", where=log, remedy="read the whole log")
    unit = _MB if sys.platform == "darwin" else _MB // 1024
    largest = used.ru_maxrss / unit
    return Usage(round(used.ru_utime, 3), round(used.ru_stime, 3), round(wall, 3),
                 round(sampler.peak / _MB or largest, 1), round(largest, 1))


class _Sampler(threading.Thread):
    """Look at the memory of a tree of processes until told that it is done; end it when it is late."""

    def __init__(self, process: psutil.Process, deadline: float) -> None:
        super().__init__(daemon=True)
        self.process = process
        self.deadline = deadline
        self.done = threading.Event()
        self.peak = 0
        self.late = False

    def run(self) -> None:
        while not self.done.wait(INTERVAL):
            self.peak = max(self.peak, sum(map(_held, _tree(self.process))))
            if time.monotonic() > self.deadline and not self.late:
                self.late = True
                _end(self.process)


def _tree(process: psutil.Process) -> list[psutil.Process]:
    try:
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:  # it ended between two looks
        return []


def _held(process: psutil.Process) -> int:
    """Return the bytes that a process holds; none when it has ended or is another's."""
    try:
        held = process.memory_full_info()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0
    return int(getattr(held, "pss", 0) or held.uss)


def _end(process: psutil.Process) -> None:
    """End a program and what it started, and only those."""
    for one in reversed(_tree(process)):
        try:
            one.kill()
        except psutil.NoSuchProcess:
            continue
