"""Compare where sub- and superscripts of twenty formulas stand on our pages with where TeX sets them.

XeLaTeX sets each in Latin Modern Math, which the font of our pages is made of, and tells how far it shifts the scripts
(``showbox``). Chromium sets each on a page of a built site. Both are told in em of the base: below the line for
subscripts, above it for superscripts. What differs by more than the bound is listed with what makes it differ.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.web import browser, served
from ext.edition.math.engine import Renderer
from ext.edition.site.errors import EditionError

#: Letters with descenders and ascenders, both scripts, norms, fractions, roots, matrices and cases as bases.
FORMULAS = (
    r"x_i", r"p_t", r"y_j", r"\beta_k", r"\rho_n", r"Q_m", r"f_n", r"x^2", r"y^2", r"f^2", r"A^{\top}", r"x_i^2",
    r"g_t^2", r"\Vert x\Vert_2", r"\Vert W\Vert_F^2", r"\left(\frac{a}{b}\right)^2", r"\sqrt{x}^2", r"\int_0^1",
    r"\begin{pmatrix}a\\b\end{pmatrix}^2", r"\left\{\begin{matrix}a\\b\end{matrix}\right\}_i")
#: In em: a fortieth of the size is less than half a pixel in text of 17 px.
BOUND = 0.025
_BOX = ("a browser drops the superscript of any base by one constant of the font; TeX drops those of boxes less and of "
        "letters not at all: ours is what letters and norms need")
_ROWS = "rows of matrices and cases stand closer on the page than in TeX, so that fences are lower"
#: Why some differ by more.
REASONS = {
    r"\left(\frac{a}{b}\right)^2": _BOX, r"\int_0^1": f"{_BOX}; the integral itself is shorter",
    r"\sqrt{x}^2": f"{_BOX}; TeX shares the rest of a tall root sign out, a browser does not",
    r"\begin{pmatrix}a\\b\end{pmatrix}^2": f"{_BOX}; {_ROWS}",
    r"\left\{\begin{matrix}a\\b\end{matrix}\right\}_i": _ROWS,
}
_SHIFTED = re.compile(r"^\.\\([hv])box\(([\d.]+)\+([\d.]+)\)x[\d.]+, shifted (-?[\d.]+)$")
_INNER = re.compile(r"^\.\.\\hbox\(([\d.]+)\+")
_SIZE = 10  # points
#: Large, for the browser rounds ascents to whole pixels.
_PIXELS = 400
_MEASURE = """async ([formulas, size]) => {
  const place = document.querySelector(".zs-article") ?? document.body;
  const line = (token) => {
    const style = getComputedStyle(token), range = document.createRange();
    range.selectNodeContents(token);
    const pen = document.createElement("canvas").getContext("2d");
    pen.font = `${style.fontSize} ${style.fontFamily}`;
    return range.getBoundingClientRect().top + Math.round(pen.measureText("x").fontBoundingBoxAscent);
  };
  const first = (node) => [node, ...node.querySelectorAll("*")].find((one) => /^m[ion]$/.test(one.localName));
  const boxes = formulas.map((html) => {
    const box = document.createElement("div");
    box.innerHTML = html;
    box.querySelector("math").style.fontSize = `${size}px`;
    place.append(box);
    return box;
  });
  const pen = getComputedStyle(boxes[0].querySelector("math"));
  await document.fonts.load(`${pen.fontSize} ${pen.fontFamily}`);
  await document.fonts.ready;
  return boxes.map((box) => {
    const scripted = [...box.querySelectorAll("msub, msup, msubsup")]
      .filter((one) => !one.parentElement.closest("msub, msup, msubsup")).at(-1);
    const base = line(first(box.querySelector("math")));
    const [, ...scripts] = scripted.children;
    const offsets = scripts.map((script) => (line(first(script)) - base) / size);
    return scripted.localName === "msup" ? [null, -offsets[0]] : [offsets[0], offsets.length > 1 ? -offsets[1] : null];
  });
}"""

#: How far a subscript is below the line and a superscript above it, in em.
Offsets = tuple[float | None, float | None]


@dataclass(frozen=True, slots=True)
class Compared:
    """One script of a formula: ours and TeX's offset in em."""

    tex: str
    script: str
    ours: float
    theirs: float

    @property
    def difference(self) -> float:
        """How much further from the line ours stands."""
        return self.ours - self.theirs


def in_tex(formulas: Sequence[str]) -> list[Offsets]:
    """Set formulas with XeLaTeX and read from its log how far it shifted their scripts."""
    boxes = "\n".join(rf"\setbox0=\hbox{{$\displaystyle {tex}$}}\showbox0" for tex in formulas)
    source = (r"\documentclass{article}\usepackage{amsmath}\usepackage{unicode-math}"
              "\\showboxdepth=9 \\showboxbreadth=9999 \\begin{document}\n" + boxes + "\n\\end{document}\n")
    with tempfile.TemporaryDirectory(prefix="zhushu-") as folder:
        path = Path(folder, "scripts.tex")
        path.write_text(source, "utf-8")
        subprocess.run(["xelatex", "-interaction=nonstopmode", "-no-shell-escape", path.name], cwd=folder, timeout=300,
                       stdout=subprocess.DEVNULL, check=False)
        log = path.with_suffix(".log").read_text("utf-8", "replace")
    found = [_offsets(part, tex) for part, tex in zip(log.split("> \\box0=")[1:], formulas, strict=False)]
    if len(found) != len(formulas):
        raise EditionError(f"XeLaTeX set {len(found)} of {len(formulas)} formulas", where="xelatex",
                           remedy="install texlive-xetex and fonts-lmodern with the package unicode-math")
    return found


def _offsets(log: str, tex: str) -> Offsets:
    """Read the last shifted box of a formula: one script, or both above one another."""
    lines = log.partition("\n\n")[0].splitlines()
    at, match = [(number, match) for number, line in enumerate(lines) if (match := _SHIFTED.match(line))][-1]
    shift = float(match[4]) / _SIZE
    if match[1] == "v" and "_" in tex and "^" in tex:
        upper = next(inner for line in lines[at + 1:] if (inner := _INNER.match(line)))
        return shift, (float(match[2]) - float(upper[1])) / _SIZE - shift
    return (None, -shift) if shift < 0 else (shift, None)


def on_our_page(started: Any, site: Path, formulas: Sequence[str]) -> list[Offsets]:
    """Set formulas on a page of the site in a browser and measure where the lines of their scripts are."""
    renderer = Renderer()
    # A letter before it shows where the line is.
    html = [renderer.render(rf"\mathrm{{h}}{tex}", display=True).html for tex in formulas]
    with served({"site": site.resolve()}, {}) as (base, _):
        tab = started.new_page()
        tab.goto(f"{base}/site/404.html")
        found: list[Offsets] = [tuple(one) for one in tab.evaluate(_MEASURE, [html, _PIXELS])]
        tab.close()
    return found


def compare(ours: Sequence[Offsets], theirs: Sequence[Offsets], formulas: Sequence[str] = FORMULAS) -> list[Compared]:
    """Put both beside one another, a script at a time."""
    return [Compared(tex, script, mine, their) for tex, one, other in zip(formulas, ours, theirs, strict=True)
            for script, mine, their in zip(("sub", "sup"), one, other, strict=True)
            if mine is not None and their is not None]


def report(compared: Sequence[Compared]) -> str:
    """Return the table, and what is beyond the bound."""
    lines = [f"{'formula':44} {'':4} {'ours':>7} {'TeX':>7} {'more':>7}  em"]
    for one in compared:
        beyond = abs(one.difference) > BOUND
        reason = f"  beyond: {REASONS.get(one.tex, 'unexplained')}" if beyond else ""
        lines.append(f"{one.tex:44} {one.script:4} {one.ours:7.3f} {one.theirs:7.3f} {one.difference:+7.3f}{reason}")
    within = sum(abs(one.difference) <= BOUND for one in compared)
    formulas = len({one.tex for one in compared})
    lines.append(f"{within} of {len(compared)} scripts of {formulas} formulas within {BOUND} em")
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark; 1 where a script is beyond the bound for no known reason."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scripts", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter,
                                     epilog="example:\n  make html && python -m benchmarks.scripts build/html")
    parser.add_argument("site", metavar="BUILD_DIR", type=Path, help="a built site: the folder with index.html")
    given = parser.parse_args(argv)
    if shutil.which("xelatex") is None:
        raise SystemExit("no xelatex: install texlive-xetex")
    with browser() as started:
        compared = compare(on_our_page(started, given.site, FORMULAS), in_tex(FORMULAS))
    print(report(compared))
    return int(any(abs(one.difference) > BOUND and one.tex not in REASONS for one in compared))


if __name__ == "__main__":
    sys.exit(main())
