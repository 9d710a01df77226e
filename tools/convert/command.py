"""Print one saved page as MyST, its formulas intact.

The post is printed below its title; nothing is fetched and nothing is written. Formulas keep their TeX token for
token, however the page marks them up. With --receipt, standard error tells what the page had and what the MyST has,
and names each formula that was lost or that came without its TeX. The exit status is 1 if a formula was lost.

examples:
  python -m tools convert saved/page.html --url https://blog.example/archives/1 > post.md
  python -m tools convert entry.html --fragment --receipt
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tools.convert.receipt import Receipt


def arguments(p: argparse.ArgumentParser) -> None:
    """Describe the options."""
    p.add_argument("page", metavar="PAGE", help="an HTML file, or - for standard input")
    p.add_argument("--url", help="where the page comes from; relative links and pictures are resolved against it")
    p.add_argument("--content", metavar="SELECTOR", help="CSS selector of the element that holds the post")
    p.add_argument("--fragment", action="store_true", help="the file is the content of a feed entry, not a whole page")
    p.add_argument("--receipt", action="store_true", help="tell on standard error what was kept, lost or without TeX")
    p.add_argument("--reconstruct", action="store_true",
                   help="derive TeX from MathML that carries none (it is not the author's, and the receipt says so)")


def run(args: argparse.Namespace) -> int:
    """Convert the page; status 1 if a formula was lost."""
    from ext.edition.errors import EditionError
    from tools.convert import Profile, convert

    try:
        body = sys.stdin.buffer.read() if args.page == "-" else Path(args.page).read_bytes()
    except OSError as error:
        raise EditionError(f"cannot read the page: {error.strerror}", where=args.page,
                           remedy="give the path of a saved HTML file") from error
    done = convert(body, url=args.url, fragment=args.fragment,
                   profile=Profile(content=args.content, reconstruct=args.reconstruct))
    text = (f"# {done.heading}\n\n" if done.heading else "") + done.markdown
    sys.stdout.buffer.write(text.encode("utf-8"))
    sys.stdout.flush()
    if args.receipt:
        print(summary(done.receipt, done.truncated), file=sys.stderr)
    return 1 if any(finding.kind == "formula" for finding in done.receipt.lost) else 0


def summary(receipt: Receipt, truncated: bool = False) -> str:
    """Return a receipt for the terminal."""
    from tools.convert.receipt import KINDS

    lines = [f"{kind}: {getattr(receipt.page, kind)} in the page, {getattr(receipt.myst, kind)} in the MyST"
             for kind in KINDS]
    for name, findings in (("lost", receipt.lost), ("without TeX", receipt.without_tex),
                           ("reconstructed", receipt.reconstructed)):
        lines += [f"{name}: {finding.kind}: {finding.snippet}" for finding in findings]
    if truncated:
        lines.append("truncated: the text ends with a mark that more follows elsewhere")
    return "\n".join(lines)
