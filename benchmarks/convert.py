"""Time the conversion of real pages, ours beside other converters that are installed, and count kept formulas.

Every converter reads the same pages in the same run. What is a program is started once a page, its start-up included;
what is a Python library converts all pages within one process of its own, so that its import is paid once. Ours is
timed both ways. Times are user CPU seconds of the child processes; a ratio compares with ours of the same way.
A formula counts as kept when a MyST reader finds its tokens. What a page has is told by a folder of JSON files
(``{"page": ..., "tex": [...]}``) if one is given, else by our own converter, which is then no test of ours.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

REPO = Path(__file__).resolve().parent.parent
Way = Literal["a process a page", "one process"]
# Pandoc at its best for MyST: every notation of TeX read, no fenced divs that another reader takes for directives.
_PANDOC = ("pandoc", "--wrap", "none", "--to", "commonmark+tex_math_dollars+pipe_tables", "--from",
           "html-native_divs-native_spans+tex_math_dollars+tex_math_single_backslash+tex_math_double_backslash+raw_tex")


@dataclass(frozen=True, slots=True)
class Tool:
    """One converter: a program, or lines of Python that define ``convert(page: bytes) -> str``."""

    name: str
    way: Way
    needs: str
    command: tuple[str, ...] = ()
    code: str = ""

    @property
    def installed(self) -> bool:
        """Tell whether it can be timed on this machine."""
        return (shutil.which(self.needs) if self.command and self.needs != "python" else
                find_spec(self.needs) if self.code else sys.executable) is not None


_OURS = Tool("ours", "one process", "tools", code="from tools.convert import convert as c\n"
             "convert = lambda page: c(page).markdown")
TOOLS = (
    Tool("ours", "a process a page", "python", (sys.executable, "-m", "tools", "convert")),
    Tool("pandoc", "a process a page", "pandoc", _PANDOC),
    _OURS,
    Tool("markdownify", "one process", "markdownify", code="import markdownify\n"
         "convert = lambda page: markdownify.markdownify(page.decode('utf-8', 'replace'))"),
    Tool("html2text", "one process", "html2text", code="import html2text\n"
         "convert = lambda page: html2text.html2text(page.decode('utf-8', 'replace'), bodywidth=0)"),
)
_REFERENCE = re.compile(r"\s*\(?\\(?:eq)?ref\s*\{[^{}]*\}\)?\s*")
_WRAPPED = re.compile(r"\\begin\{(?P<name>equation\*?|displaymath|math)\}(?P<inner>.*)\\end\{(?P=name)\}"
                      r"|\{?\\displaystyle\b(?P<styled>.*?)\}?", re.S)
_LOOP = """
import sys, json
{code}
out = []
for name in sys.argv[1:]:
    with open(name, "rb") as file:
        try:
            out.append(convert(file.read()))
        except Exception as error:
            print(f"{{name}}: {{error}}", file=sys.stderr)
            out.append("")
json.dump(out, sys.stdout)
"""


@dataclass(frozen=True, slots=True)
class Timing:
    """What one converter took and kept; ``ratio`` is its time by ours of the same way."""

    tool: str
    way: Way
    seconds: float
    ratio: float
    pages: int
    formulas: int
    kept: int


def measure(pages: Sequence[Path], tools: Sequence[Tool] = TOOLS, truth: Path | None = None) -> list[Timing]:
    """Return the timings of all installed tools over *pages*; in *tools* ours comes first of each way."""
    had = _read_truth(truth, pages) if truth is not None else [_formulas(text) for text in _together(_OURS, pages)[1]]
    wanted = [Counter(formulas) for formulas in had]
    timings: list[Timing] = []
    ours: dict[Way, float] = {}
    for tool in tools:
        if not tool.installed:
            continue
        run: Callable[[Tool, Sequence[Path]], tuple[float, list[str]]] = _apart if tool.command else _together
        seconds, texts = run(tool, pages)
        if tool.name == "ours":
            ours[tool.way] = seconds
        kept = sum((count & Counter(_formulas(text))).total() for count, text in zip(wanted, texts, strict=True))
        ratio = seconds / ours[tool.way] if ours.get(tool.way) else float("nan")
        timings.append(Timing(tool.name, tool.way, round(seconds, 2), round(ratio, 2), len(pages),
                              sum(count.total() for count in wanted), kept))
    return timings


def _user() -> float:
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime


def _apart(tool: Tool, pages: Sequence[Path]) -> tuple[float, list[str]]:
    """Start a program for every page."""
    before = _user()
    texts = [subprocess.run([*tool.command, str(page)], cwd=REPO, capture_output=True, check=False
                            ).stdout.decode("utf-8", "replace") for page in pages]
    return _user() - before, texts


def _together(tool: Tool, pages: Sequence[Path]) -> tuple[float, list[str]]:
    """Convert all pages in one process."""
    before = _user()
    done = subprocess.run([sys.executable, "-c", _LOOP.format(code=tool.code), *map(str, pages)], cwd=REPO,
                          capture_output=True, check=True)
    return _user() - before, list(json.loads(done.stdout))


def _read_truth(folder: Path, pages: Sequence[Path]) -> list[list[str]]:
    """Return the formulas of every page as tokens; a page that the folder does not know has none."""
    known = {}
    for path in folder.glob("*.json"):
        page = json.loads(path.read_text("utf-8"))
        known[Path(page["page"]).name] = [_plain(tex) for tex in page["tex"] if not _REFERENCE.fullmatch(tex)]
    return [known.get(page.name, []) for page in pages]


def _formulas(text: str) -> list[str]:
    """Return the formulas that a MyST reader finds, as tokens."""
    from tools.convert.inventory import inventory

    had, _ = inventory(text)
    return [_plain(tex) for tex in (*had.inline, *had.displayed)]


def _plain(tex: str) -> str:
    """Return the tokens of a formula without what only wraps it, and which spelling of a wrapper a tool chose."""
    from ext.edition.math.tex import tokens
    from tools.convert.formulas import tidy

    tex = re.sub(r"\\label\s*\{[^{}]*\}", "", tidy(tex))
    tex = re.sub(r"\\(begin|end)\{(align|gather)(?:ed|\*)?\}", r"\\\1{\2}", tex.strip())
    for _ in range(3):
        wrapped = _WRAPPED.fullmatch(tex.strip())
        if wrapped is None:
            break
        tex = wrapped["inner"] if wrapped["inner"] is not None else wrapped["styled"]
    return "\x1f".join(token for token in tokens(tex) if token.strip())


def table(timings: Sequence[Timing]) -> str:
    """Return the timings for a terminal."""
    lines = [f"{'converter':12} {'way':17} {'user s':>8} {'× ours':>7} {'formulas kept':>20}"]
    for t in timings:
        share = f"{t.kept:,} of {t.formulas:,} ({100 * t.kept / t.formulas:.2f} %)" if t.formulas else "–"
        lines.append(f"{t.tool:12} {t.way:17} {t.seconds:8.2f} {t.ratio:7.2f} {share:>20}")
    return "\n".join(lines)


def find_pages(folder: Path) -> list[Path]:
    """Return the pages below a folder, by name."""
    return sorted(path for path in folder.rglob("*.html") if path.is_file())


def main(argv: Sequence[str] | None = None) -> int:
    """Measure from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("pages", type=Path, help="a folder of HTML pages")
    parser.add_argument("--truth", type=Path, metavar="DIR", help="JSON files that tell the formulas of each page")
    parser.add_argument("--json", action="store_true", help="print JSON")
    args = parser.parse_args(argv)
    pages = find_pages(args.pages)
    if not pages:
        parser.error(f"{args.pages} holds no .html file")
    timings = measure(pages, truth=args.truth)
    print(json.dumps([asdict(t) for t in timings], indent=2) if args.json else table(timings))
    return 0


if __name__ == "__main__":
    sys.path.insert(0, str(REPO))
    sys.exit(main())
