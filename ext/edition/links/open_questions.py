"""How many questions `attach` had left for a post when it last ran, kept with a digest of what it asked about.

A build only reads this: to find the questions anew would take longer than the audit itself. A count of another text, or
of other answers, is none.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from ext.edition.links.answers import Answer
from ext.edition.site import yamltext
from ext.edition.site.errors import EditionError
from ext.edition.site.files import read_text

FILE = "questions.yaml"
_HEADER = "# What was left to ask of each post when `python -m tools attach` last ran; it writes this file.\n"


class Left(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was left of one post: its id, a digest of its text and its answers, how many questions, on which day."""

    post: str
    text: str
    open: int
    on: str


def load(source: Path) -> Mapping[str, Left]:
    """Return what was left of each post by its id; an edition without the file knows nothing."""
    path = source / FILE
    if not path.is_file():
        return {}
    try:
        known = msgspec.convert(yamltext.load(read_text(path), where=path) or [], list[Left])
    except msgspec.ValidationError as error:
        raise EditionError(str(error), where=path,
                           remedy="delete it, and run `python -m tools attach --queue`") from error
    return {one.post: one for one in known}


def text(left: Iterable[Left]) -> str:
    """Return the file, a line for a post."""
    lines = sorted({one.post: json.dumps(msgspec.to_builtins(one), ensure_ascii=False) for one in left}.items())
    return _HEADER + "".join(f"- {line}\n" for _, line in lines)


def digest(body: str, post: str, answers: Iterable[Answer]) -> str:
    """Return a digest of what the questions of a post follow from: the digest of its body, and its answers."""
    own = sorted(json.dumps(msgspec.to_builtins(one)) for one in answers if one.post == post)
    return hashlib.sha256("\n".join([body, *own]).encode()).hexdigest()[:12]
