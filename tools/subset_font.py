"""Make the bundled math font from Latin Modern Math: ``python tools/subset_font.py latinmodern-math.otf``.

Needed only when the set of characters changes; the result, ``ext/static/fonts/zhushu-math.woff2``, is kept in
the repository. The font is Debian's ``fonts-lmodern`` 2.005 (``texmf/fonts/opentype/public/lm-math``), under the
GUST Font License, which asks that a changed font has another name. What is changed: characters that formulas
don't use are left out; the accent of ``\\vec`` gets a width, without which Chromium sets it too far left; the script
forms of primes are offered to any script; the bar of a root stands a little higher in running text; scripts of letters
with descenders, and of norms, stand where TeX sets them.
The same input and fontTools give the same bytes.
"""

from __future__ import annotations

import copy
import sys
from pathlib import Path

from fontTools.pens.boundsPen import BoundsPen
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.transformPen import TransformPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

TARGET = Path(__file__).resolve().parent.parent / "ext" / "static" / "fonts" / "zhushu-math.woff2"
FAMILY = "Zhushu Math"
#: First and last character of the blocks that formulas draw on.
BLOCKS = (
    (0x20, 0x7E), (0xA0, 0xFF), (0x131, 0x131), (0x237, 0x237), (0x2C6, 0x2DD), (0x300, 0x338),
    (0x391, 0x3F6), (0x2010, 0x205F), (0x2061, 0x2064), (0x20D0, 0x20F0), (0x2100, 0x214F), (0x2190, 0x21FF),
    (0x2200, 0x22FF), (0x2300, 0x23E1), (0x25A0, 0x25FF), (0x2605, 0x2666), (0x27C0, 0x27EF), (0x27F0, 0x27FF),
    (0x2900, 0x297F), (0x2980, 0x29FF), (0x2A00, 0x2AFF), (0x1D400, 0x1D7FF),
)  # fmt: skip
VECTOR = 0x20D7
RADICAL_GAP = 110
#: How far a subscript stands below the depth of what it belongs to, and a superscript below its height. TeX drops the
#: scripts of boxes only (35 and 270 in cmsy7), a browser also those of letters and norms, which these leave alone.
SUBSCRIPT_DROP, SUPERSCRIPT_DROP = 12, 386
PRIMES = (0x2032, 0x2033, 0x2034, 0x2035, 0x2057)


def characters() -> list[int]:
    """Return every character that is kept."""
    return [point for first, last in BLOCKS for point in range(first, last + 1)]


def keep_script_forms(font: TTFont, points: tuple[int, ...]) -> None:
    """Drop the script-size forms of all characters but these: smaller letters are set from the same outlines."""
    kept = {font.getBestCmap()[point] for point in points}
    for lookup in font["GSUB"].table.LookupList.Lookup:
        for table in lookup.SubTable:
            for attribute in ("mapping", "alternates"):
                forms = getattr(table, attribute, None)
                if forms is not None:
                    setattr(table, attribute, {name: form for name, form in forms.items() if name in kept})


def offer_to_all_scripts(font: TTFont) -> None:
    """Offer what is tagged for the script of mathematics to any: Chromium shapes formulas as common text."""
    scripts = font["GSUB"].table.ScriptList.ScriptRecord
    record = copy.deepcopy(scripts[0])
    record.ScriptTag = "DFLT"
    scripts.insert(0, record)


def raise_bars(font: TTFont) -> None:
    """Widen the gap under the bar of a root: Chromium, unlike TeX, doesn't share the rest of a tall sign out."""
    constants = font["MATH"].table.MathConstants
    constants.RadicalVerticalGap.Value = RADICAL_GAP


def level_scripts(font: TTFont) -> None:
    """Let scripts drop as in TeX: the font's own values set those of ``\\rho`` and ``\\beta`` lower than of ``x``."""
    constants = font["MATH"].table.MathConstants
    constants.SubscriptBaselineDropMin.Value = SUBSCRIPT_DROP
    constants.SuperscriptBaselineDropMax.Value = SUPERSCRIPT_DROP


def give_width(font: TTFont, point: int) -> None:
    """Move a combining accent to the right of its origin and give it the width of its outline."""
    name = font.getBestCmap()[point]
    glyphs = font.getGlyphSet()
    bounds = BoundsPen(glyphs)
    glyphs[name].draw(bounds)
    left, _, right, _ = bounds.bounds
    width = round(right - left)
    table = font["CFF "].cff.topDictIndex[0]
    old = table.CharStrings[name]
    pen = T2CharStringPen(width, glyphs)
    glyphs[name].draw(TransformPen(pen, (1, 0, 0, 1, -left, 0)))
    table.CharStrings[name] = pen.getCharString(private=old.private, globalSubrs=old.globalSubrs)
    font["hmtx"][name] = (width, 0)


def rename(font: TTFont) -> None:
    """Give the changed font its own name, and say what it was made from."""
    for record in font["name"].names:
        if record.nameID in {1, 3, 4, 16}:
            record.string = FAMILY
        elif record.nameID == 6:
            record.string = FAMILY.replace(" ", "")
    table = font["CFF "].cff
    table.fontNames[0] = FAMILY.replace(" ", "")
    table.topDictIndex[0].FullName = table.topDictIndex[0].FamilyName = FAMILY


def main(source: str) -> int:
    """Write the subset."""
    font = TTFont(source, recalcTimestamp=False)
    keep_script_forms(font, PRIMES)
    options = Options()
    options.layout_features = ["ssty"]
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6]
    options.hinting = False
    options.desubroutinize = True
    options.notdef_outline = True
    options.recalc_timestamp = False
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=characters())
    subsetter.subset(font)
    give_width(font, VECTOR)
    offer_to_all_scripts(font)
    raise_bars(font)
    level_scripts(font)
    rename(font)
    font.flavor = "woff2"
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    font.save(TARGET)
    print(f"{TARGET}: {TARGET.stat().st_size} bytes, {len(font.getGlyphOrder())} glyphs")
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
