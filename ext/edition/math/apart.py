"""Set a formula in a process of its own, which may be ended: the engine can neither be interrupted nor caught.

On some sources it takes a time that doubles with every fence left open, on others it ends the whole process. This
file is the program of that process too, so it imports nothing of the edition.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import threading
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from math_core import LatexError, LatexToMathML

#: Memory that the process may address, in bytes: many times what the largest formula of a blog needs.
MEMORY = 1 << 30
#: Macro expansions in one formula.
EXPANSIONS = 5000


class Unset(Exception):
    """A formula was not set: the engine refused it, took too long, or ended on it; the message says which."""


def engine(macros: Mapping[str, str]) -> LatexToMathML:
    """Return the engine, here and there the same."""
    return LatexToMathML(macros=dict(macros), fancy_error=False, allow_unreliable_rendering=True,
                         max_expansions=EXPANSIONS)


class Apart:
    """The engine in another process, started when it is first needed and again after it was ended."""

    def __init__(self, macros: Mapping[str, str], seconds: float) -> None:
        """Wait for the first formula."""
        self._macros, self._seconds = dict(macros), seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0

    def convert(self, tex: str, *, display: bool) -> str:
        """Return the MathML of a formula; raise :class:`Unset` where there is none."""
        process = self._running()
        assert process.stdin is not None and process.stdout is not None
        timer = threading.Timer(self._seconds, process.kill)
        timer.start()
        try:
            process.stdin.write(json.dumps([tex, display]).encode() + b"\n")
            process.stdin.flush()
            answer = process.stdout.readline()
        except BrokenPipeError:
            answer = b""
        except BaseException:  # whoever interrupts takes nobody else's answer
            self._end()
            raise
        finally:
            late = not timer.is_alive()
            timer.cancel()
        if not answer.endswith(b"\n"):
            self._end()
            raise Unset(f"it takes longer than {self._seconds:g} seconds (limits.formula_seconds)" if late
                        else "the engine ended on it")
        done, said = json.loads(answer)
        if not done:
            raise Unset(said)
        return str(said)

    def _running(self) -> subprocess.Popen[bytes]:
        # A process that was forked from the one that started the engine must not share its pipe.
        if self._process is None or self._owner != os.getpid() or self._process.poll() is not None:
            self._owner = os.getpid()
            self._process = subprocess.Popen(  # noqa: S603 - this file
                [sys.executable, "-I", str(Path(__file__))], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL)
            weakref.finalize(self, _stop, self._process, self._owner)
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps([self._macros, self._seconds]).encode() + b"\n")
        return self._process

    def _end(self) -> None:
        if self._process is not None:
            _stop(self._process, self._owner)
            self._process = None


def _stop(process: subprocess.Popen[bytes], owner: int) -> None:
    if owner == os.getpid():
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:  # what was not written yet is wanted no more
                    continue


def serve(source: BinaryIO, target: BinaryIO) -> None:
    """Set one formula a line until there are no more."""
    macros, seconds = json.loads(source.readline())
    converter = engine(macros)
    limit = _limits(seconds)
    for line in source:
        tex, display = json.loads(line)
        limit()
        try:
            answer: list[Any] = [True, converter.convert_with_local_state(tex, displaystyle=display)]
        except LatexError as error:
            answer = [False, str(error)]
        target.write(json.dumps(answer).encode() + b"\n")
        target.flush()


def _limits(seconds: float) -> Any:
    """Limit the memory of this process, and return what limits its time for one formula, where the system can."""
    try:
        import resource  # not on Windows
    except ImportError:
        return lambda: None
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    def limit() -> None:
        # Also when whoever asked is no more: nobody else would end it then.
        used = resource.getrusage(resource.RUSAGE_SELF)
        until = math.ceil(used.ru_utime + used.ru_stime + seconds) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))

    return limit


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
