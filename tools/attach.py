"""Ask, equation by equation, which annotation is about it, and write the answer into the annotation.

For every displayed equation of the original the one piece of the annotations is shown in which it most likely
recurs, with the reasons. One key answers: d it derives the equation, e it explains it, u it only uses it, n no,
s split the piece at the lead that is shown and ask again, m show the whole piece, o open the post in $EDITOR at it,
z undo the last answer or cut, q stop. After n or u the next likely piece, if there is one, is asked about at once.
Nothing is accepted unattended. Answers are kept in source/attachments.yaml, by what both sides say: a second run asks
nothing twice, and asks again about a piece whose text has changed.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from ext.edition.annotations.kinds import KINDS
from ext.edition.links.answers import Question, worth
from ext.edition.links.bearing import lead_of
from ext.edition.links.likeness import in_common
from ext.edition.site.errors import EditionError
from ext.edition.site.terminal import printable
from tools import posts
from tools.attach_words import ANSWERS, reasons, words
from tools.attach_words import keys as offered
from tools.attaching import Session, name_of, questions, queue, unsettled
from tools.edits import open_post
from tools.workspace import Workspace, add_edition_option, open_edition


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_edition_option(parser)
    parser.add_argument("posts", nargs="*", metavar="POST",
                        help="slug, id or path (default: all, as --queue orders them)")
    parser.add_argument("--by", metavar="NAME", help="who answers (default: user.name of git)")
    parser.add_argument("--browser", action="store_true", help="ask on a page of the browser, with the formulas set")
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument("--dry-run", action="store_true", help="list the questions, ask nothing and write nothing")
    shown.add_argument("--json", action="store_true", help="the same for other programs")
    shown.add_argument("--queue", action="store_true", help="list the posts, by equations attached in a minute")


def run(args: argparse.Namespace) -> int:
    """Ask until nothing is left or the reader stops."""
    place = open_edition(args.edition)
    said = words(place)
    chosen = [posts.find(place, name) for name in args.posts]
    if args.json or args.dry_run:
        listed = [(path, one) for path in chosen or posts.files(place) for one in questions(place, path)]
        if args.json:
            json.dump([plain(place, path, one) for path, one in listed], sys.stdout, ensure_ascii=False, indent=2)
            print()
            return 0
        for path, one in listed:
            print(printable(line(place, path, one)))
        print(said["listed"].format(len({path for path, _ in listed}), len(listed)))
        return 0
    for path in chosen or posts.files(place):
        if unsettled(open_post(path)):
            print(printable(said["unsettled"].format(posts.shown(place, path), path.stem)), file=sys.stderr)
    ordered = queue(place, chosen or list(posts.files(place)))
    if args.queue:
        for path, asked in ordered:
            print(printable(said["queued"].format(worth(asked), len(asked), posts.shown(place, path))))
        return 0
    session, paths = Session(place, args.by or name_of(place)), [path for path, _ in ordered]
    if args.browser:
        from tools.attach_page import Asking  # a server that the terminal does without

        with Asking(session, paths) as server:
            print(said["open"].format(server.address))
            sys.stdout.flush()
            try:
                server.serve_forever()
            finally:
                session.close()
    try:
        return ask(session, paths, keys(), Console())
    finally:
        session.close()


def ask(session: Session, paths: Sequence[Path], pressed: Iterator[str], console: Console) -> int:
    """Ask of the posts in turn, a key for an answer; return 0."""
    began, strokes = time.monotonic(), 0
    said = words(session.place)
    at = 0
    while at < len(paths):
        path = paths[at]
        asked = session.asked(path)
        if not asked:
            at += 1
            continue
        one = asked[0]
        console.print(question(session.place, path, one, len(asked)))
        key = next(pressed, "q").lower()
        strokes += 1
        if key == "q":
            break
        if key in ANSWERS:
            session.answer(path, one, ANSWERS[key])
        elif key == "z":
            where = session.undone()
            if where is None:
                console.print(said["no_undo"])
            elif where in paths:
                at = paths.index(where)
        elif key == "s":
            try:
                session.split(path, one)
            except EditionError as error:
                console.print(said["no_split"].format(error.what), markup=False)
        elif key == "m":
            console.print(Text(printable(one.unit.text)))
        elif key == "o":
            edit(path, one.unit.first + open_post(path).offset + 1)
        else:
            console.print(said["no_key"].format(offered(said)), markup=False)
    minutes = (time.monotonic() - began) / 60
    pace = said["pace"].format(f"{session.answered / minutes:.1f}") if minutes > 0.05 else ""
    console.print(said["done"].format(session.answered, strokes, f"{minutes:.1f}", pace))
    return 0


def question(place: Workspace, path: Path, one: Question, left: int) -> Text:
    """Return a question as it is read in the terminal: the equation, the piece, the reasons."""
    offset, said = open_post(path).offset, words(place)
    tag = "".join(f" ({tag})" for tag in one.equation.shown.tags)
    shown = Text()
    shown.append(f"\n{posts.shown(place, path)}:{one.equation.shown.line + offset + 1}", style="dim")
    shown.append(f"  {one.equation.name}{tag}  {said['left'].format(left)}", style="dim")
    shown.append(f"{' · ' + said['again'] if one.again else ''}\n", style="bold")
    shown.append(printable(f"  … {' '.join(one.equation.before.split())[-70:]}\n"))
    display = one.unit.displays[one.proposal.match.display]
    for marked, piece in in_common(one.equation.shown.tex, display.tex):
        shown.append(printable(piece), style="bold green" if marked else "")
    shown.append(f"\n→ {said['place'].format(one.unit.first + offset + 1, called(place, one.unit.kind))}", style="dim")
    shown.append(printable(one.unit.title), style="bold")
    position = said["display"].format(one.proposal.match.display + 1, len(one.unit.displays))
    shown.append(f"  {position}\n", style="dim")
    shown.append(printable(f"  … {lead_of(one.unit, one.proposal.match.display)[-90:]}\n"))
    for marked, piece in in_common(display.tex, one.equation.shown.tex):
        shown.append(printable(piece), style="bold green" if marked else "")
    shown.append(f"\n  {'; '.join(reasons(one.proposal, said))}", style="italic")
    if one.before is not None:
        shown.append("\n  " + printable(said["before"].format(one.before.by, one.before.on, said[one.before.says])))
    shown.append(f"\n{offered(said)}" + (said["closing"] if one.proposal.closes else ""), style="dim")
    return shown


def called(place: Workspace, kind: str) -> str:
    """Return what a piece of a kind is called."""
    language = place.edition.edition.language
    return KINDS[kind].called(language) if kind in KINDS else "section" if language == "en" else "小节"


def line(place: Workspace, path: Path, one: Question) -> str:
    """Return a question on one line."""
    offset, said = open_post(path).offset, words(place)
    where = said["place"].format(one.unit.first + offset + 1, called(place, one.unit.kind))
    return (f"{posts.shown(place, path)}:{one.equation.shown.line + offset + 1} {one.equation.name} → {where}"
            f"{one.unit.title[:40]} ({'; '.join(reasons(one.proposal, said))})"
            f"{' · ' + said['again'] if one.again else ''}")


def plain(place: Workspace, path: Path, one: Question) -> dict[str, Any]:
    """Return a question as JSON has it; ``digest`` is that of the piece, which an answer names."""
    offset = open_post(path).offset
    display = one.unit.displays[one.proposal.match.display]
    return {"post": posts.docname(place, path), "equation": one.equation.name, "tex": one.equation.shown.tex,
            "line": one.equation.shown.line + offset + 1, "before": one.equation.before[-200:],
            "unit": {"kind": one.unit.kind, "title": one.unit.title, "line": one.unit.first + offset + 1,
                     "digest": one.unit.digest, "displays": len(one.unit.displays)},
            "match": {"how": one.proposal.match.how, "share": round(one.proposal.match.share, 3), "tex": display.tex,
                      "display": one.proposal.match.display + 1, "line": display.line + offset + 1},
            "score": one.proposal.score, "reasons": [list(one) for one in one.proposal.reasons],
            "closes": one.proposal.closes, "again": one.again}


def edit(path: Path, at: int) -> None:
    """Open a post in the editor, at a line."""
    command = [*shlex.split(os.environ.get("EDITOR", "vi")), f"+{at}", str(path)]
    subprocess.run(command, check=False)  # noqa: S603 - the editor that the person has chosen


def keys() -> Iterator[str]:
    """Yield the keys that are pressed; those of a pipe are its characters."""
    if not sys.stdin.isatty():
        while key := sys.stdin.read(1):
            if not key.isspace():
                yield key
        return
    import termios
    import tty

    handle = sys.stdin.fileno()
    while True:
        before = termios.tcgetattr(handle)
        try:
            tty.setcbreak(handle)
            key = os.read(handle, 1).decode(errors="replace")
        finally:
            termios.tcsetattr(handle, termios.TCSADRAIN, before)
        if not key or key == "\x04":
            return
        yield key
