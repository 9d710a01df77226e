"""Turn headings in bold of annotated sections into annotations: theorems, definitions, proofs, derivations with steps.

``**定理 2.1（…）**：`` at the beginning of a paragraph becomes ``{prf:theorem}`` up to the next such heading; the
steps of a proof or a derivation become ``{step}``. Nothing is written before the difference of the post was shown and
agreed to, unless --yes is given; the original is never touched.

Then every piece of more than five displays is offered for cutting at its own leads: y cuts at those with a *, which
announce a part of their own, numbers at these, anything else nowhere. Only a person cuts: --yes leaves them whole.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from ext.edition.posts.blocks import blocks
from ext.edition.posts.leads import Lead, cut_all, leads, long
from ext.edition.posts.splitting import split
from ext.edition.posts.units import Unit
from ext.edition.site.errors import EditionError
from ext.edition.site.files import write_atomic
from ext.edition.site.terminal import printable
from tools import posts
from tools.edits import Post, diff, open_post
from tools.workspace import add_edition_option, open_edition, spoken

#: name: (Chinese, English). ``{}`` takes a value.
WORDS: Mapping[str, tuple[str, str]] = MappingProxyType({
    "write": ("写入 {}？[y/n/q] ", "write {}? [y/n/q] "),
    "cut": ("从哪里断开？[y/1 2 …/n/q] ", "cut where? [y/1 2 …/n/q] "),
    "piece": ("{}：{}（{} 个公式）", "{}: {} ({} displays)"), "lead": ("第 {} 行：{}", "line {}: {}"),
    "done": ("{} 篇有粗体标题；写入 {} 篇；{} 段过长；断开 {} 处",
             "{} posts have headings in bold; {} written; {} long pieces; {} cuts"),
})


class _Stopped(Exception):
    """The reader has had enough."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_edition_option(parser)
    parser.add_argument("posts", nargs="*", metavar="POST", help="slug, id or path (default: all)")
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument("--dry-run", action="store_true", help="only show the differences, and the long pieces")
    shown.add_argument("--yes", action="store_true", help="write the headings without asking, and cut no piece")


def run(args: argparse.Namespace) -> int:
    """Offer the posts one by one; an answer that is not y leaves a post as it is."""
    place = open_edition(args.edition)
    said = spoken(place, WORDS)
    headings = written = pieces = cuts = 0
    try:
        for path in [posts.find(place, name) for name in args.posts] or posts.files(place):
            shown = posts.shown(place, path)
            post = open_post(path)
            body = split(post.body)
            if body != post.body:
                headings += 1
                print(printable(diff(post.text, post.head + body, shown)))
                if not args.dry_run and (args.yes or _answer(said["write"].format(printable(shown))) == "y"):
                    written += _write(post, body)
            # The last piece first: what stands above it keeps its lines.
            for unit in () if args.yes else reversed(long(open_post(path).body)):
                post = open_post(path)
                found = leads(post.body, unit)
                pieces += 1
                print(printable("\n".join(offer(said, shown, post, unit, found))))
                chosen = () if args.dry_run else chosen_of(_answer(said["cut"]), found)
                if chosen:
                    cuts += len(chosen) * _write(post, cut_all(post.body, unit, [lead.line for lead in chosen]))
    except _Stopped:
        pass
    print(said["done"].format(headings, written, pieces, cuts))
    return 0


def offer(said: Mapping[str, str], shown: str, post: Post, unit: Unit, found: Sequence[Lead]) -> list[str]:
    """Return a long piece with its leads, numbered; a * marks what announces a part of its own."""
    lines = [said["piece"].format(f"{shown}:{unit.first + post.offset + 1}", unit.title, len(unit.displays))]
    return lines + [f"  {number:3}{'*' if lead.announced else ' '} "
                    + said["lead"].format(lead.line + post.offset + 1, lead.text[:90])
                    for number, lead in enumerate(found, 1)]


def chosen_of(answer: str, found: Sequence[Lead]) -> tuple[Lead, ...]:
    """Return the leads that an answer means; one that is not understood means none."""
    if answer == "y":
        return tuple(lead for lead in found if lead.announced)
    numbers = answer.replace(",", " ").split()
    if not all(one.isdecimal() and 0 < int(one) <= len(found) for one in numbers):
        return ()
    return tuple(found[number - 1] for number in sorted({int(one) for one in numbers}))


def _answer(asked: str) -> str:
    print(asked, end="", flush=True)
    answer = sys.stdin.readline().strip().lower()
    if answer in ("q", ""):
        raise _Stopped
    return answer


def _write(post: Post, body: str) -> bool:
    if [one.text for one in blocks(body) if not one.annotation] != [
            one.text for one in blocks(post.body) if not one.annotation]:
        raise EditionError("cannot be split without touching the original", where=post.path,
                           remedy="mark its annotations by hand")
    return write_atomic(post.path, post.head + body)
