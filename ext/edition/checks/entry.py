"""What a rewritten post may hold: nothing in it that its annotations or its original did not hold before.

Merging and restoring move text about, and text that was plain in one place can be read as markup in another. So what
comes out is read again, and an original is asked first whether it holds no more than a conversion writes.
"""

from __future__ import annotations

from collections import Counter

from ext.edition.checks.markup import (
    ATTRIBUTE,
    DIRECTIVE,
    HTML,
    IMAGE,
    LABEL,
    LINK,
    ROLE,
    STRUCTURE,
    TARGET,
    Construct,
    compared,
    plain,
    read,
)
from ext.edition.site.errors import EditionError

#: The directives, roles and attributes that conversions and imports write into an original.
WRITTEN = {DIRECTIVE: frozenset({"list-table", "figure", "admonition"}), ROLE: frozenset({"sup", "sub"})}
_REMARK = Construct(DIRECTIVE, "prf:remark")


def of_an_original(construct: Construct) -> bool:
    """Tell whether a conversion could have written this into an original."""
    if construct.kind in WRITTEN:
        return construct.name in WRITTEN[construct.kind]
    if construct.kind == IMAGE and construct.name.startswith("../_images/"):
        return ".." not in construct.name[3:]
    return plain(construct) or (construct.kind == ATTRIBUTE and construct.name.startswith("id="))


def check_original(body: str, *, where: object) -> None:
    """Raise EditionError when an original holds markup that no conversion writes."""
    strange = next((one for one in read(body) if one.construct.kind not in STRUCTURE
                    and not of_an_original(one.construct)), None)
    if strange is not None:
        raise EditionError(f"holds markup that no conversion writes: {strange.construct} (line {strange.first + 1} of "
                           "the text)", where=where, remedy="fetch it again with --only and --refresh")


def check_rewritten(after: str, *sources: str, where: object) -> None:
    """Raise EditionError when a rewritten text holds markup that is in none of the texts it was made from.

    Names, marks of staleness and remarks around what nobody had marked are the rewriting's own.
    """
    there: Counter[Construct] = Counter()
    for source in sources:
        there.update(map(_signature, compared(read(source))))
    found = Counter(map(_signature, compared(read(after)))) - there
    new = next((one for one in found if one != _REMARK and one.kind not in {LABEL, TARGET}), None)
    if new is not None:
        raise EditionError(f"rewriting it would make text into markup: {new}", where=where,
                           remedy="move the annotation next to it, and run the command again; nothing was written")


def _signature(construct: Construct) -> Construct:
    """Return what a construct does, without what it is called."""
    return Construct(construct.kind, construct.name if construct.kind in {DIRECTIVE, ROLE, HTML, LINK, IMAGE} else "")
