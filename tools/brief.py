"""Print what somebody, or something, needs to write one derivation: the equation, its surroundings, and the gate.

EQUATION is its label, its permanent id or its number, as `python -m tools equations POST` lists them. What is printed
is what the files say, nothing is guessed: the equation set and as TeX, the text around it, its symbols with where they
stand first, what it may rest on, and what the build and the audit will ask of the derivation.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass

from ext.edition.annotations.kinds import KINDS, Role
from ext.edition.annotations.targets import Index, heading_of
from ext.edition.audit.coverage import snippet
from ext.edition.math.engine import Renderer
from ext.edition.math.equation import Equation
from ext.edition.math.plain import LEFT_OUT, plain
from ext.edition.math.tex import argument, tokens
from ext.edition.posts.blocks import blocks
from ext.edition.site import frontmatter
from ext.edition.site.config import Edition, New
from ext.edition.site.errors import EditionError
from ext.edition.site.files import read_text
from ext.edition.site.near import hint, near
from ext.edition.site.terminal import printable
from tools import posts
from tools.covering import Reading, reading
from tools.workspace import add_edition_option, open_edition

#: What may be rested on.
_ESTABLISH = frozenset({Role.STATEMENT, Role.PREMISE, Role.DERIVATION, Role.PROOF})
#: Blocks of the post that are shown before and after the equation.
AROUND = 3
#: Earlier equations that are listed: those that share a symbol, the nearest first.
EARLIER = 12
_LETTER = re.compile(
    r"[A-Za-z]|\\(?:alpha|beta|gamma|delta|(?:var)?(?:epsilon|theta|pi|rho|sigma|phi)|zeta|eta|iota|kappa|lambda|mu|nu|xi|tau"
    r"|upsilon|chi|psi|omega|Gamma|Delta|Theta|Lambda|Xi|Pi|Sigma|Upsilon|Phi|Psi|Omega|ell|hbar)")
_STYLES = frozenset({"\\mathbf", "\\mathbb", "\\mathcal", "\\mathfrak", "\\mathscr", "\\boldsymbol", "\\bm"})
_WORDS = frozenset({"\\text", "\\operatorname", "\\mathrm", "\\begin", "\\end", "\\label", "\\tag", "\\eqref", "\\ref",
                    "\\mbox", "\\textbf"})


@dataclass(frozen=True, slots=True)
class Symbol:
    """A symbol of the equation: the first line that says it in running text, and the earlier equations that have it."""

    tex: str
    line: int | None
    said: str
    equations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ground:
    """What the derivation may rest on: how ``:uses:`` names it, what it is, and what it says."""

    name: str
    what: str
    says: str
    line: int | None


@dataclass(frozen=True, slots=True)
class Brief:
    """All that is printed."""

    post: str
    title: str
    source: str
    id: str
    number: str
    line: int | None
    tex: str
    text: str
    state: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    symbols: tuple[Symbol, ...]
    rests_on: tuple[Ground, ...]
    gate: tuple[str, ...]
    skeleton: str


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_edition_option(parser)
    parser.add_argument("post", metavar="POST", help="slug, id or path of a post")
    parser.add_argument("equation", metavar="EQUATION", help="label, permanent id or number of a displayed equation")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Print the brief of one equation."""
    place = open_edition(args.edition)
    path = posts.find(place, args.post)
    parts = frontmatter.split(read_text(path), where=path)
    found = brief(reading(place, path), args.equation, parts, posts.shown(place, path), place.edition)
    if args.json:
        json.dump(asdict(found), sys.stdout, ensure_ascii=False, indent=2)
        print()
    else:
        print(printable("\n".join(lines(found))))
    return 0


def brief(known: Reading, name: str, parts: frontmatter.Parts, shown: str, edition: Edition) -> Brief:
    """Return what there is to say of the equation that *name* means in the post of these parts."""
    page = known.index.pages[known.docname]
    own = [one for one in page.equations if one.origin == "original"]
    equation = next((one for one in own if name in (one.id, one.content, *one.labels)),
                    next((one for one in own if any(name.strip("()") == row.number for row in one.rows)), None))
    if equation is None:
        names = [label for one in own for label in (*one.labels, one.id)]
        raise EditionError(f"has no displayed equation {name!r} in its original{hint(near(name, names))}", where=shown,
                           remedy=f"see `python -m tools equations {shown}`")
    before, after = around(parts, equation.line)
    slug = known.docname.rpartition("/")[2]
    text = plain(Renderer(edition.math.macros).render(equation.tex, True).html, longest=sys.maxsize)
    state = next((f"{one.cover.state}" for one in known.listed if one.cover.id == equation.id), "")
    return Brief(
        slug, page.title, shown, equation.id, equation.number or "", equation.line, equation.tex.strip(),
        "" if text == LEFT_OUT else text, state, before, after, tuple(symbols(equation, own, parts)),
        tuple(grounds(known.index, known.docname, equation, own)), tuple(gate(edition.new, slug)), skeleton(equation))


def around(parts: frontmatter.Parts, line: int | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the blocks of the original before and after a line, nearest last and nearest first."""
    if line is None:
        return (), ()
    own = [one for one in blocks(parts.body) if not one.annotation]
    # A display in mid-paragraph has its sentence around it.
    earlier = [one.text for one in own if parts.offset + one.last < line
               or one.kind == "paragraph" and parts.offset + one.first < line <= parts.offset + one.last]
    later = [one.text for one in own if parts.offset + one.first >= line]
    return tuple(earlier[-AROUND:]), tuple(later[:AROUND])


def letters(tex: str) -> tuple[str, ...]:
    """Return the symbols of a formula in order, each once: letters with their style, without what marks them."""
    source, found, at = tokens(tex), [], 0
    while at < len(source):
        piece = source[at]
        at += 1
        if piece in _WORDS or piece in _STYLES:
            read = argument(source, at)
            if read is not None:
                at = read[1]
                if piece in _STYLES:
                    found.append(f"{piece}{{{''.join(read[0])}}}")
        elif _LETTER.fullmatch(piece):
            found.append(piece)
    return tuple(dict.fromkeys(found))


def symbols(equation: Equation, own: Sequence[Equation], parts: frontmatter.Parts) -> Iterator[Symbol]:
    """Yield the symbols of an equation with where they stand before it."""
    earlier = own[:own.index(equation)]
    having = {one.id: frozenset(letters(one.tex)) for one in earlier}
    said: dict[str, tuple[int, str]] = {}
    for number, text in enumerate(parts.body.split("\n"), start=parts.offset + 1):
        if number > (equation.line or 0):
            break
        for piece in text.split("$")[1::2]:
            for letter in letters(piece):
                said.setdefault(letter, (number, text.strip()))
    for letter in letters(equation.tex):
        line, text = said.get(letter, (None, ""))
        yield Symbol(letter, line, snippet(text), tuple(name for name, all_ in having.items() if letter in all_))


def grounds(index: Index, docname: str, equation: Equation, own: Sequence[Equation]) -> Iterator[Ground]:
    """Yield the earlier equations that share a symbol, the nearest first, and what the post's annotations establish.

    What is about the equation itself, or rests on it, is left out: the derivation would rest on itself.
    """
    wanted = frozenset(letters(equation.tex))
    sharing = [one for one in reversed(own[:own.index(equation)]) if wanted & frozenset(letters(one.tex))]
    for one in sharing[:EARLIER]:
        yield Ground(one.id, f"equation ({one.number})" if one.number else "equation", snippet(one.tex), one.line)
    place = (docname, equation.anchor)
    circular = {one.annotation for one in (*index.incoming.get(place, ()), *index.used_by.get(place, ()))}
    for record in index.pages[docname].annotations:
        role = KINDS[record.kind].counts_as if record.kind in KINDS else None
        if record.label and record.written and role in _ESTABLISH and record not in circular:
            yield Ground(record.label, heading_of(record.kind, record.number, language="en"), record.title, record.line)


def gate(new: New, slug: str) -> Iterable[str]:
    """Return what a derivation must pass."""
    asked = {"target": "names what it derives with :of:", "check": "carries a check that passes (make verify)",
             "reviewer": "has been accepted by a person (python -m tools review)"}
    yield "it has a formula or a {step} that says something, and every name in :of: and :uses: exists (make html)"
    yield "the original stays byte for byte: write only inside the box"
    yield from (f"edition.toml [new] asks: it {asked[one]}" for one in new.needs)
    yield f"make html && make verify ARGS=\"-D verify_only={slug}\" && make audit"


def skeleton(equation: Equation) -> str:
    """Return the box to begin with."""
    return f"::::{{prf:derivation}}\n:label: der-{equation.id}\n:of: {equation.id}\n\n:::{{step}}\n:::\n::::"


def lines(found: Brief) -> Iterator[str]:
    """Yield the brief as text."""
    yield f"{found.title}: {found.id}" + (f" ({found.number})" if found.number else "") + f", {found.state}"
    yield f"{found.source}:{found.line or 1}"
    yield from ("", "equation", f"  {found.text or '(of two dimensions: read the TeX)'}")
    yield from ("", "TeX", _indented(found.tex))
    for heading, texts in (("before it", found.before), ("after it", found.after)):
        yield from ("", heading, "\n\n".join(map(_indented, texts)))
    yield from ("", "symbols")
    for one in found.symbols:
        place = f"line {one.line}: {one.said}" if one.line else "not in the text before it"
        yield f"  {one.tex}  {place}" + (f"  [{', '.join(one.equations)}]" if one.equations else "")
    yield from ("", "it may rest on", *(f"  {one.name}  {one.what}  {one.says}" for one in found.rests_on))
    yield from ("", "the gate", *(f"  - {one}" for one in found.gate), "", "to begin with", _indented(found.skeleton))


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.split("\n"))
