"""Where scripts stand: how TeX's log is read, and that the page sets letters and norms where TeX does."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from conftest import EditionFolder

from benchmarks.scripts import BOUND, FORMULAS, REASONS, compare, in_tex, on_our_page, report
from benchmarks.scripts import _offsets as offsets

BOTH = r"""
\hbox(8.27838+2.68063)x10.203
.\mathon
.\TU/latinmodern-math.otf(1)/m/n/10 glyph#1319
.\vbox(10.889+0.07)x4.483, shifted 2.61063
..\hbox(4.648+0.0)x4.483
...\TU/latinmodern-math.otf(1)/m/n/7 glyph#1013
..\kern1.6
..\hbox(4.641+0.07)x3.328
.\mathoff

"""


def test_scripts_are_read_from_the_log() -> None:
    assert offsets(BOTH.lstrip(), "x_i^2") == pytest.approx((0.261063, 0.3630370))
    assert offsets("\\hbox(1+1)x1\n.\\hbox(4.6+0.0)x3.3, shifted -3.6\n\n", "x^2") == (None, 0.36)


def test_what_is_beyond_the_bound_is_told_with_its_reason() -> None:
    told = report(compare([(0.25, None), (None, 0.5)], [(0.247, None), (None, 0.7)], ["x_i", r"\sqrt{x}^2"]))
    assert "-0.200  beyond: a browser" in told and f"1 of 2 scripts of 2 formulas within {BOUND} em" in told


@pytest.mark.browser
@pytest.mark.skipif(shutil.which("xelatex") is None, reason="no xelatex: the positions are those of TeX")
def test_scripts_stand_where_tex_sets_them(edition_folder: EditionFolder, browser: Any) -> None:
    edition_folder.post("a", "文 $x$")
    site: Path = edition_folder.build().out
    compared = compare(on_our_page(browser, site, FORMULAS), in_tex(FORMULAS))
    assert len(FORMULAS) == 20 and len(compared) == 24
    assert [one for one in compared if abs(one.difference) > BOUND and one.tex not in REASONS] == []
