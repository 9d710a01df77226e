"""Settle which text of a post is the original's and which was added, so that the audit can count it.

Without an option: what is known of the post, and the lines at which the addition may begin, each with its evidence.
`--cut LINE` takes a line of the file: everything from it on becomes annotation. `--whole` says that nothing was
added. `--original FILE` compares with a page that was saved or a post that was fetched: what is not in it becomes an
annotation. The text of the post before the cut is then kept as its original, with a digest; what has one already is
compared with it. No line of the text changes, and who settled it is written down.

examples:
  python -m tools layers source/posts/some-post.md
  python -m tools layers some-post --cut 120 --by NAME --dry-run
  python -m tools layers some-post --original saved/page.html --by NAME
"""

from __future__ import annotations

import argparse
import datetime
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from ext.edition.checks.entry import check_original, check_rewritten
from ext.edition.math.equation import dead_names
from ext.edition.posts import digests, layer_cuts
from ext.edition.posts.merge import restore
from ext.edition.posts.original import compare, strip
from ext.edition.site import frontmatter
from ext.edition.site.errors import EditionError
from ext.edition.site.files import read_text, write_atomic
from ext.edition.site.terminal import printable
from tools import posts
from tools.edits import Post, diff, located, open_post
from tools.workspace import Workspace, add_edition_option, open_edition

#: Proposals that are shown.
SHOWN = 6
#: Keys of the front matter that say what became of a post here, and nothing of its original.
_OURS = ("status", "topic", "series", "number", "layers", "receipt")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_edition_option(parser)
    parser.add_argument("post", metavar="POST", help="slug, id or path of a post")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--cut", type=int, metavar="LINE", help="what was added begins at this line of the file")
    how.add_argument("--whole", action="store_true", help="nothing was added: the whole post is the original")
    how.add_argument("--original", type=Path, metavar="FILE", help="a saved page (.html) or a Markdown file of it")
    parser.add_argument("--by", metavar="NAME", help="who settles it; needed to write")
    parser.add_argument("--dry-run", action="store_true", help="print the diff, and write nothing")


def run(args: argparse.Namespace) -> int:
    """Show what is known of the post, or settle its layers."""
    place = open_edition(args.edition)
    post = open_post(posts.find(place, args.post))
    if args.cut is None and not args.whole and args.original is None:
        for line in report(place, post):
            print(printable(line))
        return 0
    if not args.by and not args.dry_run:
        raise EditionError("nobody says that it is so", where=post.path, remedy="add --by NAME, or --dry-run to look")
    path = _home(place, post)
    with located(post.path):
        body, original, how = _settled(place, post, args)
    said = f"{how}, by {args.by or 'NAME'} on {datetime.date.today().isoformat()}"
    text = frontmatter.replace(post.head + body, {"layers": said})
    print(printable(diff(post.text, text, posts.shown(place, post.path))))
    added = Counter(one.change for one in compare(body, original))
    if added:
        raise EditionError(f"would still differ from its original: {dict(added)}", where=post.path,
                           remedy="this is a fault of the command: nothing was written")
    if not args.dry_run:
        if not path.is_file():
            kept = {key: value for key, value in post.meta.items() if key not in _OURS}
            digests.store(place.source, path, frontmatter.join({**kept, "settled": said}, original))
        write_atomic(post.path, text)
    print(f"{'would be ' if args.dry_run else ''}settled: {said}")
    return 0


def _home(place: Workspace, post: Post) -> Path:
    known = str(post.meta.get("id") or "")
    if not known or post.meta.get("origin") == "local":
        raise EditionError("is of this edition's own writing, or has no id: it has no original", where=post.path,
                           remedy="give an `id` to what was taken from elsewhere; remove `layers` from your own")
    return posts.original(place, known)


def _settled(place: Workspace, post: Post, args: argparse.Namespace) -> tuple[str, str, str]:
    """Return the body with its annotations marked, its original, and how that was found."""
    path = _home(place, post)
    if path.is_file() and args.original is None:
        raise EditionError("has an original already", where=path,
                           remedy=f"compare with it: --original {posts.shown(place, path)}")
    if args.whole:
        return post.body, strip(post.body), "nothing was added"
    if args.original is not None:
        original = _read(args.original, post, place)
        check_original(original, where=args.original)
        body = restore(post.body, original, reserved=dead_names(post.meta))
        check_rewritten(body, post.body, original, where=post.path)
        return body, original, f"compared with {args.original.name}"
    english = place.edition.edition.language == "en"
    body = layer_cuts.cut(post.body, args.cut - post.offset, english=english)
    return body, strip(body), f"cut at line {args.cut}"


def _read(path: Path, post: Post, place: Workspace) -> str:
    """Return the body of an original in a file: a saved page is converted."""
    if not path.is_file():
        raise EditionError("there is no such file", where=path, remedy="give a saved page or a Markdown file")
    if path.suffix.lower() not in (".html", ".htm", ".xhtml"):
        return open_post(path).body
    from tools.convert.api import convert  # parsers of HTML, which a cut does not need
    from tools.fetch.reading import profile

    edition = place.edition
    converted = convert(path.read_bytes(), url=str(post.meta.get("source") or "") or None,
                        profile=profile(edition.site, edition.edition.language))
    return f"# {post.meta.get('title') or ''}\n\n{converted.markdown}"


def report(place: Workspace, post: Post) -> Iterator[str]:
    """Yield what is known of the layers of a post, and how they can be settled."""
    shown = posts.shown(place, post.path)
    known = str(post.meta.get("id") or "")
    said = str(post.meta.get("layers") or "")
    yield f"{shown}: {'unverified original' if said == 'unknown' else said or 'layers not in doubt by themselves'}"
    path = posts.original(place, known) if known else None
    if path is not None and path.is_file():
        found = Counter(one.change for one in compare(post.body, open_post(path).body))
        differs = ", ".join(f"{count} {change}" for change, count in sorted(found.items())) or "equal"
        yield f"  {posts.shown(place, path)}: {differs} (blocks); digest " \
              f"{digests.state(digests.load(place.source), path.name, read_text(path))}"
        if found:
            yield f"  $ python -m tools restore {shown} --dry-run"
        return
    yield "  there is no original to compare with"
    for one in layer_cuts.proposals(post.body)[:SHOWN]:
        before, after = layer_cuts.sides(post.body, one.line)
        yield f"  line {one.line + post.offset}: {one.text}"
        yield f"    original before it: {before.blocks} blocks, {before.displayed} displays, {before.characters} " \
              f"characters; added: {after.blocks}, {after.displayed}, {after.characters}"
        for reason in one.reasons:
            yield f"    - {reason}"
    yield "  to settle it:"
    yield f"  $ python -m tools layers {shown} --cut LINE --by NAME"
    yield f"  $ python -m tools layers {shown} --whole --by NAME"
    yield f"  $ python -m tools layers {shown} --original SAVED.html --by NAME"
    if known:
        yield f"  or fetch it: $ python -m tools fetch --only {known}"
