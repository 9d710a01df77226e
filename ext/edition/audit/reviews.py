"""Reviews: who read what, when, what they said, and exactly which text it was.

Every reviewer has a file of lines under ``reviews/``, to which lines are only ever added: two people's reviews are in
two files, and what one person wrote in two branches is joined line by line (``merge=union`` in its ``.gitattributes``).
``reviews.yaml``, the file of earlier editions, is read as it was meant: of a whole post, accepted, by its body.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import msgspec

from ext.edition.site import yamltext
from ext.edition.site.errors import EditionError
from ext.edition.site.files import read_text, write_atomic

#: The file of earlier editions, and the folder of the files of today.
FILE, FOLDER = "reviews.yaml", "reviews"
#: What the ``.gitattributes`` of the folder says, so that what one person wrote in two branches is joined.
ATTRIBUTES = "*.jsonl merge=union\n"
#: The name, in what a review of a post has read, of the text around its annotations.
AROUND = ""
_REMEDY = "write reviews with `python -m tools review POST --by NAME`"

Said = Literal["accept", "changes", "comment", "withdraw"]
Standing = Literal["reviewed", "objected", "stale", "none"]


class Review(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One review, of a post or of one annotation in it."""

    #: An ISO day, who read it, and the id of the post (its document, if it has none).
    date: str
    by: str
    post: str
    verdict: Said = "accept"
    #: The annotation that it is of; empty for a review of the whole post.
    annotation: str = ""
    note: str = ""
    #: The commit that was checked out.
    commit: str = ""
    #: What was read: the annotations by name, and the text around them as :data:`AROUND`, each with a digest of
    #: itself and of what it rests on.
    read: dict[str, str] = {}
    #: Names by which git knows the files that were read, by document.
    files: dict[str, str] = {}
    #: In the place of ``read``, in earlier editions: :func:`digest` of the whole post.
    body: str = ""


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A review as earlier editions wrote it."""

    by: str
    date: str
    digest: str


@dataclass(frozen=True, slots=True)
class Line:
    """A review and where it is written: the file, from the source folder, and the line, from 1."""

    review: Review
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Part:
    """An annotation of a post, or the text around them, as reviews see it now: its name and its digest."""

    name: str
    digest: str
    #: Whether it is marked as stale: then it is to be read again, whatever was accepted.
    stale: bool = False


@dataclass(frozen=True, slots=True)
class PartState:
    """What reviews say of a part as it stands."""

    name: str
    state: Standing
    #: Who has accepted the present text.
    by: tuple[str, ...] = ()
    #: Who wants changes, each with the note.
    objections: tuple[tuple[str, str], ...] = ()
    #: The reviews that accepted an earlier text, the last of every reviewer.
    was: tuple[Review, ...] = ()


@dataclass(frozen=True, slots=True)
class PostReview:
    """What all reviews of a post say of it as it stands."""

    parts: tuple[PartState, ...] = ()
    #: All of them, as they are written; the last one counts where a reviewer speaks again.
    lines: tuple[Line, ...] = ()

    @property
    def times(self) -> int:
        """How many reviewers have accepted every part."""
        return min((len(part.by) for part in self.parts), default=0)

    @property
    def objections(self) -> int:
        """How many parts somebody wants changed."""
        return sum(bool(part.objections) for part in self.parts)

    @property
    def state(self) -> Standing:
        """What there is to say of the post in one word."""
        states = [part.state for part in self.parts]
        if "objected" in states:
            return "objected"
        if self.times:
            return "reviewed"
        return "stale" if {"stale", "reviewed"} & set(states) and any(
            line.review.verdict == "accept" and not line.review.annotation for line in self.lines) else "none"

    def of(self, name: str) -> PartState:
        """Return the state of one part."""
        return next((part for part in self.parts if part.name == name), PartState(name, "none"))


def digest(body: str) -> str:
    """Return a digest of a post's body; the front matter and blank space at the ends of lines do not count."""
    lines = "\n".join(line.rstrip() for line in body.strip().split("\n"))
    return hashlib.sha256(lines.encode()).hexdigest()[:16]


def path_of(by: str) -> str:
    """Return the file of a reviewer, from the source folder."""
    known = unicodedata.normalize("NFC", by).strip()
    name = "-".join(re.findall(r"[^\W_]+", known.lower())) or "reviewer"
    # Two names that are written alike, or one that no file system takes, are told apart by their digests.
    if name != known or len(name.encode()) > 100:
        name = f"{name.encode()[:80].decode(errors='ignore')}-{hashlib.sha256(known.encode()).hexdigest()[:6]}"
    return f"{FOLDER}/{name}.jsonl"


def load(source: Path) -> Mapping[str, tuple[Line, ...]]:
    """Return the reviews of every post by its id, the earliest first."""
    found: dict[str, list[Line]] = {}
    for line in (*_earlier(source), *_written(source)):
        found.setdefault(line.review.post, []).append(line)
    # Within a day the order of a file counts, which in one person's is that of writing.
    return {post: tuple(sorted(lines, key=lambda one: one.review.date)) for post, lines in found.items()}


def _earlier(source: Path) -> Iterator[Line]:
    path = source / FILE
    if not path.is_file():
        return
    text = read_text(path)
    try:
        known = msgspec.convert(yamltext.load(text, where=path) or {}, dict[str, Record])
    except msgspec.ValidationError as error:
        raise EditionError(str(error), where=path, remedy=_REMEDY) from error
    for post, one in known.items():
        yield Line(Review(one.date, one.by, post, body=one.digest), FILE, 0)


def _written(source: Path) -> Iterator[Line]:
    for path in files(source):
        name = path.relative_to(source).as_posix()
        for number, line in enumerate(path.read_bytes().splitlines(), 1):
            if not line.strip():
                continue
            try:
                yield Line(msgspec.json.decode(line, type=Review), name, number)
            except (msgspec.DecodeError, msgspec.ValidationError) as error:
                raise EditionError(f"is no review: {error}", where=f"{path}:{number}",
                                   remedy="put the line back as it was; lines are only ever added") from error


def files(source: Path) -> tuple[Path, ...]:
    """Return the files of the reviewers; one that leads out of the edition is an error."""
    found = tuple(sorted((source / FOLDER).glob("*.jsonl")))
    for path in (source / FOLDER, *found):
        if not path.resolve().is_relative_to(source.resolve()):
            raise EditionError("is a link that leads out of the edition", where=path,
                               remedy="put the file itself there")
    return found


def append(source: Path, review: Review) -> Path:
    """Write one more review into the file of its reviewer; return the file."""
    path = source / path_of(review.by)
    before = path.read_bytes() if path.is_file() else b""
    before += b"" if not before or before.endswith(b"\n") else b"\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    if not (path.parent / ".gitattributes").exists():
        write_atomic(path.parent / ".gitattributes", ATTRIBUTES)
    write_atomic(path, before + msgspec.json.encode(review) + b"\n")
    return path


def divide(source: Path, target: Path, posts: Collection[str]) -> None:
    """Write the reviews of these posts, as they are written, into the folder of the sources of another edition."""
    for path in files(source):
        lines = [line for line in path.read_bytes().splitlines(keepends=True)
                 if line.strip() and msgspec.json.decode(line, type=Review).post in posts]
        other = target / FOLDER / path.name
        other.parent.mkdir(parents=True, exist_ok=True)
        if lines:
            write_atomic(other.parent / ".gitattributes", ATTRIBUTES)
            write_atomic(other, b"".join(lines))
        else:
            other.unlink(missing_ok=True)
    known = {line.review.post: Record(line.review.by, line.review.date, line.review.body)
             for line in _earlier(source) if line.review.post in posts}
    if known:
        write_atomic(target / FILE, yamltext.dump(msgspec.to_builtins(known)))


@dataclass(slots=True)
class _Reviewer:
    """What one person has said so far, the last word on each part."""

    accepted: dict[str, tuple[str, Review]] = field(default_factory=dict)
    #: By the part, or by :data:`AROUND` for a whole post.
    objects: dict[str, Review] = field(default_factory=dict)

    def hear(self, said: Review, parts: Sequence[Part], body: str) -> None:
        """Take in what they say next."""
        names = {said.annotation: None} if said.annotation else dict.fromkeys((*said.read, *self.accepted, AROUND))
        if said.verdict == "withdraw":
            for name in (said.read or names) if said.annotation else (*names, *self.objects):
                self.accepted.pop(name, None)
                self.objects.pop(name, None)
        elif said.verdict == "changes":
            self.accepted.pop(said.annotation, None)
            self.objects[said.annotation] = said
        elif said.verdict == "accept":
            whole = {part.name: part.digest if said.body == body else "" for part in parts}
            read = whole if said.body else said.read
            self.accepted |= {name: (text, said) for name, text in read.items()}
            for name in read if said.annotation else (*read, *self.objects):
                self.objects.pop(name, None)


def standing(lines: Sequence[Line], parts: Sequence[Part], body: str) -> PostReview:
    """Return what the reviews of a post say of its *parts* as they stand; *body* is its :func:`digest`."""
    if not lines:
        return PostReview(tuple(PartState(part.name, "none") for part in parts))
    people: dict[str, _Reviewer] = {}
    for line in lines:
        people.setdefault(line.review.by, _Reviewer()).hear(line.review, parts, body)
    return PostReview(tuple(_part(part, people) for part in parts), tuple(lines))


def _part(part: Part, people: Mapping[str, _Reviewer]) -> PartState:
    by, was, objections = [], [], []
    for name, one in people.items():
        # By its text: what only moved, or is called otherwise now, has been read.
        same = next((said for text, said in one.accepted.values() if text == part.digest), None)
        if same is not None and not part.stale:
            by.append(name)
        elif same is not None or part.name in one.accepted:
            was.append(same or one.accepted[part.name][1])
        if part.name in one.objects:
            objections.append((name, one.objects[part.name].note))
    state: Standing = "objected" if objections else "reviewed" if by else "stale" if was else "none"
    return PartState(part.name, state, tuple(by), tuple(objections), tuple(was))


def last(review: PostReview, *verdicts: Said) -> Iterable[Line]:
    """Return the last line of every reviewer that has one of these verdicts, the latest first."""
    found: dict[str, Line] = {}
    for line in review.lines:
        found.pop(line.review.by, None)
        if line.review.verdict in verdicts:
            found[line.review.by] = line
    return tuple(reversed(found.values()))
