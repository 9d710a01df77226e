"""Convert saved pages to MyST, their formulas intact: one is printed, many are written into a folder.

The post stands below its title, and nothing is fetched. Formulas keep their TeX token for token, however the page
marks them up. With --output a page becomes a file with the ending .md, the pages of a folder keep their places below
it, and a file that has the text already is left alone. With --receipt, standard error tells what each page had and
what the MyST has, and names each formula that was lost, that came without its TeX, or that stands in the page and not
in the post, with the reason and the place. A post that lacks a formula for no reason, or that holds less of its page
than site.profile.share asks for, is doubtful. The exit status is 1 if a formula was lost or a page could not be
converted; the other pages are converted all the same.

examples:
  python -m tools convert saved/page.html --url https://blog.example/archives/1 > post.md
  python -m tools convert entry.html --fragment --receipt
  python -m tools convert saved/ --output posts/ --workers 4
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tools.workers import add_options

if TYPE_CHECKING:
    from tools.convert.receipt import Receipt


def arguments(p: argparse.ArgumentParser) -> None:
    """Describe the options."""
    p.add_argument("page", nargs="+", metavar="PAGE", help="an HTML file, a folder of them, or - for standard input")
    p.add_argument("--output", type=Path, metavar="DIR", help="write the posts into this folder")
    p.add_argument("--url", help="where the page comes from; relative links and pictures are resolved against it")
    p.add_argument("--content", metavar="SELECTOR", help="CSS selector of the element that holds the post")
    p.add_argument("--fragment", action="store_true", help="the file is the content of a feed entry, not a whole page")
    p.add_argument("--receipt", action="store_true", help="tell on standard error what was kept, lost or without TeX")
    p.add_argument("--reconstruct", action="store_true",
                   help="derive TeX from MathML that carries none (it is not the author's, and the receipt says so)")
    add_options(p)


def run(args: argparse.Namespace) -> int:
    """Convert the pages; status 1 if a formula was lost or a page could not be converted."""
    return _print(args) if args.output is None else _write(args)


def _print(args: argparse.Namespace) -> int:
    from ext.edition.site.errors import EditionError
    from tools.convert import Profile
    from tools.convert.folder import Page, post_of

    if len(args.page) > 1:
        raise EditionError("only one page can be printed", remedy="give --output DIR to write many")
    (name,) = args.page
    try:
        body = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise EditionError(f"cannot read the page: {error.strerror}", where=name,
                           remedy="give the path of a saved HTML file, or --output DIR with a folder") from error
    post = post_of(Page(body, Profile(content=args.content, reconstruct=args.reconstruct), args.url, args.fragment))
    sys.stdout.buffer.write(post.text.encode("utf-8"))
    sys.stdout.flush()
    if args.receipt:
        print(summary(post.receipt, post.truncated), file=sys.stderr)
    return 1 if lost(post.receipt) else 0


def _write(args: argparse.Namespace) -> int:
    """Convert into a folder, each file written whole as soon as it and those before it are done."""
    from ext.edition.site.errors import EditionError
    from ext.edition.site.files import write_atomic
    from ext.edition.site.terminal import printable
    from tools.convert import Profile
    from tools.convert.folder import Page, post_of, targets
    from tools.workers import chosen, run_all, shown

    if "-" in args.page:
        raise EditionError("standard input has no name to write to", remedy="give files or folders with --output")
    found = targets([Path(name) for name in args.page], args.output)
    if args.url and len(found) > 1:
        raise EditionError("--url is the address of one page", remedy="convert this page by itself")
    profile = Profile(content=args.content, reconstruct=args.reconstruct)

    def read(path: Path) -> Page:
        return Page(path.read_bytes(), profile, args.url, args.fragment)

    failed = changed = formulas = missing = doubtful = 0
    results = run_all(post_of, found, read, chosen(args, len(found)))
    for (page, target), post in zip(found.items(), shown(results, len(found), "page"), strict=True):
        if isinstance(post, EditionError):
            failed += 1
            print(printable(f"error: {post}"), file=sys.stderr)
            continue
        changed += write_atomic(target, post.text)
        formulas += post.receipt.myst.formulas
        missing += lost(post.receipt)
        doubtful += bool(post.receipt.doubts)
        if args.receipt or lost(post.receipt) or post.receipt.doubts:
            print(printable(f"{page}\n{summary(post.receipt, post.truncated)}"), file=sys.stderr)
    print(f"{len(found)} pages: {len(found) - failed} converted, {failed} failed; {changed} files changed\n"
          f"formulas: {formulas}, {missing} lost" + (f"; {doubtful} pages are doubtful" if doubtful else ""))
    return 1 if failed or missing else 0


def lost(receipt: Receipt) -> int:
    """Return how many formulas of a page are not in its MyST."""
    return sum(finding.kind == "formula" for finding in receipt.lost)


def summary(receipt: Receipt, truncated: bool = False) -> str:
    """Return a receipt for the terminal."""
    from tools.convert.receipt import KINDS

    lines = [f"{kind}: {getattr(receipt.page, kind)} in the page, {getattr(receipt.myst, kind)} in the MyST"
             for kind in KINDS]
    for name, findings in (("lost", receipt.lost), ("without TeX", receipt.without_tex),
                           ("reconstructed", receipt.reconstructed), ("literal", receipt.literal)):
        lines += [f"{name}: {finding.kind}: {finding.snippet}" for finding in findings]
    census = receipt.census
    lines.append(f"census: of {census.formulas} formulas of the whole page {census.kept} are in the post, of "
                 f"{census.letters} letters of prose {census.letters_kept}")
    lines += [f"left out: {one.reason}, {one.place}: {snippet}" for one in census.left for snippet in one.formulas]
    lines += [f"doubtful: {one}" for one in receipt.doubts]
    if truncated:
        lines.append("truncated: the text ends with a mark that more follows elsewhere")
    return "\n".join(lines)
