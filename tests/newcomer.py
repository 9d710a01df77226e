"""A newcomer's first hour, as the guide tells it: take the commands and texts of a page, run them, and time them.

``python tests/newcomer.py`` runs `source/guide/start.md` in a fresh clone with an environment of its own, which pip
fills; the tests do the same with the interpreter that runs them.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

REPO = Path(__file__).resolve().parent.parent
NOTE = "first-note"
#: `make test` would run the whole suite inside itself: a newcomer's first run is cut to one quick file. So is the first
#: `make verify` to the newcomer's post: the continuous check, which is run in the same clone, computes all of them.
SHORTER = {"make test": 'make test ARGS="tests/posts/test_blocks.py"',
           "make verify": f'make verify SPHINXOPTS="-D verify_only={NOTE}"'}
#: Commands that run until they are stopped: the test of the hosting looks at what they serve.
SERVERS = frozenset({"make serve", "make live"})
_IGNORED = shutil.ignore_patterns(".git", ".venv", ".cache", ".*_cache", ".hypothesis", "*.tmp")
_COMPILED = shutil.ignore_patterns("__pycache__")


class Fence(NamedTuple):
    """A piece of a page: ``sh`` is run, the others are text to write."""

    language: str
    text: str


class Step(NamedTuple):
    """A command that was run, its output and its seconds."""

    command: str
    output: str
    seconds: float


def fences(page: Path) -> Iterator[Fence]:
    """Yield the fences of a page, in order."""
    for found in re.finditer(r"^(`{3,})(\w+)\n(.*?)^\1$", page.read_text("utf-8"), re.M | re.S):
        yield Fence(found[2], found[3])


def commands(text: str) -> Iterator[str]:
    """Yield the commands of an ``sh`` fence, without comments."""
    for line in text.replace("\\\n", " ").splitlines():
        if command := re.sub(r"(^|\s)#.*", "", line).strip():
            yield command


def copy(target: Path, *, compiled: bool = True) -> Path:
    """Copy the repository as it is now, as a repository of one commit; what Python compiled it to stands beside it."""
    shutil.copytree(REPO, target, ignore=lambda folder, names: {
        *_IGNORED(folder, names), *(() if compiled else _COMPILED(folder, names)),
        *({"build"} if Path(folder) == REPO else ())})  # ext/build is a room
    who = ("-c", "user.name=newcomer", "-c", "user.email=newcomer@example.org")
    for words in (("init", "--quiet", "--initial-branch=main"), ("add", "."),
                  (*who, "commit", "--quiet", "--message", "Clone")):
        subprocess.run(["git", "-C", str(target), *words], check=True)
    return target


#: Three posts that refer to no other: with them every command has its work, and a tenth of the whole edition's.
FEW = ("linear-attention-recurrence", "rope-from-relativity", "vq-straight-through")


def thin(folder: Path) -> Path:
    """Leave a copy few posts and no guide: whether the commands work shows on them, the whole is built elsewhere.

    The continuous check builds and verifies the edition as it is, and so do the tests of the published site.
    """
    source = folder / "source"
    for post in (source / "posts").glob("*.md"):
        if post.stem not in FEW:
            post.unlink()
    for name in ("guide", "topics", "locale"):
        shutil.rmtree(source / name)
    home = source / "index.md"  # its second part shows what is in the guide
    home.write_text(home.read_text("utf-8").partition("\n## ")[0] + "\n", "utf-8")
    outcomes = source / "checks.json"
    record = json.loads(outcomes.read_text("utf-8"))
    record["documents"] = {name: found for name, found in record["documents"].items() if Path(name).name in FEW}
    outcomes.write_text(json.dumps(record, ensure_ascii=False), "utf-8")
    return folder


def lend(folder: Path) -> Path:
    """Make an environment that is the running interpreter's, so that make installs nothing."""
    binaries = folder / "bin"
    binaries.mkdir(parents=True)
    for name, words in (("python", f'"{sys.executable}"'), ("ruff", f'"{sys.executable}" -m ruff'),
                        ("mypy", f'"{sys.executable}" -m mypy'),
                        ("lint-imports", f'"{Path(sys.executable).parent / "lint-imports"}"')):
        (binaries / name).write_text(f'#!/bin/sh\nexec {words} "$@"\n', "utf-8")
        (binaries / name).chmod(0o755)
    for name in (".made", ".html", ".test"):  # the stamps of make, in the order in which it makes them
        (folder / name).touch()
    return folder


def sh(command: str, folder: Path, env: Mapping[str, str] | None = None) -> Step:
    """Run a command line as a newcomer would; fail with its output."""
    start = time.monotonic()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", command], cwd=folder, env={**inherited, **(env or {})},
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        raise AssertionError(f"{command}\nended with status {done.returncode}\n{done.stdout[-4000:]}")
    return Step(command, done.stdout, time.monotonic() - start)


def walk(folder: Path) -> Iterator[Step]:
    """Go through the first page of the guide in a clone, doing what it says."""
    note = folder / "source" / "posts" / f"{NOTE}.md"
    for fence in fences(REPO / "source" / "guide" / "start.md"):
        if fence.language == "sh":
            for command in commands(fence.text):
                if command not in SERVERS:
                    yield sh(SHORTER.get(command, command), folder)
        elif ":of:" in fence.text:  # the derivation takes the place of the empty one
            text = note.read_text("utf-8")
            empty = re.compile(r"^(:{3,})\{prf:derivation\}.*?^\1$", re.M | re.S)
            note.write_text(empty.sub(lambda _, own=fence.text: own.strip(), text, count=1), "utf-8")
            yield sh("make html", folder)
        else:
            note.write_text(note.read_text("utf-8").rstrip() + "\n\n" + fence.text, "utf-8")


def main() -> None:
    """Walk in a fresh clone with an environment of its own, and print what took how long."""
    with tempfile.TemporaryDirectory() as scratch:
        total = 0.0
        for step in walk(copy(Path(scratch) / "clone", compiled=False)):
            total += step.seconds
            print(f"{step.seconds:7.1f} s  {step.command}", flush=True)
        print(f"{total:7.1f} s  in all")


if __name__ == "__main__":
    main()
