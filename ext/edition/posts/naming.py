"""Keep every name of a formula on its formula when a post changes; what cannot be decided is dead, never another's.

A formula is called by its labels and by its permanent id, which is made of what it says. Where that no longer leads to
it, the id is written at it as a label; a label that upstream gave to another formula gives way to the permanent id in
the annotations that meant the first.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ext.edition.math import display
from ext.edition.math.equation import content_names, is_id
from ext.edition.math.pairs import Pairs, pair
from ext.edition.math.tex import content_id
from ext.edition.posts.blocks import Block
from ext.edition.posts.formula_names import Formula, all_formulas, formulas
from ext.edition.posts.original import canonical, layer

#: Rounds in which names may push each other; what has not settled then is dead.
_ROUNDS = 8
_ENDS = re.compile(r"\$\$[ \t]*(?=\n|\Z)")
_DOLLARS = re.compile(r"(?<![ \t\n>])[ \t\n>]*\$\$")
_BEGINS = re.compile(r"\\begin\{[a-z]+\*?\}(?:\[[^\[\]\n]*\]|\{[^{}\n]*\})*", re.I)
_SNIPPET = 60


@dataclass(frozen=True, slots=True)
class Dead:
    """A name whose formula is gone, or cannot be told: what it said, and the names of what comes nearest."""

    name: str
    said: str
    nearest: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fates:
    """What became of the names of a post's formulas."""

    #: Names that lead to a formula as before, of those that somebody uses.
    kept: tuple[str, ...] = ()
    #: Names whose formula says something else now, or is dead, whether or not somebody uses them.
    changed: frozenset[str] = frozenset()
    #: Names that annotations have to replace.
    renamed: Mapping[str, str] = field(default_factory=dict)
    dead: tuple[Dead, ...] = ()
    #: What nothing may be called from now on: the dead names, and those that have been so before.
    reserved: tuple[str, ...] = ()
    #: The labels to write, by the number of the formula.
    give: Mapping[int, tuple[str, ...]] = field(default_factory=dict)


@dataclass(slots=True)
class _Side:
    """The formulas of one text, those of the original first, and what is called how."""

    own: tuple[Formula, ...]
    added: tuple[Formula, ...]

    @property
    def all(self) -> tuple[Formula, ...]:
        return self.own + self.added

    def meanings(self, give: Mapping[int, Sequence[str]], reserved: Collection[str]) -> dict[str, int]:
        """Return which formula every name means, with more labels and without the reserved names."""
        labels = [(*one.labels, *give.get(n, ())) for n, one in enumerate(self.all)]
        contents = content_names([(one.tex, its) for one, its in zip(self.all, labels, strict=True)], reserved)
        found: dict[str, int] = {}
        for n, its in enumerate(labels):
            for label in its:
                found.setdefault(label, n)
        for n, name in enumerate(contents):
            found.setdefault(name, n)
        return found


def decide(post: str, result: str, used: Collection[str], reserved: Collection[str] = ()) -> Fates:
    """Return what becomes of the names in *used* when *post* becomes *result*, whose annotations are the same.

    ``reserved`` are the names that were dead before.
    """
    new_layer = layer(result)
    old = _Side(*all_formulas(post, layer(post), dead=reserved))
    new = _Side(*all_formulas(result, new_layer, dead=reserved))
    pairs = pair(old.own, new.own)
    of = {**pairs.of, **_annotated(old, new)}
    means = old.meanings({}, reserved)
    changed = frozenset(name for name, n in means.items()
                        if n < len(old.own) and (n not in of or new.own[of[n]].said != old.own[n].said))
    wanted = {name: n for name, n in means.items() if name in used or name in _written(old.all[n])}
    return _Naming(old, new, of, pairs, wanted, reserved, used).fates(result, new_layer, changed)


def _annotated(old: _Side, new: _Side) -> dict[int, int]:
    """Pair the formulas of the annotations, which are the same before and after, in another order at most."""
    there: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for n, one in enumerate(new.added, start=len(new.own)):
        there[one.said].append(n)
    return {n: there[one.said].pop(0) for n, one in enumerate(old.added, start=len(old.own)) if there[one.said]}


def _written(formula: Formula) -> Iterator[str]:
    """Yield the labels that were written here: those behind the dollars, and permanent ids."""
    upstream = display.parse(formula.tex).labels
    return (label for label in formula.labels if is_id(label) or label not in upstream)


class _Naming:
    """Find the labels with which every name means its formula, or nothing."""

    def __init__(self, old: _Side, new: _Side, of: Mapping[int, int], pairs: Pairs, wanted: Mapping[str, int],
                 reserved: Collection[str], used: Collection[str]) -> None:
        self.old, self.new, self.of, self.pairs = old, new, of, pairs
        self.back = {after: before for before, after in of.items()}
        self.goal = {name: of.get(n) for name, n in wanted.items()}
        self.source = dict(wanted)
        self.give: dict[int, list[str]] = {}
        self.renamed: dict[str, str] = {}
        self.reserved = [name for name in dict.fromkeys(reserved) if name in used]
        self._revive()

    def _revive(self) -> None:
        """Let a dead name mean its formula again when just that one has come back."""
        known = {one.said for one in self.old.own}
        for name in list(self.reserved):
            back = [n for n, one in enumerate(self.new.own) if content_id(one.tex) == name and one.said not in known]
            if len(back) == 1:
                self.goal[name] = back[0]
                self.reserved.remove(name)

    def fates(self, result: str, blocks: Sequence[Block], changed: frozenset[str]) -> Fates:
        """Return what becomes of the names, with labels that can all be written."""
        for _ in range(_ROUNDS):
            if self._settled():
                refused = [(n, name) for n, names in self.give.items() for name in names
                           if _labelled(result, blocks, self.new.own, {n: (*self.give[n],)}) is None]
                if not refused:
                    break
                for n, name in refused:
                    self._refuse(n, name)
        else:
            means = self._means()
            self.goal = {name: n if means.get(name) == n else None for name, n in self.goal.items()}
        dead = [name for name, n in self.goal.items() if n is None]
        means = self.new.meanings(self.give, (*self.reserved, *dead))
        called = {n: name for name, n in reversed(means.items())}
        fallen = tuple(Dead(name, _snippet(self.old.all[self.source[name]].tex),
                            tuple(called[n] for n in self.pairs.nearest.get(self.source[name], ())))
                       for name in dead if name in self.source)
        kept = tuple(name for name, n in self.goal.items() if n is not None)
        gone = {old for old, name in self.renamed.items() if name in dead}
        return Fates(kept, changed | set(dead) | gone, dict(self.renamed), fallen,
                     tuple(dict.fromkeys((*self.reserved, *dead))), {n: tuple(names) for n, names in self.give.items()})

    def _means(self) -> dict[str, int]:
        dead = [name for name, n in self.goal.items() if n is None]
        return self.new.meanings(self.give, (*self.reserved, *dead))

    def _settled(self) -> bool:
        """Change what is needed for the names as they stand; True when nothing is."""
        means = self._means()
        wrong = [name for name, n in self.goal.items() if means.get(name) != n]
        for name in wrong:
            n = self.goal[name]
            before = self.old.all[self.source[name]] if name in self.source else None
            if before is not None and not is_id(name) and name in display.parse(before.tex).labels:
                self._rename(name, before.content)
            elif n is None or n >= len(self.new.own):
                self._reserve(name, n, means)
            elif name not in self.give.get(n, ()):
                self.give.setdefault(n, []).append(name)
        return not wrong and self._apart()

    def _apart(self) -> bool:
        """See to it that a dead name means nothing even to who does not know that it is dead."""
        plain = self.new.meanings(self.give, ())
        settled = True
        for name in (*self.reserved, *(name for name, n in self.goal.items() if n is None)):
            at = plain.get(name)
            if at is None or at >= len(self.new.own) or at in self.give:
                continue
            before = self.old.all[self.back[at]].content if at in self.back else ""
            self.give[at] = [before if before not in (name, "") and before not in self.goal else next(
                other for other, n in self._means().items() if n == at and is_id(other))]
            settled = False
        return settled

    def _rename(self, name: str, permanent: str) -> None:
        """Let annotations call a formula by its permanent id, because its label is upstream's to give."""
        self.renamed[name] = permanent
        self.goal.setdefault(permanent, self.goal.pop(name))
        self.source.setdefault(permanent, self.source[name])

    def _reserve(self, name: str, n: int | None, means: Mapping[str, int]) -> None:
        """Keep the number of a formula in an annotation by letting nothing have the one before it."""
        now = next((other for other, at in means.items() if at == n), "")
        if n is not None and now and now not in self.goal and is_id(name) and _times(now) < _times(name):
            self.reserved.append(now)
        else:
            self.goal[name] = None

    def _refuse(self, n: int, name: str) -> None:
        """Do without a label that cannot be written here."""
        self.give[n].remove(name)
        if not self.give[n]:
            del self.give[n]
        if name in self.goal and not is_id(name):
            self._rename(name, self.old.all[self.source[name]].content)
        else:
            self.goal[name] = None


def _times(name: str) -> int:
    return int(name.split("-")[2]) if name.count("-") == 2 else 1


def write(result: str, give: Mapping[int, Sequence[str]]) -> str:
    """Return a body with labels at formulas of its original, by their numbers; the original stays what it is."""
    if not give:
        return result
    blocks = layer(result)
    text = _labelled(result, blocks, all_formulas(result, blocks)[0], give)
    assert text is not None, "labels that can be written were chosen"
    return text


def names_of(body: str, reserved: Collection[str] = ()) -> Mapping[str, int]:
    """Return the number of every formula of a body's original by each of its names."""
    side = _Side(*all_formulas(body, layer(body), dead=reserved))
    return {name: n for name, n in side.meanings({}, reserved).items() if n < len(side.own)}


def let(body: str, name: str, target: str, reserved: Collection[str] = ()) -> str | None:
    """Return *body* in which the formula called *target* is called *name* too; None if there is no place for it."""
    blocks = layer(body)
    own, _ = all_formulas(body, blocks, dead=reserved)
    return _labelled(body, blocks, own, {names_of(body, reserved)[target]: (name,)})


def _labelled(body: str, blocks: Sequence[Block], own: Sequence[Formula], give: Mapping[int, Sequence[str]]
              ) -> str | None:
    """Return *body* with the labels, or None where there is no place for one."""
    lines = body.split("\n")
    order = sorted(range(len(own)), key=lambda n: own[n].block)
    first = {own[n].block: at for at, n in reversed(list(enumerate(order)))}
    for number in sorted({own[n].block for n in give}, reverse=True):
        block = blocks[number]
        text: str | None = "\n".join(lines[block.first:block.last])
        for at, n in enumerate(order[first[number]:]):
            for name in give.get(n, ()) if own[n].block == number else ():
                text = None if text is None else with_label(text, at, name)
        if text is None:
            return None
        lines[block.first:block.last] = text.split("\n")
    return "\n".join(lines)


def with_label(text: str, number: int, label: str) -> str | None:
    """Return a block of the original with a label at one of its formulas; None where there is no place for it.

    Every place is tried by reading the block again: the formulas, and all that a reader sees, must be the same.
    """
    found, seen = _reading(text)
    if number < len(found) and label in found[number][1]:
        return text
    wanted = [(tex, {*labels, label} if at == number else labels) for at, (tex, labels) in enumerate(found)]
    mark = rf"\label{{{label}}}"
    places = [(end.end() - len(end[0]) + 2, f" ({label})") for end in _ENDS.finditer(text)]
    places += [(end.start(), mark) for end in _DOLLARS.finditer(text)]
    places += [(begin.end(), mark) for begin in _BEGINS.finditer(text)]
    places += [(end.start(), mark) for end in re.finditer(r"\n|\Z", text)]
    for at, mark in places:
        changed = text[:at] + mark + text[at:]
        if _reading(changed) == (wanted, seen):
            return changed
    return None


def _reading(text: str) -> tuple[list[tuple[object, set[str]]], list[object]]:
    """Return what is read in a block: its formulas by rows, with their labels, and what a reader sees."""
    blocks = layer(text, titled=False)
    found: list[tuple[object, set[str]]] = []
    for one in formulas(blocks):
        shown = display.parse(one.tex)
        rows = tuple(replace(row, labels=()) for row in shown.rows)
        found.append(((shown.environment, rows), set(one.labels)))
    return found, [canonical(block.text) for block in blocks]


def _snippet(tex: str) -> str:
    flat = " ".join(tex.split())
    return flat if len(flat) <= _SNIPPET else flat[:_SNIPPET - 1] + "…"
