"""Ask and answer what the annotations of a post are about; each answer is one change that can be undone.

A change touches the line of an annotation that says what it is about and the file of answers, both or neither: what is
to be written is noted first, and whoever comes next finishes it.
"""

from __future__ import annotations

import datetime
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from ext.edition.audit import reviews
from ext.edition.links import answers, open_questions
from ext.edition.links.answers import Answer, Question, Says
from ext.edition.links.open_questions import Left
from ext.edition.math.equation import dead_names
from ext.edition.posts import leads
from ext.edition.posts.blocks import blocks
from ext.edition.posts.units import Unit, aimed, equations, units
from ext.edition.site.errors import EditionError
from ext.edition.site.files import write_atomic
from tools import posts
from tools.edits import Post, open_post
from tools.workspace import Workspace

#: In the cache: the change that is being written.
NOTED = "attach.json"


class Noted(msgspec.Struct, frozen=True):
    """A change: the path of each file from the source folder, what it held and what it is to hold; None for no file."""

    files: dict[str, tuple[str | None, str | None]]


@dataclass(slots=True)
class Session:
    """The answers of one person: what was changed, the last of it first to be undone."""

    place: Workspace
    by: str
    done: list[tuple[Path, Noted]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Finish what a killed command had begun."""
        finish(self.place)

    @property
    def answered(self) -> int:
        """How many answers were given and not taken back; a cut is none."""
        return sum(answers.FILE in noted.files for _, noted in self.done)

    def asked(self, path: Path) -> tuple[Question, ...]:
        """Return the questions of a post that nobody has answered."""
        return questions(self.place, path)

    def answer(self, path: Path, question: Question, says: Says) -> None:
        """Remember an answer, and write the target that it gives the piece."""
        post = open_post(path)
        body = post.body
        if says in answers.WRITES:
            unit = _same(body, question.unit, path)
            body = aimed(post.body, unit, answers.WRITES[says], question.equation.name)
            if _original(body) != _original(post.body):
                raise EditionError("the target cannot be written without touching the original", where=path,
                                   remedy=f"write it by hand, at line {unit.opening + post.offset + 1}")
        given = Answer(key(self.place, post), question.equation.name, question.unit.digest, says, self.by,
                       datetime.date.today().isoformat())
        known = [one for one in answers.load(self.place.source)
                 if (one.post, one.equation, one.unit) != (given.post, given.equation, given.unit)]
        self._change(path, {path: post.head + body, self.place.source / answers.FILE: answers.text([*known, given])})

    def split(self, path: Path, question: Question) -> None:
        """Cut the piece of a question in two, at the lead of the display that is shown."""
        post = open_post(path)
        unit = _same(post.body, question.unit, path)
        lead = leads.before(post.body, unit, question.proposal.match.display)
        if lead is None:
            raise EditionError("it has no other lead to be cut at", where=path,
                               remedy=f"write it by hand, at line {unit.opening + post.offset + 1}")
        body = leads.cut(post.body, unit, lead.line)
        if _original(body) != _original(post.body):
            raise EditionError("it cannot be cut without touching the original", where=path,
                               remedy=f"write it by hand, at line {unit.opening + post.offset + 1}")
        self._change(path, {path: post.head + body})

    def undone(self) -> Path | None:
        """Take the last answer or cut back, byte by byte; return the post, None when there is nothing to take back."""
        if not self.done:
            return None
        path, last = self.done[-1]
        _write(self.place, Noted({name: (after, before) for name, (before, after) in last.files.items()}))
        self.done.pop()
        return path

    def close(self) -> None:
        """Note what is left to ask of the posts that were answered."""
        changed = dict.fromkeys(path for path, _ in self.done)
        if changed:
            note(self.place, {path: len(self.asked(path)) for path in changed})

    def _change(self, post: Path, texts: dict[Path, str]) -> None:
        source = self.place.source.resolve()
        files: dict[str, tuple[str | None, str | None]] = {}
        for path, after in texts.items():
            before = path.read_bytes().decode() if path.is_file() else None
            if before is not None and path.suffix == ".md" and "\r\n" in before:
                after = after.replace("\r\n", "\n").replace("\n", "\r\n")
            if before != after:
                files[path.resolve().relative_to(source).as_posix()] = (before, after)
        noted = Noted(files)
        _write(self.place, noted)
        self.done.append((post, noted))


def questions(place: Workspace, path: Path) -> tuple[Question, ...]:
    """Return the questions of a post that nobody has answered."""
    post = open_post(path)
    if unsettled(post):
        return ()
    return answers.questions(key(place, post), equations(post.body, dead_names(post.meta)), units(post.body),
                             answers.load(place.source))


def note(place: Workspace, counted: Mapping[Path, int]) -> None:
    """Write down what is left to ask of some posts, for the audit: it shows it as long as text and answers stay."""
    said = answers.load(place.source)
    left = dict(open_questions.load(place.source))
    for path, count in counted.items():
        post = open_post(path)
        name = key(place, post)
        left[name] = Left(name, open_questions.digest(reviews.digest(post.body), name, said), count,
                          datetime.date.today().isoformat())
    write_atomic(place.source / open_questions.FILE, open_questions.text(left.values()))


def unsettled(post: Post) -> bool:
    """Whether nobody has said which text of a post is the original's: then nobody knows what is to be explained."""
    return post.meta.get("layers") == "unknown"


def queue(place: Workspace, paths: Sequence[Path]) -> Iterator[tuple[Path, tuple[Question, ...]]]:
    """Yield the posts that have questions, those that attach the most equations a minute first; note how many."""
    found = [(path, questions(place, path)) for path in paths]
    note(place, {path: len(asked) for path, asked in found if not unsettled(open_post(path))})
    yield from sorted(((path, asked) for path, asked in found if asked),
                      key=lambda one: (-answers.worth(one[1]), one[0]))


def key(place: Workspace, post: Post) -> str:
    """Return the name by which answers know a post."""
    return str(post.meta.get("id") or posts.docname(place, post.path))


def name_of(place: Workspace) -> str:
    """Return the name that git knows the person by."""
    asked = subprocess.run(["git", "config", "user.name"],  # noqa: S607 - the git that the person works with
                           cwd=place.root, capture_output=True, text=True, check=False)
    if not asked.stdout.strip():
        raise EditionError("nobody knows who answers", where=place.root,
                           remedy="give --by NAME, or set user.name in git")
    return asked.stdout.strip()


def finish(place: Workspace) -> None:
    """Write what a killed command had noted and not written; a file that somebody changed since is left alone."""
    path = place.cache / NOTED
    if not path.is_file():
        return
    try:
        noted = msgspec.json.decode(path.read_bytes(), type=Noted)
    except msgspec.DecodeError:
        path.unlink()  # killed before it was noted: nothing was written
        return
    _put(place, noted)
    path.unlink()


def _write(place: Workspace, noted: Noted) -> None:
    place.cache.mkdir(exist_ok=True)
    write_atomic(place.cache / NOTED, msgspec.json.encode(noted))
    _put(place, noted)
    (place.cache / NOTED).unlink()


def _put(place: Workspace, noted: Noted) -> None:
    for name, (before, after) in noted.files.items():
        path = place.source.resolve() / name
        now = path.read_bytes().decode() if path.is_file() else None
        if now == after:
            continue
        if now != before:
            raise EditionError("was changed while an answer was being written", where=path,
                               remedy=f"look at it; then delete {place.cache / NOTED} and run the command again")
        if after is None:
            path.unlink()
        else:
            write_atomic(path, after)


def _same(body: str, wanted: Unit, path: Path) -> Unit:
    """Return a piece as it stands now: the lines above it may have changed since the question was asked."""
    alike = [one for one in units(body) if one.digest == wanted.digest and one.title == wanted.title]
    if not alike:
        raise EditionError(f"the piece {wanted.title!r} is not what it was", where=path, remedy="ask again")
    return min(alike, key=lambda one: abs(one.first - wanted.first))


def _original(body: str) -> list[str]:
    return [block.text for block in blocks(body) if not block.annotation]
