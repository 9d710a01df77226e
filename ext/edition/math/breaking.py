"""Cut a set formula into pieces between which a line may end, where TeX would end one: at relations.

No browser breaks a formula by itself. Pieces are rows of their own, which ``math.css`` lets stand in lines; a browser
that doesn't know how shows the formula in one line, as it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

#: A formula of fewer characters is left whole; a longer piece may also be cut at its sums.
SHORT, LONG = 12, 24
RELATIONS = frozenset("=≠≈≡≜≔∼≃≅≐∝≤≥≦≧≪≫≲≳⩽⩾⪯⪰≺≻→←⟶⟵⇒⇐⇔⟹⟸⟺↦⟼∈∉⊂⊃⊆⊇") | {"&lt;", "&gt;", ":=", "-&gt;", "==", "≜"}
_SUMS = frozenset("+−-±∓")
_OPEN, _CLOSED = frozenset("([{⟨⌊⌈"), frozenset(")]}⟩⌋⌉")
#: What a sign may follow without being between two terms.
_BARE = RELATIONS | _SUMS | _OPEN | {","}
_TAG = re.compile(r"<(/?)[^<>]*>")
_SIGN = re.compile(r"<mo\b[^<>]*>([^<>]*)</mo>")
_SPACE = re.compile(r'<mspace[^<>]*width="(\d+)')


def cut(mathml: str) -> str:
    """Return a formula with its pieces as rows and the class ``flow``, or as it was where there is nothing to cut."""
    if not mathml.startswith("<math") or not mathml.endswith("</math>"):
        return mathml
    head, _, inner = mathml.removesuffix("</math>").partition(">")
    display = 'display="block"' in head
    if "<mtable" in inner or not ("<mo" in inner or "<mspace" in inner) or _length(inner) < SHORT:
        return mathml
    rows = list(_pieces(list(_children(inner)), display))
    if len(rows) < 2:
        return mathml
    return f'{head} class="flow">{"".join(f"<mrow>{row}</mrow>" for row in rows)}</math>'


def _length(mathml: str) -> int:
    """Return how many characters a piece shows."""
    shown = _TAG.sub("", mathml)
    return len(re.sub(r"&\w+;", "x", shown) if "&" in shown else shown)


def _children(inner: str) -> Iterator[str]:
    """Give the elements of the outermost row."""
    depth = start = 0
    for tag in _TAG.finditer(inner):
        depth += -1 if tag[1] else inner[tag.end() - 2] != "/"
        if depth == 0:
            yield inner[start:tag.end()]
            start = tag.end()
    if inner[start:].strip():
        yield inner[start:]


def _pieces(children: list[str], display: bool) -> Iterator[str]:
    """Join elements to pieces: a display breaks before a relation, text after it."""
    for row in _cut(children, display, RELATIONS):
        if _length("".join(row)) > LONG:
            yield from map("".join, _cut(row, display, _SUMS))
        else:
            yield "".join(row)


def _cut(children: list[str], display: bool, signs: frozenset[str]) -> Iterator[list[str]]:
    row: list[str] = []
    fences, before = 0, ""
    for child in children:
        found = _SIGN.search(child) if child.startswith(("<mo", "<msup><mo", "<msub><mo", "<msubsup><mo")) else None
        sign = found[1] if found else ""
        fences += (sign in _OPEN) - (sign in _CLOSED)
        here = fences <= 0 and child.startswith("<mo") and sign in signs
        # A sign that begins a row, or follows another, is no sum.
        here = here and bool(row) and before not in _BARE
        here = here and (signs is RELATIONS or _length("".join(row)) >= SHORT)
        space = _SPACE.match(child)
        if here and display:
            yield row
            row = [child if signs is RELATIONS else child.replace("<mo", '<mo form="infix"', 1)]
        else:
            row.append(child)
            if (here and not display) or (space is not None and int(space[1]) >= 1 and fences <= 0):
                yield row
                row = []
        before = sign
    if row:
        yield row
