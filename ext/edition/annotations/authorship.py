"""Who wrote an annotation: a person, a person with a program, or a program; apart from who reviewed or checked it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ext.edition.annotations.targets import AnnotationRecord


class By(StrEnum):
    """Say who wrote; the value is the first word of ``:by:``."""

    PERSON = "person"
    ASSISTED = "assisted"
    PROGRAM = "program"


@dataclass(frozen=True, slots=True)
class Authors:
    """Annotations by who wrote them; they add up to all of them."""

    person: int = 0
    assisted: int = 0
    program: int = 0
    #: Those that do not say.
    unsaid: int = 0
    #: Of those by a program, how many no person has accepted as they stand.
    unreviewed: int = 0

    @property
    def total(self) -> int:
        """All annotations."""
        return self.person + self.assisted + self.program + self.unsaid

    def __add__(self, other: Authors) -> Authors:
        """Add field by field."""
        return Authors(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))


def author(text: str) -> tuple[By | None, str]:
    """Return who wrote, and the name that may follow; nothing where the first word is none of the three."""
    word, _, name = text.strip().partition(" ")
    return (By(word), name.strip()) if word in set(By) else (None, "")


def count(records: Iterable[AnnotationRecord], reviewed: frozenset[str]) -> Authors:
    """Count annotations by who wrote them; *reviewed* are the anchors of those that somebody has accepted."""
    found = Authors()
    for record in records:
        by = author(record.by)[0]
        found += Authors(**{by.value if by else "unsaid": 1},
                         unreviewed=int(by is By.PROGRAM and record.anchor not in reviewed))
    return found


def counts(record: AnnotationRecord, reviewed: frozenset[str]) -> bool:
    """Tell whether an annotation counts where those of programs do only when a person has accepted them."""
    return author(record.by)[0] is not By.PROGRAM or record.anchor in reviewed
