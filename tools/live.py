"""Serve the site and build it again on every save: ``make live`` (sphinx-autobuild, with everything loaded already).

sphinx-autobuild starts Python and Sphinx anew for every build, which takes as long as the build itself. It runs its
builder in a fork of the server, so it is enough to load everything once, in the server, and to build in forks of it.

On 127.0.0.1 the questions of ``attach`` stand beside the equations of a post, see :mod:`tools.live_panel`.
``--by NAME`` says who answers; without a name, from there or from git, nobody is asked.
"""

from __future__ import annotations

import argparse
import importlib
import multiprocessing
import runpy
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import sphinx_autobuild.__main__ as autobuild
from sphinx.cmd.build import build_main
from sphinx_autobuild.build import Builder
from sphinx_autobuild.filter import IgnoreFilter
from sphinx_autobuild.utils import show_message
from starlette.applications import Starlette

from ext.edition.site.config import find
from ext.edition.site.errors import EditionError
from tools.attach_desk import Desk
from tools.attaching import Session, name_of
from tools.live_panel import add_panel
from tools.workspace import open_edition


class WarmBuilder(Builder):
    """Build in forks of this process, which has loaded Sphinx and the extensions."""

    def __call__(self, *, changed_paths: Sequence[Path]) -> None:
        """Build after some files changed, in the fork that this is, or for the first time, in one that is made here."""
        if self._run_commands(self.pre_build_commands, "pre-build"):
            return
        start = time.perf_counter()
        status = build_main(self.sphinx_args) if changed_paths else first_build(self.sphinx_args)
        outcome = f"Sphinx stopped with status {status}; the pages are the old ones" if status else f"on {self.uri}"
        name = changed_paths[0].name if changed_paths else "the first build"
        show_message(f"{name}: {time.perf_counter() - start:.1f} s, {outcome}")
        if not status:
            self._run_commands(self.post_build_commands, "post-build")


def first_build(words: Sequence[str]) -> int:
    """Load what every build needs, build in a fork, which leaves this process clean, and return the exit status."""
    importlib.import_module("tools.preloaded")
    fork = multiprocessing.get_context("fork").Process(target=_become, args=(words,))
    fork.start()
    fork.join()
    return fork.exitcode or 0


def _become(words: Sequence[str]) -> None:
    """Be ``python -m sphinx``, which has garbage of its own only."""
    sys.argv[1:] = words
    runpy.run_module("sphinx", run_name="__main__", alter_sys=True)


def main(argv: Sequence[str]) -> None:
    """Serve until interrupted; *argv* are the arguments of sphinx-autobuild, and ``--by NAME``."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--by", default="")
    own, others = parser.parse_known_args(argv)
    create = autobuild._create_app

    def created(watched: list[Path], ignored: IgnoreFilter, builder: Builder, out: Path, host: str) -> Starlette:
        app = create(watched, ignored, builder, out, host)
        if host.startswith("127.0.0.1:"):
            try:
                place = open_edition(find(Path(watched[0])).parent)
                add_panel(app, Desk(Session(place, own.by or name_of(place)), []), host)
            except EditionError as error:
                show_message(f"nothing is asked beside the equations: {error}")
        return app

    autobuild.Builder = WarmBuilder
    autobuild._create_app = created
    autobuild.main(others)


if __name__ == "__main__":
    main(sys.argv[1:])
