r"""Measure the search for formulas: sixty queries, judged by the set formulas, beside two other ways to rank.

The judge knows nothing of the index: it reads the MathML of the pages. A formula answers a query wholly (4) or as part
(2) when the query's MathML stands in it as siblings in a row; one less where only letters differ. A post is as good
as its best formula. Of the first three, those count that are as good as the three best posts there are; of the ten best
posts, those as good as the ten best count when they are among the first ten.

The other two rank every formula of the edition: BM25 over tokens of TeX, and symbol pairs in the layout tree by their
Dice coefficient (Zanibbi, Davila, Kane and Tompa, SIGIR 2016, the first stage of Tangent-3).
"""

from __future__ import annotations

import argparse
import html
import math
import re
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from lxml import etree

from benchmarks.web import browser, served
from ext.edition.math.engine import Renderer
from ext.edition.math.tex import comparable

QUERIES = Path(__file__).with_name("formula_queries.txt")
_MATH = re.compile(r'<math (?:alttext|data-tex)="([^"]*)"[^<>]*>.*?</math>', re.S)
_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\w+);)")
#: Elements that only hold others together, and what is nothing to read.
_HOLDING, _NOTHING = frozenset({"mrow", "mstyle", "mpadded", "math", "semantics"}), frozenset({"mspace", "annotation"})
_SAME = {"⁡": "", "⊤": "T", "‖": "∥", "ε": "ϵ", "∣": "|", "ϕ": "φ"}
#: Scripts of sums and limits stand below and above them in a display, and beside them in the text.
_BESIDE = {"munder": "msub", "mover": "msup", "munderover": "msubsup"}

Tree = tuple[str, tuple["Tree", ...]]


@dataclass(frozen=True, slots=True)
class Found:
    """A different formula of the site: its TeX, its tree, and the posts that hold it."""

    tex: str
    tree: tuple[Tree, ...]
    posts: frozenset[str]


def trees(node: etree._Element) -> Iterator[Tree]:
    """Yield what stands in a row in *node*: signs, and elements with what is in them."""
    for child in node:
        name = etree.QName(child).localname
        if name in _NOTHING:
            continue
        if name in _HOLDING:
            yield from trees(child)
        elif len(child):
            # A binomial is a fraction without its line.
            kind = "binom" if child.get("linethickness") == "0" else _BESIDE.get(name, name)
            yield kind, tuple(("mrow", tuple(trees(_held(part)))) for part in child)
        elif text := _sign(child.text or ""):
            yield from ((letter, ()) for letter in (text if name == "mn" else [text]))


def _held(part: etree._Element) -> etree._Element:
    holder = etree.Element("mrow")
    holder.append(etree.fromstring(etree.tostring(part, with_tail=False)))
    return holder


def _sign(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).strip()
    return _SAME.get(plain, plain)


def read(mathml: str) -> tuple[Tree, ...]:
    """Read one formula as its engine set it."""
    return tuple(trees(etree.fromstring(_ENTITY.sub("&amp;", mathml))))


def same(one: Sequence[Tree], other: Sequence[Tree], names: dict[str, str] | None) -> bool:
    """Say whether two rows are one, up to the letters where *names* is given to keep what they are called."""
    if len(one) != len(other):
        return False
    for (mine, inside), (theirs, within) in zip(one, other, strict=True):
        letters = names is not None and not inside and not within and _letter(mine) and _letter(theirs)
        if letters and names is not None:
            back = "<" + theirs
            if names.setdefault(mine, theirs) != theirs or names.setdefault(back, mine) != mine:
                return False
        elif mine != theirs:
            return False
        if not same(inside, within, names):
            return False
    return True


def _letter(sign: str) -> bool:
    return len(sign) == 1 and sign.isalpha()


def grade(query: Sequence[Tree], row: Sequence[Tree]) -> int:
    """Say how a formula answers a query: 4 and 3 wholly, 2 and 1 as a part, 0 not at all."""
    if same(query, row, None):
        return 4
    if same(query, row, {}):
        return 3
    parts = _parts(row, len(query))
    return max((2 if same(query, one, None) else 1 if same(query, one, {}) else 0 for one in parts), default=0)


def _parts(row: Sequence[Tree], size: int) -> Iterator[Sequence[Tree]]:
    for start in range(len(row) - size + 1):
        yield row[start:start + size]
    for _, inside in row:
        yield from _parts(inside, size)


def collect(site: Path) -> list[Found]:
    """Read the formulas of all posts."""
    held: dict[tuple[Tree, ...], tuple[str, set[str]]] = {}
    for page in sorted((site / "posts").glob("*.html")):
        for match in _MATH.finditer(page.read_text("utf-8")):
            held.setdefault(read(match[0]), (html.unescape(match[1]), set()))[1].add(page.name)
    return [Found(tex, tree, frozenset(posts)) for tree, (tex, posts) in held.items()]


def pairs(row: Sequence[Tree], path: str = "") -> Counter[tuple[str, str, str]]:
    """Count the pairs of signs in a layout tree with the way from one to the other: next in a row, or inside."""
    found: Counter[tuple[str, str, str]] = Counter()
    heads = [name for name, _ in row]
    for at, (name, inside) in enumerate(row):
        for step, other in enumerate(heads[at + 1:at + 5], 1):
            found[name, other, "n" * step] += 1
        for place, (_, parts) in enumerate(inside):
            for other, _ in parts:
                found[name, other, str(place)] += 1
            found.update(pairs(parts))
    if len(row) == 1:
        found[row[0][0], "", "end"] += 1
    return found


def by_dice(formulas: Sequence[Found]) -> Callable[[str, Sequence[Tree]], list[str]]:
    """Rank by the share of symbol pairs that query and formula have in common."""
    counted = [pairs(one.tree) for one in formulas]

    def ranked(_: str, query: Sequence[Tree]) -> list[str]:
        mine = pairs(query)
        total = mine.total()
        return _posts(formulas, [2 * (mine & other).total() / ((total + other.total()) or 1) for other in counted])

    return ranked


def by_tokens(formulas: Sequence[Found]) -> Callable[[str, Sequence[Tree]], list[str]]:
    """Rank by BM25 (k1 1.2, b 0.75) over the tokens of each formula."""
    counted = [Counter(comparable(one.tex)) for one in formulas]
    usual = mean(other.total() for other in counted)
    often = Counter(token for other in counted for token in other)

    def ranked(tex: str, _: Sequence[Tree]) -> list[str]:
        mine = comparable(tex)
        weight = {token: math.log(1 + (len(counted) - often[token] + .5) / (often[token] + .5)) for token in mine}
        return _posts(formulas, [sum(weight[token] * other[token] * 2.2 / (other[token] + 1.2 * (
            .25 + .75 * other.total() / usual)) for token in weight if token in other) for other in counted])

    return ranked


def _posts(formulas: Sequence[Found], scores: Sequence[float]) -> list[str]:
    best: dict[str, float] = defaultdict(float)
    for one, score in zip(formulas, scores, strict=True):
        if score:
            for post in one.posts:
                best[post] = max(best[post], score)
    return sorted(best, key=lambda post: (-best[post], post))


def measure(truth: Mapping[str, int], ranked: Sequence[str]) -> tuple[float, float]:
    """Return the share of the first three that is as good as the three best, and of the ten best that is found."""
    ideal = sorted(truth.values(), reverse=True)
    least = [ideal[min(count, len(ideal)) - 1] for count in (3, 10)]
    first = min(3, len(ideal))
    good = sum(truth.get(post, 0) >= least[0] for post in ranked[:first])
    return good / first, min(1, sum(truth.get(post, 0) >= least[1] for post in ranked[:10]) / min(10, len(ideal)))


_ASK = """async ([root, query]) => {
  const module = await import(new URL("_static/formulas.js", root));
  const index = await module.open(new URL("formulas/", root));
  let last = { results: [] };
  for await (last of module.search(index, index.reader.words(query)));
  return last.results.map(({ post }) => decodeURIComponent(post.href.split("/").at(-1)));
}"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.finding", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("site", metavar="BUILD_DIR", type=Path, help="a built site: the folder with index.html")
    parser.add_argument("--queries", metavar="FILE", type=Path, default=QUERIES, help="a query a line, in TeX")
    parser.add_argument("--each", action="store_true", help="print every query, not only the means")
    parser.add_argument("--alone", action="store_true",
                        help="leave the two other ways to rank out, which take most of the time")
    given = parser.parse_args(argv)
    formulas = collect(given.site)
    queries = given.queries.read_text("utf-8").splitlines()
    renderer = Renderer()
    others = {} if given.alone else {
        "tokens (BM25)": by_tokens(formulas), "symbol pairs (Dice)": by_dice(formulas)}
    results: dict[str, list[tuple[float, float]]] = defaultdict(list)
    sizes: list[int] = []
    unanswered: list[str] = []
    with served({"site": given.site.resolve()}, {}) as (base, sent), browser() as started:
        for query in queries:
            tree = read(renderer.render(query).html)
            truth: dict[str, int] = defaultdict(int)
            for one in formulas:
                if value := grade(tree, one.tree):
                    for post in one.posts:
                        truth[post] = max(truth[post], value)
            if not truth:
                unanswered.append(query)
                continue
            tab = started.new_context().new_page()
            tab.goto(f"{base}/site/404.html")
            tab.wait_for_load_state("networkidle")
            sent.clear()
            ranked = tab.evaluate(_ASK, [f"{base}/site/", query])
            sizes.append(sum(one.bytes for one in sent))
            tab.context.close()
            results["this search"].append(measure(truth, ranked))
            for name, rank in others.items():
                results[name].append(measure(truth, rank(query, tree)))
            if given.each:
                print(f"{query:50} {sizes[-1] / 1000:6.1f} kB  " + "  ".join(
                    "{:.2f} {:.2f}".format(*results[name][-1]) for name in results))
    print(f"{len(formulas)} different formulas; {len(sizes)} queries, {len(unanswered)} without an answer {unanswered}")
    for name, values in results.items():
        print(f"{name:22} precision of the first three {mean(a for a, _ in values):.3f}, "
              f"recall in ten {mean(b for _, b in values):.3f}")
    print(f"bytes of a first query: mean {mean(sizes) / 1000:.1f} kB, most {max(sizes) / 1000:.1f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
