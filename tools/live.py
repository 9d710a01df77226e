"""Serve the site and build it again on every save: ``make live`` (sphinx-autobuild, with everything loaded already).

sphinx-autobuild starts Python and Sphinx anew for every build, which takes as long as the build itself. It runs its
builder in a fork of the server, so it is enough to load everything once, in the server, and to build in that fork.
"""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import sphinx_autobuild.__main__ as autobuild
from sphinx.cmd.build import build_main
from sphinx.config import Config
from sphinx.util.tags import Tags
from sphinx_autobuild.build import Builder
from sphinx_autobuild.utils import show_message

ROOT = Path(__file__).resolve().parent.parent


class WarmBuilder(Builder):
    """Build in the process that called, which has loaded Sphinx and the extensions."""

    def __call__(self, *, changed_paths: Sequence[Path]) -> None:
        """Build after some files changed; the first time in a process of its own, which leaves this one clean."""
        if not changed_paths:
            super().__call__(changed_paths=changed_paths)
            preload()
            return
        start = time.perf_counter()
        status = build_main(self.sphinx_args)
        outcome = f"Sphinx stopped with status {status}; the pages are the old ones" if status else f"on {self.uri}"
        show_message(f"{changed_paths[0].name}: {time.perf_counter() - start:.1f} s, {outcome}")


def preload() -> None:
    """Load what every build needs, without building."""
    for name in Config.read(ROOT, overrides={}, tags=Tags()).extensions:
        importlib.import_module(name)
    importlib.import_module("sphinx.builders.html")


def main(argv: Sequence[str]) -> None:
    """Serve until interrupted; *argv* are the arguments of sphinx-autobuild."""
    autobuild.Builder = WarmBuilder
    autobuild.main(list(argv))


if __name__ == "__main__":
    main(sys.argv[1:])
