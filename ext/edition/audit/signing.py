"""What is signed: the parts of a post as reviews see them, what a new review has read, and what all of them come to."""

from __future__ import annotations

from collections.abc import Mapping

from ext.edition.audit.facts import Review
from ext.edition.audit.grounds import Grounds, Item
from ext.edition.audit.reviews import AROUND, FILE, Line, Part, PostReview, last
from ext.edition.site.errors import EditionError
from ext.edition.site.near import hint, near


def parts(known: Grounds, docname: str, around: str) -> tuple[Part, ...]:
    """Return the parts of a post; *around* is the digest of the text around its annotations."""
    own = (Part(item.name, known.bound(item.key), bool(item.annotation and item.annotation.stale))
           for item in known.annotations(docname))
    return (Part(AROUND, around), *own)


def find(known: Grounds, docname: str, name: str) -> Item:
    """Return the annotation of a document that is called *name*, by its label or its anchor."""
    items = known.annotations(docname)
    found = next((item for item in items if name in (item.name, item.anchor)), None)
    if found is None:
        alike = hint(near(name, (item.name for item in items)))
        raise EditionError(f"has no annotation {name!r}{alike}", where=docname,
                           remedy="give the label of an annotation, or what follows # in the link to it")
    return found


def within(known: Grounds, item: Item) -> tuple[Item, ...]:
    """Return an annotation and those inside it: who has read the box has read what it holds."""
    found = {item.anchor: item}
    for other in known.annotations(item.docname):
        if other.annotation is not None and other.annotation.parent in found:
            found[other.anchor] = other
    return tuple(found.values())


def read(known: Grounds, docname: str, around: str, name: str = "") -> Mapping[str, str]:
    """Return what one has read who read a post, or one annotation in it, as :attr:`Review.read` keeps it."""
    chosen = {item.name for item in within(known, find(known, docname, name))} if name else None
    return {part.name: part.digest for part in parts(known, docname, around) if chosen is None or part.name in chosen}


def documents(known: Grounds, docname: str, name: str = "") -> tuple[str, ...]:
    """Return the documents that hold what one has read, the post's own first."""
    items = within(known, find(known, docname, name)) if name else known.annotations(docname)
    below = {key[0] for item in items for key in known.below(item.key)}
    return (docname, *sorted(below - {docname}))


def summary(found: PostReview, came: Mapping[tuple[str, str], str]) -> Review:
    """Return what the reviews of a post come to; *came* says by which commit each came in."""
    state = found.state
    if state == "none":
        return Review(parts=len(found.parts), open=_open(found))
    whole = [line for line in last(found, "changes" if state == "objected" else "accept")
             if state == "objected" or line.review.annotation == "" or state == "reviewed"]
    line = whole[0] if whole else next(line for line in reversed(found.lines) if line.review.verdict == "accept")
    names = dict.fromkeys(one.review.by for one in whole or [line])
    return Review(state, "、".join(names), line.review.date, came.get(_place(line), ""), found.times,
                  len(found.parts), _open(found), found.objections)


def _open(found: PostReview) -> int:
    return sum(not part.by for part in found.parts)


def _place(line: Line) -> tuple[str, str]:
    return line.file, line.review.post if line.file == FILE else str(line.line)
