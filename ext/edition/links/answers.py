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
from ext.edition.links.proposals import Proposal, propose
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
    """One proposal that nobody has answered, and what was said of the piece before its text changed."""

    proposal: Proposal
    equation: Asked
    unit: Unit
    before: Answer | None = None


def questions(post: str, equations: Sequence[Asked], units: Sequence[Unit], answers: Iterable[Answer]
              ) -> tuple[Question, ...]:
    """Return what is to be asked of a post: of every equation its best proposal, unless it is settled.

    It is settled by an answer about this very text, whatever it was, and by a target that somebody wrote. A target
    that was accepted of another text is asked again.
    """
    known: dict[str, list[Answer]] = {}
    for one in answers:
        if one.post == post:
            known.setdefault(one.equation, []).append(one)
    found = []
    for proposal in propose(equations, units):
        asked, unit = equations[proposal.equation], units[proposal.unit]
        said = known.get(asked.name, [])
        names = {asked.name, *asked.shown.labels}
        holders = [one for one in units if any(name in names and relation != Relation.USES
                                               for relation, name in one.names)]
        if holders:
            accepted = {one.unit for one in said if one.says in ("derives", "explains")}
            if not accepted or accepted & {one.digest for one in holders}:
                continue
        if any(one.unit == unit.digest for one in said):
            continue
        found.append(Question(proposal, asked, unit, max(said, key=lambda one: one.on) if holders else None))
    return tuple(found)


#: How often a proposal was about its equation when 240 were read, by how it matched; see the guide.
YES = {"exact": 0.95, "part": 0.9, "left": 0.78, "runs": 0.76}
#: Seconds that a question takes, and a post to be opened and closed.
ASKING, OPENING = 9.0, 20.0


def worth(asked: Sequence[Question]) -> float:
    """Return the expected number of equations that a minute at a post attaches."""
    return 60 * sum(YES[one.proposal.match.how] for one in asked) / (OPENING + ASKING * len(asked))
