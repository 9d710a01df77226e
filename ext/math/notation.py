"""Say what symbols stand for: a table of what front matter and series declare, and a mark wherever one is set.

A post has ``notation:`` in its front matter, a series ``[[series.notation]]`` in ``edition.toml``; of one symbol the
post's own word holds. ``{notation}`` says where the table stands, else it ends the post. ``previews.js`` shows the row
of a marked symbol beside it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from docutils import nodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from ext.build.kept import KeptCollector, kept
from ext.build.walks import instances
from ext.checks.findings import report
from ext.edition.checks.lint import Lint
from ext.edition.math import symbols
from ext.edition.site import config as edition_config
from ext.edition.site.config import Series, Symbol
from ext.edition.site.files import read_text
from ext.math import typesetting
from ext.posts.origin import front_matter

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment
    from sphinx.util.typing import ExtensionMetadata

logger = logging.getLogger(__name__)

KEY = "notation"
_TABLE = "notation"
#: The table comes when all that counts or reads the document has done so: it belongs to neither layer.
_LAST = 900
#: (Chinese, English): the table, its columns.
_WORDS = (("符号", "Notation"), ("符号", "Symbol"), ("含义", "Meaning"), ("首见", "First in"))
_MATH = re.compile(r"\$([^$]+)\$")
_ITEM = re.compile(r"[ \t]*(?:-[ \t]+)?(?:\{[ \t]*)?symbol[ \t]*[:=]")


@dataclass(frozen=True, slots=True)
class Shown:
    """Hold one symbol of a document: its number there, what was declared, and where it is met first."""

    number: int
    symbol: Symbol
    anchor: str
    place: str


class Place(SphinxDirective):
    """Say where the table of symbols stands."""

    def run(self) -> list[nodes.Node]:
        """Return what the table will be put into."""
        return [_holder()]


class NotationCollector(KeptCollector):
    """Know which symbols of its series each document has."""

    table = _TABLE


def _holder() -> nodes.container:
    return nodes.container("", classes=["zs-notation"], added=True)


def _series(app: Sphinx) -> tuple[Series, ...]:
    loaded = getattr(app.config, "edition", None)
    return () if loaded is None else tuple(one for one in loaded.series if one.notation)


def declare(app: Sphinx, doctree: nodes.document) -> None:
    """Mark the declared symbols of a document in its formulas, and report those that it has not."""
    meta = front_matter(doctree)
    docname = app.env.current_document.docname
    own = tuple(_own(app, docname, meta[KEY])) if KEY in meta else ()
    series = next((one for one in _series(app) if one.name == meta.get("series")), None)
    if not own and series is None:
        return
    patterns: dict[tuple[symbols.Key, ...], int] = {}
    known: list[Symbol] = []
    for symbol in (*own, *(series.notation if series is not None else ())):
        seen = symbols.pattern(str(typesetting.inline_again(app, docname, symbol.symbol)["html"]))
        if not seen and len(known) < len(own):
            message = f"the symbol {symbol.symbol!r} cannot be set"
            report(app.env, docname, Lint.NOTATION_BROKEN, message, _line(app, docname, len(known)))
        patterns.setdefault(seen, len(known))
        known.append(symbol)
    patterns.pop((), None)
    found = _mark(doctree, patterns)
    for at, symbol in enumerate(own):
        if at not in found and at in patterns.values():
            message = f"no formula shows the symbol {symbol.symbol!r}"
            report(app.env, docname, Lint.NOTATION_UNUSED, message, _line(app, docname, at))
    if series is not None:
        used = tuple(known[at].symbol for at in sorted(found) if at >= len(own))
        # A symbol that the post says itself is used as well.
        named = {one.symbol for one in own}
        kept(app.env, _TABLE)[docname] = (series.name, (*used, *(one.symbol for one in series.notation
                                                                 if one.symbol in named)))
    doctree[KEY] = tuple(Shown(at, known[at], *found[at]) for at in sorted(found))


def _own(app: Sphinx, docname: str, written: str) -> Iterator[Symbol]:
    """Yield what a document declares itself; the parser gives lists of the front matter as JSON."""
    taken: set[str] = set()
    try:
        listed = msgspec.convert(json.loads(written), list[Symbol])
    except (json.JSONDecodeError, msgspec.ValidationError) as error:
        report(app.env, docname, Lint.NOTATION_BROKEN, f"the symbols cannot be read: {error}", _line(app, docname, -1))
        return
    for at, symbol in enumerate(listed):
        if symbol.symbol in taken:
            report(app.env, docname, Lint.NOTATION_BROKEN, f"the symbol {symbol.symbol!r} is there twice",
                   _line(app, docname, at))
            continue
        taken.add(symbol.symbol)
        yield symbol


def _line(app: Sphinx, docname: str, at: int) -> int:
    """Return the line of an item of the list, or of the list where they cannot be told apart."""
    head = read_text(Path(app.env.doc2path(docname))).partition("\n---")[0].split("\n")
    first = next((n for n, line in enumerate(head) if line.startswith(f"{KEY}:")), 0)
    items = [n for n, line in enumerate(head) if n > first and _ITEM.match(line)]
    return (items[at] if 0 <= at < len(items) else first) + 1


def _mark(doctree: nodes.document, patterns: Mapping[tuple[symbols.Key, ...], int]) -> dict[int, tuple[str, str]]:
    """Mark every formula of a document; return the place of each symbol: its first equation, else its section."""
    displayed: dict[int, tuple[str, str]] = {}
    within: dict[int, tuple[str, str]] = {}
    for node in instances(doctree, nodes.math, nodes.math_block):
        assert isinstance(node, nodes.math | nodes.math_block)
        node["html"], found = symbols.mark(str(node.get("html", "")), patterns)
        if not found:
            continue
        section, title = _section(node)
        for number in found:
            within.setdefault(number, (section, title))
            if isinstance(node, nodes.math_block) and node["ids"]:
                shown = next((row.shown for row in node.get("rows", ()) if row.shown), None)
                displayed.setdefault(number, (node["ids"][0], shown or title))
    return within | displayed


def _section(node: nodes.Node) -> tuple[str, str]:
    """Return id and title of the section in which a node stands."""
    current = node.parent
    while current is not None and not isinstance(current, nodes.section):
        current = current.parent
    if current is None:
        return "", ""
    return current["ids"][0], _plain(current)


def _plain(section: nodes.section) -> str:
    title = section.next_node(nodes.title)
    return "" if title is None else title.astext()


def tabulate(app: Sphinx, doctree: nodes.document) -> None:
    """Put the table of the symbols where the document says, or at its end."""
    places = [one for one in instances(doctree, nodes.container) if "zs-notation" in one["classes"]]
    shown: tuple[Shown, ...] = doctree.attributes.pop(KEY, ())
    if not shown:
        for place in places:
            place.parent.remove(place)
        return
    if not places:
        places = [_holder()]
        (doctree.next_node(nodes.section) or doctree).append(places[0])
    docname = app.env.current_document.docname
    english = app.config.language == "en"
    heading, *columns = (pair[english] for pair in _WORDS)
    places[0] += [nodes.rubric("", heading, ids=[doctree.set_id(nodes.rubric(names=[KEY]))]),
                  _table(app, docname, columns, shown)]


def _table(app: Sphinx, docname: str, columns: list[str], shown: tuple[Shown, ...]) -> nodes.table:
    group = nodes.tgroup("", *(nodes.colspec(colwidth=width) for width in (20, 60, 20)), cols=len(columns))
    group += nodes.thead("", _row(*([nodes.Text(column)] for column in columns)))
    body = nodes.tbody()
    for one in shown:
        symbol: list[nodes.Node] = [typesetting.inline_again(app, docname, one.symbol.symbol)]
        meaning: list[nodes.Node] = [
            typesetting.inline_again(app, docname, part) if at % 2 else nodes.Text(part)
            for at, part in enumerate(_MATH.split(one.symbol.meaning)) if part]
        first = nodes.reference("", "", nodes.Text(one.place), internal=True, refid=one.anchor)
        row = _row(symbol, meaning, [first] if one.place else [])
        row[0]["ids"] = [f"notation-{one.number}"]
        body += row
    group += body
    return nodes.table("", group, classes=["zs-notation-table"])


def _row(*cells: list[nodes.Node]) -> nodes.row:
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", *cell)) for cell in cells))


def check(app: Sphinx, env: BuildEnvironment) -> None:
    """Warn of the symbols of a series that none of its posts has, with their lines of ``edition.toml``."""
    used: dict[str, set[str]] = {}
    for name, theirs in kept(env, _TABLE).values():
        used.setdefault(name, set()).update(theirs)
    for series in _series(app):
        for symbol in series.notation:
            if series.name in used and symbol.symbol not in used[series.name]:
                logger.warning("no post of the series %r shows the symbol %r; %s", series.name, symbol.symbol,
                               Lint.NOTATION_UNUSED.remedy, type="zhushu", subtype=str(Lint.NOTATION_UNUSED),
                               location=_configured(app, series.name, symbol))


def _configured(app: Sphinx, series: str, symbol: Symbol) -> str:
    """Return file and line of a symbol of a series."""
    path = edition_config.find(Path(app.srcdir))
    lines = read_text(path).split("\n")
    begin = next((n for n, line in enumerate(lines) if series in line), 0)
    found = next((n for n, line in enumerate(lines[begin:], begin)
                  if _ITEM.match(line) and (symbol.symbol in line or json.dumps(symbol.symbol) in line)), begin)
    return f"{path}:{found + 1}"


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the symbols of posts and series."""
    app.setup_extension("ext.math.typesetting")
    app.add_directive(KEY, Place)
    app.add_env_collector(NotationCollector)
    app.connect("doctree-read", declare, priority=typesetting.PRIORITY + 10)
    app.connect("doctree-read", tabulate, priority=_LAST)
    app.connect("env-updated", check)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
