"""Answers: what a person said of an equation and a piece of the annotations, remembered by what both say.

One line for an answer, in the order of posts and equations, so that the answers of two people merge line by line.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from ext.edition.annotations.kinds import Relation
from ext.edition.links.proposals import Proposal, ranking
from ext.edition.posts.units import Asked, Unit
from ext.edition.site import yamltext
from ext.edition.site.errors import EditionError
from ext.edition.site.files import read_text

FILE = "attachments.yaml"
_HEADER = "# What annotations are about, as people answered; `python -m tools attach` adds to it. One answer a line.\n"

Says = Literal["derives", "explains", "uses", "no"]
#: What an answer writes into the source; ``no`` writes nothing.
WRITES: Mapping[str, Relation] = {"derives": Relation.DERIVES, "explains": Relation.EXPLAINS, "uses": Relation.USES}


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One answer: the post's id, the equation's name, the digest of the piece, what was said, by whom, on which day."""

    post: str
    equation: str
    unit: str
    says: Says
    by: str
    on: str


def load(source: Path) -> tuple[Answer, ...]:
    """Return the answers of an edition; one without the file has none."""
    path = source / FILE
    if not path.is_file():
        return ()
    try:
        return tuple(msgspec.convert(yamltext.load(read_text(path), where=path) or [], list[Answer]))
    except msgspec.ValidationError as error:
        raise EditionError(str(error), where=path,
                           remedy="write answers with `python -m tools attach`; after a merge keep the lines of both "
                                  "sides") from error


def text(answers: Iterable[Answer]) -> str:
    """Return the file that holds the answers, each once."""
    lines = sorted({json.dumps(msgspec.to_builtins(one), ensure_ascii=False) for one in answers})
    return _HEADER + "".join(f"- {line}\n" for line in lines)


@dataclass(frozen=True, slots=True)
class Question:
    """One proposal that nobody has answered, and what was said of the piece before its text changed.

    ``second`` is what will be asked if the answer is that the piece is not about the equation; ``again`` says that this
    is such a question.
    """

    proposal: Proposal
    equation: Asked
    unit: Unit
    before: Answer | None = None
    second: Proposal | None = None
    again: bool = False


def questions(post: str, equations: Sequence[Asked], units: Sequence[Unit], answers: Iterable[Answer]
              ) -> tuple[Question, ...]:
    """Return what is to be asked of a post: of every equation its best proposal, unless it is settled.

    It is settled by an answer about this very text, whatever it was, and by a target that somebody wrote. Only where a
    piece was said not to be about the equation, or only to use it, the next likely one is asked about, once. A target
    that was accepted of another text is asked again.
    """
    known: dict[str, list[Answer]] = {}
    for one in answers:
        if one.post == post:
            known.setdefault(one.equation, []).append(one)
    found = []
    for number, ranked in ranking(equations, units).items():
        asked = equations[number]
        said = known.get(asked.name, [])
        names = {asked.name, *asked.shown.labels}
        holders = [one for one in units if any(name in names and relation != Relation.USES
                                               for relation, name in one.names)]
        if holders:
            accepted = {one.unit for one in said if one.says in ("derives", "explains")}
            if not accepted or accepted & {one.digest for one in holders}:
                continue
        answered = {one.unit: one.says for one in said}
        likely = ranked[:PROPOSALS]
        left = [one for one in likely if units[one.unit].digest not in answered]
        refused = [one for one in likely if answered.get(units[one.unit].digest) in ("no", "uses")]
        if left and len(left) + len(refused) == len(likely):
            found.append(Question(left[0], asked, units[left[0].unit],
                                  max(said, key=lambda one: one.on) if holders else None,
                                  left[1] if len(left) > 1 else None, bool(refused)))
    return tuple(found)


#: So many pieces are proposed for an equation, one after the other.
PROPOSALS = 2
#: Which part of its score a second proposal is worth: of those that were read 5 of 16 were right, for a mean of 0.51.
AGAIN = 0.6
#: Seconds that a question takes, and a post to be opened and closed.
ASKING, OPENING = 9.0, 20.0


def worth(asked: Sequence[Question]) -> float:
    """Return the expected number of equations that a minute at a post attaches.

    How likely an answer is yes is the score of its proposal, which was fitted to be that; a piece that is asked about
    because another was refused is less likely.
    """
    attached, seconds = 0.0, OPENING
    for one in asked:
        accepted = one.proposal.score * (AGAIN if one.again else 1.0)
        refused = 1 - accepted
        attached += accepted + (refused * AGAIN * one.second.score if one.second else 0.0)
        seconds += ASKING * (1 + (refused if one.second else 0.0))
    return 60 * attached / seconds
