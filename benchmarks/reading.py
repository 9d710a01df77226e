"""Measure what a reader waits for: a heavy post beside the same post with MathJax, and bytes over the wire.

The post with the most formulas is shown as it was built, and as a copy with its formulas as TeX and MathJax 3, in turn,
each time by a browser with nothing cached. A page is set when it has loaded, its formulas and fonts are ready and it
is laid out. Bytes are those of a server that compresses as GitHub Pages does, headers included: of a first post, then,
with its files in the cache, of a median one, the heaviest and searches.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import statistics
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from benchmarks.web import Fetched, browser, served

WAIT = 120_000
#: How long a new tab is left alone before the clock starts: what starting its process takes is no page's time.
SETTLED = 500
#: Of a folder with MathJax 3, as the npm package has it: the script that reads TeX.
SCRIPTS = ("es5/tex-chtml.js", "tex-chtml.js", "package/es5/tex-chtml.js")
_MATH = re.compile(r'<math alttext="(?P<tex>[^"]*)"(?P<rest>[^>]*)>.*?</math>', re.S)
#: Run before anything of the page: note when it is set, in milliseconds since the navigation began.
_MARK = """
addEventListener("load", async () => {
  if (window.MathJax?.startup) await window.MathJax.startup.promise;
  document.body.getBoundingClientRect();
  await document.fonts.ready;
  document.body.getBoundingClientRect();
  window.timeSet = performance.now();
});
"""
_CONFIG = """<script>MathJax = {config};</script>
<script id="MathJax-script" async src="/mathjax/{script}"></script></head>"""


@dataclass(frozen=True, slots=True)
class Race:
    """How long the heaviest post took, round by round: milliseconds until it was set, and of the page's own thread."""

    post: str
    formulas: int
    ours: tuple[float, ...]
    mathjax: tuple[float, ...]
    ours_cpu: tuple[float, ...]
    mathjax_cpu: tuple[float, ...]
    #: Formulas that MathJax set, and those where it shows an error instead.
    mathjax_set: int
    mathjax_errors: int

    @property
    def ratio(self) -> float:
        """How many times as long MathJax takes, by the medians."""
        return statistics.median(self.mathjax) / statistics.median(self.ours)

    @property
    def cpu_ratio(self) -> float:
        """How many times as long it keeps the page's thread busy: this doesn't depend on the machine's other work."""
        return statistics.median(self.mathjax_cpu) / statistics.median(self.ours_cpu)


@dataclass(frozen=True, slots=True)
class Load:
    """What one step of a reader takes over the wire."""

    step: str
    place: str
    requests: int
    bytes: int
    #: Bytes by what they are for.
    parts: dict[str, int]


def heaviest(site: Path) -> Path:
    """Return the post with the most formulas."""
    return max(posts(site), key=lambda path: (path.read_text("utf-8").count("<math alttext="), path.name))


def posts(site: Path) -> list[Path]:
    """Return the pages of posts."""
    found = sorted((site / "posts").glob("*.html"))
    if not found:
        raise SystemExit(f"{site} holds no posts/*.html: build the site first (make html)")
    return found


def with_mathjax(page: str, script: str, macros: dict[str, list[Any]]) -> str:
    """Return a built page with its formulas as TeX, to be set by MathJax."""
    def source(match: re.Match[str]) -> str:
        left, right = ("\\[", "\\]") if 'display="block"' in match["rest"] else ("\\(", "\\)")
        return f"{left}{match['tex']}{right}"

    config = {"tex": {"tags": "ams", "inlineMath": [["\\(", "\\)"]], "displayMath": [["\\[", "\\]"]],
                      "macros": {name.lstrip("\\"): [body, count] if count else body
                                 for name, (count, body) in macros.items()}},
              # The theme's class that keeps MathJax away from what is no formula covers our whole articles.
              "options": {"ignoreHtmlClass": "no-mathjax-here"}}
    text = _CONFIG.replace("{config}", json.dumps(config).replace("<", "\\u003c")).replace("{script}", script)
    return _MATH.sub(source, page).replace("</head>", text, 1)


def script_of(mathjax: Path) -> str:
    """Return the script of an unpacked MathJax."""
    script = next((name for name in SCRIPTS if (mathjax / name).is_file()), None)
    if script is None:
        raise SystemExit(f"{mathjax} holds no tex-chtml.js: unpack the npm package mathjax@3 there")
    return script


def race(started: Any, site: Path, mathjax: Path, rounds: int) -> Race:
    """Show the heaviest post both ways in turn."""
    script = script_of(mathjax)
    post = heaviest(site)
    place = "/site/" + post.relative_to(site).as_posix()
    page = post.read_text("utf-8")
    index = site / "formulas" / "index.json"
    macros = json.loads(index.read_text("utf-8")).get("macros", {}) if index.is_file() else {}
    other = place.removesuffix(".html") + ".mathjax.html"
    times: dict[str, list[float]] = {place: [], other: []}
    busy: dict[str, list[float]] = {place: [], other: []}
    counts = (0, 0)
    made = {other: with_mathjax(page, script, macros).encode()}
    with served({"site": site, "mathjax": mathjax}, made) as (base, _):
        for at in range(rounds):
            for one in (place, other) if at % 2 == 0 else (other, place):
                context = started.new_context()
                tab = context.new_page()
                tab.add_init_script(_MARK)
                tab.wait_for_timeout(SETTLED)
                session = context.new_cdp_session(tab)
                session.send("Performance.enable", {"timeDomain": "threadTicks"})
                tab.goto(base + quote(one))
                times[one].append(tab.wait_for_function("window.timeSet", timeout=WAIT).json_value())
                metrics = session.send("Performance.getMetrics")["metrics"]
                busy[one].append(1000 * next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration"))
                if one == other:
                    counts = (tab.locator("mjx-container").count(), tab.locator("mjx-merror").count())
                context.close()
    return Race(post.relative_to(site).as_posix(), len(_MATH.findall(page)), tuple(times[place]), tuple(times[other]),
                tuple(busy[place]), tuple(busy[other]), *counts)


def loads(started: Any, site: Path, query: str, formula: str) -> list[Load]:
    """Follow a reader over the wire."""
    by_size = sorted(posts(site), key=lambda path: len(gzip.compress(path.read_bytes(), 6)))
    with_formulas = [path for path in by_size if "<math" in path.read_text("utf-8")] or by_size
    first, middle, last = with_formulas[0], by_size[len(by_size) // 2], by_size[-1]
    found: list[Load] = []
    with served({"site": site}, {}) as (base, sent):
        def follow(*steps: tuple[str, str]) -> None:
            context = started.new_context()
            tab = context.new_page()
            for step, place in steps:
                tab.goto(f"{base}/site/{place}")
                if "?" in place:
                    tab.wait_for_selector(".zs-hits > li", timeout=WAIT)
                tab.wait_for_load_state("networkidle")
                found.append(_load(step, place, [one for one in sent if not one.place.endswith("/favicon.ico")]))
                sent.clear()
            context.close()

        def page(path: Path) -> str:
            return quote(path.relative_to(site).as_posix())

        follow(("first post", page(first)), ("then a median post", page(middle)), ("then the heaviest", page(last)),
               ("then a text query", "search.html?" + urlencode({"q": query})))
        follow(("first post", page(first)),
               ("then a formula query", "search.html?" + urlencode({"formula": formula})))
        follow(("cold text query", "search.html?" + urlencode({"q": query})))
    return found


def _load(step: str, place: str, fetched: Sequence[Fetched]) -> Load:
    parts: dict[str, int] = {}
    for one in fetched:
        folders = one.place.split("/")[2:]
        part = folders[0] if len(folders) > 1 else "page"
        parts[part] = parts.get(part, 0) + one.bytes
    return Load(step, place, len(fetched), sum(one.bytes for one in fetched), dict(sorted(parts.items())))


def report(result: Race | None, steps: Sequence[Load]) -> str:
    """Return both as text."""
    lines = []
    if result is not None:
        ours, theirs, ours_cpu, theirs_cpu = map(
            statistics.median, (result.ours, result.mathjax, result.ours_cpu, result.mathjax_cpu))
        lines += [f"{result.post}: {result.formulas} formulas, medians of {len(result.ours)} rounds in turn",
                  "            until set   CPU of the page",
                  f"  ours     {ours:8.0f} ms    {ours_cpu:8.0f} ms",
                  f"  MathJax  {theirs:8.0f} ms    {theirs_cpu:8.0f} ms   "
                  f"{result.mathjax_set} set, {result.mathjax_errors} of them as errors",
                  f"  ratio    {result.ratio:8.1f}       {result.cpu_ratio:8.1f}", ""]
    for one in steps:
        parts = ", ".join(f"{name} {size / 1000:.1f}" for name, size in one.parts.items())
        lines.append(f"{one.step:22} {one.bytes / 1000:7.1f} kB in {one.requests:3} requests ({parts})")
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.reading", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="example:\n  npm pack mathjax@3 && tar xzf mathjax-3*.tgz\n"
               "  python -m benchmarks.reading build/html --mathjax package --rounds 5")
    parser.add_argument("site", metavar="BUILD_DIR", type=Path, help="a built site: the folder with index.html")
    parser.add_argument("--mathjax", metavar="DIR", type=Path,
                        help="MathJax 3 as unpacked from npm; without it only bytes are measured")
    parser.add_argument("--rounds", metavar="N", type=int, default=5, help="how often each page is shown (5)")
    parser.add_argument("--query", metavar="TEXT", default="矩阵", help="the text to search for (矩阵)")
    parser.add_argument("--formula", metavar="TEX", default=r"e^{i n\theta}",
                        help=r"the formula to search for (e^{i n\theta})")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write every figure there as well")
    given = parser.parse_args(argv)
    posts(given.site)
    if given.mathjax:
        script_of(given.mathjax)
    with browser() as started:
        result = race(started, given.site, given.mathjax, given.rounds) if given.mathjax else None
        steps = loads(started, given.site, given.query, given.formula)
    print(report(result, steps))
    if given.json:
        text = {"set": {**asdict(result), "ratio": result.ratio, "cpu_ratio": result.cpu_ratio} if result else None,
                "wire": [asdict(one) for one in steps]}
        given.json.write_text(json.dumps(text, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
