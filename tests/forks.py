"""Give a clone, for a while, an interpreter whose builds and commands are forks of one that has loaded the clone.

Of what a command of a small clone takes, two thirds and more are to load what every other has loaded before it. Here
``python -m`` with ``sphinx``, ``tools`` or ``pytest``, as make and the workflows call them, goes to a process that has
the clone's own modules and what they are made with (`tools.preloaded`); a fork of it takes over the words, the folder,
the environment, the open files and the name of the program, and ends as that would. All else starts the interpreter.

It is assumed that the clone's Python does not change meanwhile and that no command is interrupted. A module that
forgets an import may find it here: so the published site, the continuous check and the tests of the commands
themselves start the real interpreter.

``python tests/forks.py SOCKET``, in the folder of the clone, is that process.
"""

from __future__ import annotations

import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

#: What stands in the place of the interpreter: it hands all that a process has from others, and waits for its end.
CLIENT = """#!{python} -ISE
import json, os, socket, sys

words = sys.argv[1:]
if words[:1] != ["-m"] or words[1:2] not in (["sphinx"], ["tools"], ["pytest"]) or os.getcwd() != {folder!r}:
    os.execv({python!r}, [{python!r}, *words])
with socket.socket(socket.AF_UNIX) as server:
    server.connect({address!r})
    socket.send_fds(server, [b"-"], [0, 1, 2])
    server.sendall(json.dumps([words[1:], dict(os.environ)]).encode())
    server.shutdown(socket.SHUT_WR)
    status = int(server.recv(16))
if status < 0:
    os.kill(os.getpid(), -status)
sys.exit(status)
"""


@contextmanager
def forked(clone: Path) -> Iterator[None]:
    """Let the interpreter that a clone was lent fork while the block runs."""
    interpreter, folder = clone / ".venv" / "bin" / "python", os.path.realpath(clone)
    lent = interpreter.read_text("utf-8")
    with tempfile.TemporaryDirectory() as scratch:
        address = f"{scratch}/socket"
        with subprocess.Popen([sys.executable, __file__, address], cwd=folder, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE) as server:
            try:
                assert server.stdout is not None and server.stdout.readline() == b"loaded\n"
                interpreter.write_text(CLIENT.format(python=sys.executable, folder=folder, address=address), "utf-8")
                yield
            finally:
                interpreter.write_text(lent, "utf-8")
                server.terminate()


def commands(address: str) -> Sequence[str]:
    """Fork for every command that is asked for: this returns in the forks only, with their words."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen()
        print("loaded", flush=True)
        waiting: set[int] = set()
        while True:
            connection, _ = listener.accept()
            waiting = {pid for pid in waiting if not os.waitpid(pid, os.WNOHANG)[0]}
            if pid := os.fork():
                waiting.add(pid)
                connection.close()
                continue
            with connection:
                _, streams, _, _ = socket.recv_fds(connection, 1, 3)
                with connection.makefile("rb") as said:
                    words, environment = json.load(said)
                if command := os.fork():
                    ended = os.waitstatus_to_exitcode(os.waitpid(command, 0)[1])
                    connection.sendall(str(ended).encode())
                    os._exit(0)
            for number, stream in enumerate(streams):
                os.dup2(stream, number)
                os.close(stream)
            os.environ.clear()
            os.environ.update(environment)
            return words


def main() -> None:
    """Load what the clone's commands share, and become each of them."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    sys.path[0] = os.getcwd()
    import_module("tools.preloaded")
    sys.argv[:] = commands(sys.argv[1])
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
