r"""Set TeX formulas as MathML with the engine ``math-core``, and the few it can't do with ``latex2mathml``.

A formula that neither can set is given back as its source in a marked box, with the engine's message.
The same input gives the same bytes, in any process and order.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

from math_core import LatexError

from ext.edition.math import apart, dialect
from ext.edition.math.display import Display, Tag, with_tags, without_tags
from ext.edition.math.tex import Macro, definitions, replace_references, tokens
from ext.edition.site import colours
from ext.edition.site.errors import EditionError

Engine = Literal["math-core", "latex2mathml", "none"]

_ROW_TAG = re.compile(r'<mtd([^<>]*)>\s*<mtext>z(\d+)z</mtext></mtd>')
_PLACE = re.compile(r"^\d+(?:[-:]\d+)*:\s*")
#: Selectors that change a glyph's style where a font has it; the bundled font has one style.
_VARIATION = re.compile("[\ufe00\ufe01]")
#: A fence of fixed size under scripts: Chromium sizes it only when it is alone in a row.
_BASE = re.compile(r"(<(?:msub|msup|msubsup|munder|mover|munderover)>)(<mo [^<>]*>[^<]*</mo>)")


@dataclass(frozen=True, slots=True)
class Rendered:
    """Hold a set formula: HTML, the engine that set it, and the message when none could."""

    html: str
    engine: Engine
    error: str | None = None


#: How deep a formula is nested at most, where the edition says nothing else.
DEPTH = 120
#: Seconds in which the engine sets one formula, where the edition says nothing else.
SECONDS = 5.0
#: A longer formula, or one whose fences and groups are nested deeper, is set apart, in characters and in levels.
LONG, NESTED = 4000, 25
_TAG = re.compile(r"<(/?)[a-z][^<>]*?(/?)>")
_OPENING = frozenset({"{", "\\left", "\\begin"})
_CLOSING = frozenset({"}", "\\right", "\\end"})
_FENCES = {"(": 1, "[": 1, "\\{": 1, "\\lbrace": 1, "\\lbrack": 1, "\\langle": 1, "\\lfloor": 1, "\\lceil": 1,
           "\\lvert": 1, "\\lVert": 1, "\\bigl": 1, "\\Bigl": 1, "\\biggl": 1, "\\Biggl": 1,
           ")": -1, "]": -1, "\\}": -1, "\\rbrace": -1, "\\rbrack": -1, "\\rangle": -1, "\\rfloor": -1,
           "\\rceil": -1, "\\rvert": -1, "\\rVert": -1, "\\bigr": -1, "\\Bigr": -1, "\\biggr": -1, "\\Biggr": -1}
_GROUPS = dict.fromkeys(_OPENING, 1) | dict.fromkeys(_CLOSING, -1)
#: What opens and closes, and whatever else is escaped, which does not.
_MARKS = re.compile(r"\\(?:{})(?![A-Za-z])|\\.|[][(){{}}]".format("|".join(
    name[1:] for name in (*_GROUPS, *_FENCES) if name[1:].isalpha())), re.S)


def too_deep(source: str, depth: int) -> str | None:
    """Return why a formula is not given to an engine, None when it may be."""
    if sum(map(source.count, "{\\^_")) <= depth:
        return None  # whatever nests begins with one of these
    pieces = tokens(source)
    # A row of commands nests as well: each is the argument of the one before.
    chain = longest = 0
    for piece in pieces:
        if not piece.isspace():
            chain = chain + 1 if piece[0] == "\\" or piece in "^_" else 0
            longest = max(longest, chain)
    deepest = max(_deepest((piece in _OPENING) - (piece in _CLOSING) for piece in pieces), longest // 2)
    if deepest > depth:
        return f"it is nested {deepest} deep, at most {depth} is set (limits.formula_depth)"
    return None


def plain(source: str) -> bool:
    """Return whether a formula is short and all that it opens is closed: no harm to whoever sets it.

    The engine tries all ways to close what stays open, and each doubles its time.
    """
    if len(source) > LONG:
        return False
    groups = fences = 0
    for piece in _MARKS.findall(source):
        if piece in _FENCES:
            fences += _FENCES[piece]
        else:
            groups += _GROUPS.get(piece, 0)
        if not (0 <= groups <= NESTED and 0 <= fences <= NESTED):
            return False
    return groups == fences == 0


def _deepest(steps: Iterable[int]) -> int:
    """Return how deep the deepest piece is, each a step down, up or none."""
    return max(accumulate(steps), default=0)


def _tags_nested(written: str, depth: int) -> int:
    """Return how deep the tags of what was set are nested, if it is more than *depth*."""
    if written.count("<") - written.count("</") <= depth:
        return 0
    return _deepest(-1 if closing else not empty for closing, empty in _TAG.findall(written))


class Renderer:
    """Set formulas with the macros of an edition; each different formula once."""

    def __init__(self, macros: Mapping[str, str] | None = None, depth: int = DEPTH, seconds: float = SECONDS
                 ) -> None:
        """Prepare the engine; a macro that it can't read is an error of the configuration.

        What is nested deeper than *depth* is not set: neither engines nor browsers end well there. What is not
        plain is set by a process of its own, for at most so many *seconds*.
        """
        self._depth = depth
        self._engine = apart.engine(dialect.MACROS)
        self._apart = apart.Apart(dialect.MACROS, seconds)
        self._done: dict[tuple[str, bool], Rendered] = {}
        self._as_written: dict[tuple[str, bool], Rendered] = {}
        self._macros = {macro.name: macro for macro in map(macro_of, (macros or {}).items())}
        for macro in self._macros.values():
            probe = self.render(macro.name + "{x}" * macro.arguments)
            if probe.engine == "none":
                raise EditionError(
                    f"the math macro {macro.name} cannot be set: {probe.error}",
                    where="edition.toml",
                    remedy="correct it in the table [math.macros]",
                )

    def render(self, tex: str, display: bool = False, macros: Mapping[str, Macro] | None = None) -> Rendered:
        """Set one formula; ``macros`` are those its page has defined, by name.

        References are the page's affair: one that is still there shows as unknown.
        """
        if macros:
            return self._render(tex, display, macros)
        key = (tex, display)
        if key not in self._as_written:
            self._as_written[key] = self._render(tex, display, {})
        return self._as_written[key]

    def used(self, tex: str, macros: Mapping[str, Macro]) -> dict[str, Macro]:
        """Return the macros of the edition, and of its page, that a formula uses."""
        known = {**self._macros, **macros}
        return dialect.used(tokens(tex), known) if any(name in tex for name in known) else {}

    def _render(self, tex: str, display: bool, macros: Mapping[str, Macro]) -> Rendered:
        own, rest = definitions(replace_references(tex, {}))
        known = {**self._macros, **macros, **{macro.name: macro for macro in own}}
        if not rest.strip():
            return Rendered("", "math-core")
        return self._set(dialect.with_macros(rest, known), rest, display)

    def render_display(
        self,
        display: Display,
        tags: Sequence[Tag | None],
        anchors: Sequence[str],
        macros: Mapping[str, Macro] | None = None,
    ) -> Rendered:
        """Set a displayed formula; the numbers of one with several rows stand in the rows.

        A single number is not set here: it belongs beside the formula. ``anchors`` are the HTML ids of the
        rows, empty where a row has none.
        """
        if len(display.rows) == 1 or not any(tags):
            return self.render(without_tags(display), True, macros)
        rendered = self.render(with_tags(display), True, macros)

        def row(match: re.Match[str]) -> str:
            at = int(match[2])
            tag = tags[at] if at < len(tags) else None
            if tag is None:
                return f"<mtd{match[1]}></mtd>"
            anchor = f' id="{html.escape(anchors[at])}"' if anchors[at] else ""
            text = html.escape(tag.shown, quote=False)
            return f'<mtd{match[1]} class="equation-tag"{anchor}><mtext>{text}</mtext></mtd>'

        return Rendered(_ROW_TAG.sub(row, rendered.html), rendered.engine, rendered.error)

    def _set(self, tex: str, shown: str, display: bool) -> Rendered:
        """Set a formula with the first engine that can, unless it is nested too deep."""
        if (why := too_deep(tex, self._depth)) is not None:
            return Rendered(failed(shown, why), "none", why)
        key = (tex, display)
        if key not in self._done:
            rendered = self._first(tex, shown, display)
            # Macros and commands without braces nest too, which only shows in what is set.
            deepest = _tags_nested(rendered.html, 2 * self._depth)
            if deepest > 2 * self._depth and rendered.engine != "none":
                why = f"what is set is nested {deepest} deep, at most {2 * self._depth} is (limits.formula_depth)"
                rendered = Rendered(failed(shown, why), "none", why)
            self._done[key] = rendered
        return self._done[key]

    def _first(self, tex: str, shown: str, display: bool) -> Rendered:
        prepared = dialect.translate(tex, display=display)
        try:
            mathml = self._engine.convert_with_local_state(prepared, displaystyle=display) if plain(prepared) \
                else self._apart.convert(prepared, display=display)
            return Rendered(_cleaned(mathml), "math-core")
        except (LatexError, apart.Unset) as error:
            message = _PLACE.sub("", str(error)).removesuffix(".")
        if message.startswith("Unknown command") and (second := _second(prepared, display)) is not None:
            return Rendered(second, "latex2mathml")
        return Rendered(failed(shown, message), "none", message)


def macro_of(item: tuple[str, str]) -> Macro:
    """Read a macro of the configuration; it has as many arguments as its body names."""
    name, body = item
    arguments = max((int(digit) for digit in re.findall(r"#([1-9])", body)), default=0)
    return Macro("\\" + name.lstrip("\\"), arguments, body)


def failed(tex: str, message: str) -> str:
    """Return the marked box that stands for a formula nobody can set."""
    return f'<code class="math-failed" title="{html.escape(message)}">{html.escape(tex.strip())}</code>'


def _cleaned(mathml: str) -> str:
    """Write the engine's output as browsers need it."""
    mathml = _VARIATION.sub("", mathml.replace("&ApplyFunction;", "\u2061"))
    if " minsize=" in mathml:
        mathml = _BASE.sub(
            lambda base: f"{base[1]}<mrow>{base[2]}</mrow>" if " minsize=" in base[2] else base[0], mathml)
    return colours.readable(mathml)


def _second(tex: str, display: bool) -> str | None:
    """Set a formula with the second engine, None when it can't or leaves a command as text.

    It knows thousands of symbols by name. It is lenient with broken sources, so it is asked only about
    unknown commands.
    """
    # Few editions need it, and loading it takes longer than setting a hundred formulas.
    from latex2mathml.converter import convert

    try:
        mathml = convert(tex, display="block" if display else "inline")
    except Exception:
        # Whatever this converter trips over, it has not set the formula: the first engine's message stands.
        return None
    return None if "\\" in mathml or "&#x0005C" in mathml else mathml
