"""Run commands, those of Python as forks of one process that has loaded what they share.

Each would load that for one to two seconds, which is longer than what most of them do in a small edition takes.
"""

from __future__ import annotations

import multiprocessing
import os
import runpy
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from multiprocessing.connection import Connection
from pathlib import Path

#: What shows the lines that a command prints, as they come.
Show = Callable[[Iterable[str]], None]


def run(words: Sequence[str], folder: Path, env: Mapping[str, str], show: Show) -> int:
    """Run a command in a folder, with these variables beside those there are, and return its exit status."""
    if words[:2] == ("python", "-m"):
        return _forked(words[2:], folder, env, show)
    with subprocess.Popen(words, cwd=folder, env={**os.environ, **env}, text=True,  # noqa: S603 - of our own steps
                          encoding="utf-8", stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as running:
        show(running.stdout or ())
    return running.returncode


def _forked(words: Sequence[str], folder: Path, env: Mapping[str, str], show: Show) -> int:
    context = multiprocessing.get_context("forkserver")  # not of this process, which has a thread that serves
    context.set_forkserver_preload(["tools.preloaded"])
    reads, writes = context.Pipe(duplex=False)
    running = context.Process(target=_become, args=(words, folder, env, writes))
    running.start()
    writes.close()
    with reads, open(reads.fileno(), encoding="utf-8", closefd=False) as lines:
        show(lines)
    running.join()
    return running.exitcode or 0


def _become(words: Sequence[str], folder: Path, env: Mapping[str, str], writes: Connection) -> None:
    """Be, in a fork, the process of a command: ``python -m`` with these words."""
    for stream in (1, 2):
        os.dup2(writes.fileno(), stream)
    writes.close()
    os.chdir(folder)
    os.environ.update(env)
    sys.argv[:] = words
    runpy.run_module(words[0], run_name="__main__", alter_sys=True)
