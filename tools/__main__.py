"""Run one command of an edition: ``python -m tools <command>``."""

from __future__ import annotations

import argparse
import importlib
import os
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from types import ModuleType
from typing import NamedTuple

from ext.edition.site.errors import EditionError
from ext.edition.site.files import NO_ROOM
from ext.edition.site.terminal import printable


class Command(NamedTuple):
    """A command: the module that has ``arguments(parser)`` and ``run(args) -> int``, and what it does.

    The module is imported only when its command is called, so that the others start at once.
    """

    module: str
    summary: str
    #: Whether a call writes the edition, so that no other may do so at the same time.
    writes: Callable[[argparse.Namespace], bool] | None = None


def _unless(*options: str) -> Callable[[argparse.Namespace], bool]:
    """Return the rule of a command that writes unless one of these options is given."""
    return lambda args: not any(getattr(args, option) for option in options)


COMMANDS: Mapping[str, Command] = {
    "init": Command("tools.init", "start an edition in a new folder"),
    "fetch": Command("tools.fetch.command", "fetch new posts of the blog, or of any feed, archive, page or file",
                     _unless("dry_run")),
    "catalogue": Command("tools.catalogue", "fill the catalogue from a list of posts",
                         _unless("dry_run")),
    "classify": Command("tools.classify", "set topic, series and number of posts by their words, with the reason",
                        _unless("dry_run", "against")),
    "relevance": Command("tools.relevance", "tell which fetched posts are not for this edition, and why",
                         _unless("dry_run", "texts")),
    "convert": Command("tools.convert.command", "print a saved page as MyST, with every formula"),
    "images": Command("tools.illustrations", "fetch the pictures that posts still show from the network",
                      _unless("dry_run")),
    "import-markdown": Command("tools.import_markdown.command", "import the Markdown posts of an older edition",
                               _unless("dry_run")),
    "equations": Command("tools.equations", "list the equations of a post and what covers them"),
    "brief": Command("tools.brief", "print what somebody needs to write the derivation of one equation"),
    "attach": Command("tools.attach", "ask which annotation is about which equation, and write the answers",
                      _unless("dry_run", "json", "queue")),
    "split": Command("tools.split", "turn headings in bold of annotated sections into annotations",
                     _unless("dry_run")),
    "measure": Command("tools.measure", "count formulas, sections and bytes of Markdown files, without a build"),
    "next": Command("tools.next", "print what to work on next"),
    "review": Command("tools.review", "accept a post or an annotation, or say what is to change in it",
                      lambda args: bool(args.by)),
    "history": Command("tools.history", "append the last audit to the history",
                       _unless()),
    "new": Command("tools.new", "put in empty derivations, or start a post or a topic's summary",
                   _unless("dry_run")),
    "restore": Command("tools.restore", "put the original back in a post, and leave its annotations alone",
                       _unless("dry_run")),
    "layers": Command("tools.settle", "settle which text of a post is the original's, with the evidence",
                      lambda args: not args.dry_run and (args.cut is not None or args.whole or bool(args.original))),
    "update": Command("tools.update", "merge what changed upstream into posts, and mark what became stale",
                      _unless("dry_run")),
    "join": Command("tools.join", "make one post of two that turned out to be one",
                    _unless("dry_run")),
    "divide": Command("tools.divide", "divide an edition by topic into two that refer to each other"),
    "mutate": Command("tools.mutate", "plant errors in formulas that checks compute, and see which are noticed",
                      _unless()),
    "name": Command("tools.name", "say which equation a name means that died in an update",
                    _unless("dry_run")),
    "cite": Command("tools.cite", "list works that posts link to and no .bib file has, and fetch their entries",
                    lambda args: args.write),
    "linkcheck": Command("tools.linkcheck", "ask whether the external links of posts still lead somewhere"),
    "receipt": Command("tools.receipt", "show what each post kept and lost when it was converted"),
}

_EPILOG = """\
a first hour:
  python -m tools init my-edition               start an edition: then edit my-edition/edition.toml
  python -m tools fetch --edition my-edition --dry-run
                                                see what would be fetched
  python -m tools fetch --edition my-edition --limit 3
                                                fetch three posts, politely
  make html SOURCEDIR=my-edition/source         build the site

`python -m tools COMMAND --help` explains a command.
"""


def parser() -> argparse.ArgumentParser:
    """Return the parser of the first word; the rest belongs to the command."""
    lines = "\n".join(f"  {name:<18}{command.summary}" for name, command in COMMANDS.items())
    top = argparse.ArgumentParser(
        prog="python -m tools", usage="python -m tools COMMAND [options]",
        description=f"Work on an annotated edition.\n\ncommands:\n{lines}", epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    top.add_argument("command", choices=COMMANDS, metavar="COMMAND", help="one of the commands above")
    return top


def command_parser(name: str, module: ModuleType) -> argparse.ArgumentParser:
    """Return the parser of one command, explained by its module's docstring."""
    own = argparse.ArgumentParser(prog=f"python -m tools {name}", description=module.__doc__,
                                  formatter_class=argparse.RawDescriptionHelpFormatter)
    module.arguments(own)
    return own


def _alone(command: Command, args: argparse.Namespace, words: Sequence[str]) -> AbstractContextManager[None]:
    """Return what keeps other writers out while the command runs; nothing for one that only looks."""
    if command.writes is None or not command.writes(args):
        return nullcontext()
    from tools.workspace import open_edition  # they load more than a command that only looks needs
    from tools.writer import writing

    return writing(open_edition(args.edition), shlex.join(["python", "-m", "tools", *words]))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command in *argv* and return its exit status.

    0: done. 1: it could not be done; the reason was printed once. 2: wrong usage. 130: interrupted.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    if not words:
        parser().print_help()
        return 2
    try:
        name = parser().parse_args(words[:1]).command
        module = importlib.import_module(COMMANDS[name].module)
        args = command_parser(name, module).parse_args(words[1:])
        with _alone(COMMANDS[name], args, words):
            return int(module.run(args))
    except EditionError as error:
        print(printable(f"error: {error}"), file=sys.stderr)
        return 1
    except BrokenPipeError:  # the reader of our output went away, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        print(printable(f"error: {error.filename or 'the disk'}: cannot be written: {error.strerror}\n"
                        "  remedy: make room; what was finished is kept, run the command again to go on"),
              file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted: what was finished is kept; run the command again to go on", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
