"""Start something without overwriting anything: derivations in a post, a post of our own, or a topic's summary.

`--post` puts an empty derivation right behind equations of the original that nothing derives or explains: those named
by `--equations`, or all of them, or in a terminal those chosen from the list. Until something is written in it, an
empty derivation covers nothing. Each gets a label that nothing in the edition has yet.

With `--from`, `--post` puts in the annotations of a file instead, each behind the equation that its `:of:` names first;
those that are there already are not put in twice.

`--local` starts a post with its front matter: the topic is the one given, else the one that the words of the title are
sure of; the licence is that of the edition's other posts of its own. What is not known is left as an empty line.
"""

from __future__ import annotations

import argparse
import datetime
import re
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from ext.edition.audit.coverage import OPEN, EquationCover
from ext.edition.posts import classify
from ext.edition.posts.keywords import Text
from ext.edition.posts.scaffold import (
    has_derivation,
    insert_behind,
    insert_derivations,
    local_post,
    topic_summary,
    written_behind,
)
from ext.edition.site.config import Topic
from ext.edition.site.errors import EditionError
from ext.edition.site.files import inside, read_text, safe_name, write_atomic
from ext.edition.site.terminal import printable
from tools import posts
from tools.edits import diff, located, open_post
from tools.equations import aligned
from tools.workspace import Workspace, add_edition_option, open_edition


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_edition_option(parser)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--post", metavar="POST", help="put empty derivations into this post: slug, id or path")
    what.add_argument("--local", metavar="SLUG", help="start a post of our own")
    parser.add_argument("--topic", metavar="NAME", help="start the summary of this topic; with --local, its topic")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--equations", metavar="ID,ID", help="with --post: these equations")
    which.add_argument("--all-uncovered", action="store_true", help="with --post: every equation that is not covered")
    which.add_argument("--from", dest="written", type=Path, metavar="FILE",
                       help="with --post: put in the annotations of this file, each behind its equation")
    parser.add_argument("--title", help="with --local: the title of the post")
    parser.add_argument("--dry-run", action="store_true", help="print what would be written, and write nothing")
    parser.set_defaults(wrong=parser.error)


def run(args: argparse.Namespace) -> int:
    """Start what was asked for."""
    place = open_edition(args.edition)
    if args.post:
        if args.topic or args.title:
            args.wrong("--topic and --title do not go with --post")
        return written(place, args) if args.written else derivations(place, args)
    if args.equations or args.all_uncovered or args.written:
        args.wrong("--equations, --all-uncovered and --from go with --post")
    if args.local:
        if not args.title:
            args.wrong("--local needs --title")
        path, text = _local(place, args.local, args.title, args.topic)
    elif args.topic:
        path, text = _summary(place, args.topic)
    else:
        args.wrong("give one of --post, --local and --topic")
    if path.exists():
        raise EditionError("is there already", where=path, remedy="edit it, or give another name")
    if args.dry_run:
        print(printable(text))
    else:
        write_atomic(path, text)
    print(printable(f"{'would write' if args.dry_run else 'wrote'}: {posts.shown(place, path)}"))
    return 0


def derivations(place: Workspace, args: argparse.Namespace) -> int:
    """Put empty derivations into a post."""
    from tools.covering import read  # it loads Sphinx, which the other commands do without

    post = open_post(posts.find(place, args.post))
    found = [one.cover for one in read(place, post.path)]
    wanting = [one for one in found if one.state in OPEN and not has_derivation(post.body, one.id)]
    shown = posts.shown(place, post.path)
    if args.equations:
        chosen = _named(found, re.split(r"[\s,，]+", args.equations.strip()), post.path)
        chosen = [one for one in chosen if not has_derivation(post.body, one.id)]
    elif args.all_uncovered:
        chosen = wanting
    elif not wanting:
        chosen = []
    else:
        print(printable("\n".join(listing(wanting))))
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            print(f"\n{shown}: {len(wanting)} equations want a derivation; choose with --equations or --all-uncovered")
            return 0
        chosen = choose(wanting, input("which? (1,3-5, all, nothing to leave) "))
    if not chosen:
        print(printable(f"{shown}: nothing to put in"))
        return 0
    english = place.edition.edition.language == "en"
    with located(post.path):
        body = insert_derivations(post.body, [one.id for one in chosen], english=english, taken=labels(place))
    if args.dry_run:
        print(printable(diff(post.text, post.head + body, shown)))
    else:
        write_atomic(post.path, post.head + body)
    done = "would put in" if args.dry_run else "put in"
    print(printable(f"{shown}: {done} {len(chosen)} empty derivations: {', '.join(one.id for one in chosen)}"))
    return 0


def written(place: Workspace, args: argparse.Namespace) -> int:
    """Put the annotations of a file into a post, each behind its equation."""
    post, shown = open_post(posts.find(place, args.post)), posts.shown(place, posts.find(place, args.post))
    with located(args.written):
        found = [(name, text) for name, text in written_behind(read_text(args.written)) if text not in post.body]
    with located(post.path):
        body = insert_behind(post.body, found)
    if args.dry_run:
        print(printable(diff(post.text, post.head + body, shown)))
    elif found:
        write_atomic(post.path, post.head + body)
    print(printable(f"{shown}: {'would put in' if args.dry_run else 'put in'} {len(found)} annotations"))
    return 0


def labels(place: Workspace) -> frozenset[str]:
    """Return the labels that annotations of the edition have."""
    return frozenset(found for path in place.source.resolve().glob("**/*.md")
                     for found in re.findall(r"^[ \t>]*:label:[ \t]*(\S+)", read_text(path), re.M))


def _named(found: Sequence[EquationCover], names: Sequence[str], path: Path) -> list[EquationCover]:
    known = {one.id: one for one in found}
    for name in names:
        if name not in known:
            raise EditionError(f"the original has no equation {name!r}", where=path,
                               remedy="run `python -m tools equations POST` for the list")
    return [known[name] for name in names]


def listing(equations: Sequence[EquationCover]) -> list[str]:
    """Return a numbered line for each equation."""
    return aligned([(f"{place}.", one.id, f"({one.number})" if one.number else "-", f"line {one.line or '-'}",
                     str(one.state), one.snippet) for place, one in enumerate(equations, start=1)])


def choose(equations: Sequence[EquationCover], answer: str) -> list[EquationCover]:
    """Return the equations that an answer like ``1,3-5`` or ``all`` names; an answer that names none is an error."""
    if answer.strip().lower() in ("all", "全部", "*"):
        return list(equations)
    numbers: list[int] = []
    for part in filter(None, re.split(r"[\s,，]+", answer.strip())):
        match = re.fullmatch(r"(\d+)(?:-(\d+))?", part)
        low, high = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if not 1 <= low <= high <= len(equations):
            raise EditionError(f"{part!r} is not among 1-{len(equations)}", remedy="answer like 1,3-5, or all")
        numbers += range(low, high + 1)
    return [equations[number - 1] for number in dict.fromkeys(numbers)]


def _local(place: Workspace, slug: str, title: str, topic: str | None) -> tuple[Path, str]:
    name = safe_name(slug)
    if slug.removesuffix(".md") != name:
        raise EditionError(f"{slug!r} cannot be the name of a page", remedy=f"take {name!r}")
    about = place.edition.edition
    meta = {"id": f"local-{name}", "title": title, "date": datetime.date.today().isoformat(), "author": about.author,
            "licence": _licence(place), "topic": _topic(place, topic).name if topic else _likely(place, title),
            "status": "draft", "origin": "local"}
    known = posts.by_id(place).get(f"local-{name}")
    if known is not None:
        raise EditionError(f"there is a post with the id 'local-{name}'", where=known, remedy="give another slug")
    return inside(place.posts, f"{name}.md"), local_post(meta, _heading(title), english=about.language == "en")


def _likely(place: Workspace, title: str) -> str | None:
    """Return the topic that the words of a title are sure of."""
    decided = classify.decide(Text(title), place.edition)
    return decided.topic if decided.sure else None


def _licence(place: Workspace) -> str | None:
    """Return the licence that most of the edition's own posts have."""
    found = Counter[str]()
    for path in posts.files(place):
        meta = open_post(path).meta
        if meta.get("origin") == "local" and (known := meta.get("licence") or meta.get("license")):
            found[str(known)] += 1
    return max(found, key=lambda one: found[one]) if found else None


def _summary(place: Workspace, name: str) -> tuple[Path, str]:
    topic, english = _topic(place, name), place.edition.edition.language == "en"
    title = (topic.en if english else "") or topic.name
    text = topic_summary({"title": title, "topic": topic.name, "posts": []}, _heading(title), english=english)
    return inside(place.source / "topics", f"{topic.slug}.md"), text


def _topic(place: Workspace, name: str) -> Topic:
    for topic in place.edition.topics:
        if name in (topic.name, topic.slug, topic.en):
            return topic
    known = ", ".join(topic.name for topic in place.edition.topics) or "none"
    raise EditionError(f"the edition has no topic {name!r}; it has: {known}", where=place.root / "edition.toml",
                       remedy="name one of them, or add a table [[topics]]")


def _heading(title: str) -> str:
    """Return a title as one line of MyST, its formulas kept and everything else text."""
    from tools.fetch.reading import heading_of  # it loads the converter, which empty derivations do without

    return heading_of(title)
