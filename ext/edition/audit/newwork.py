"""New work, item by item: each derivation that the base does not have, and whether it has what ``[new]`` asks for.

Averages forgive: a hundred checked derivations hide the one that nobody looked at. Here each is judged for itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ext.edition.annotations.targets import AnnotationRecord
from ext.edition.audit.facts import Derivation
from ext.edition.audit.steps import State
from ext.edition.site.config import New

if TYPE_CHECKING:
    from ext.edition.audit.rows import Row


@dataclass(frozen=True, slots=True)
class NewItem:
    """A derivation or proof that the base does not have."""

    #: Id of its post, its document and title.
    post: str
    docname: str
    title: str
    derivation: Derivation
    #: Who accepted it as it stands; empty when nobody did.
    reviewer: str
    #: What of ``[new]`` it lacks: ``target``, ``check``, ``reviewer``.
    lacks: tuple[str, ...]


def key_of(record: AnnotationRecord) -> str:
    """Return by what a derivation is known from one audit to the next: its label, else what it is about.

    One without a label that is about nothing is known by its title. Numbers would not do: they move.
    """
    if record.label:
        return record.label
    about = ",".join(record.of) or record.follows or record.subject
    return f"{record.kind}:{about}" if about else f"{record.kind}={record.title}"


def new_work(rows: Iterable[Row], before: State, rule: New) -> tuple[NewItem, ...] | None:
    """Return what is new since *before*, in the order of the posts; None when the base is too old to tell.

    Of several derivations with one key as many are new as there are more of them now, the last ones of the post.
    """
    if any(one.derivations is None for one in before.values()):
        return None
    found = []
    for row in rows:
        post = row.record.id or row.record.docname
        then = before.get(post)
        known = Counter(then.derivations or ()) if then else Counter[str]()
        for one in row.derivations:
            if known[one.key] > 0:
                known[one.key] -= 1
            elif one.kind in rule.kinds:
                found.append(NewItem(post, row.record.docname, row.record.title, one, one.reviewer,
                                     _lacks(one, rule.needs)))
    return tuple(found)


def _lacks(one: Derivation, needs: Sequence[str]) -> tuple[str, ...]:
    has: Mapping[str, bool] = {"target": one.target, "check": one.check == "passed", "reviewer": bool(one.reviewer)}
    return tuple(name for name in needs if not has[name])
