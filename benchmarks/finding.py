r"""Measure the search for formulas: sixty queries, judged by the set formulas, beside three other ways to rank.

The judge knows nothing of the index: it reads the MathML of the pages. A formula answers a query wholly (4) or as part
(2) when the query's MathML stands in it as siblings in a row; one less where only letters differ. A post is as good
as its best formula. Of the first three, those count that are as good as the three best posts there are; of the ten best
posts, those as good as the ten best count when they are among the first ten.

The others rank every formula of the edition: BM25 over tokens of TeX, symbol pairs and leaf-root paths, see
:mod:`benchmarks.ranking`.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import mean

from benchmarks.formulas import Tree, collect, read
from benchmarks.ranking import by_dice, by_paths, by_tokens
from benchmarks.web import browser, served
from ext.edition.math.engine import Renderer

QUERIES = Path(__file__).with_name("formula_queries.txt")
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
                        help="leave the other ways to rank out, which take most of the time")
    given = parser.parse_args(argv)
    formulas = collect(given.site)
    queries = given.queries.read_text("utf-8").splitlines()
    renderer = Renderer()
    others = {} if given.alone else {
        "tokens (BM25)": by_tokens(formulas), "symbol pairs (Dice)": by_dice(formulas),
        "leaf-root paths": by_paths(formulas)}
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
