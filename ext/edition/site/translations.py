"""What an edition says in another language than its own: its catalogues of messages, and how much they leave."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from babel.messages.pofile import PoFileError, read_po
from msgspec.structs import replace

from ext.edition.site.config import Edition
from ext.edition.site.errors import EditionError

#: Where the catalogues are, below ``source/``, as gettext has it.
FOLDER, MESSAGES = "locale", "LC_MESSAGES"
#: The catalogue of what ``edition.toml`` says; all others are called as the pages that they are about.
EDITION = "edition"
#: How a language is called by those who speak it.
NAMES: Mapping[str, str] = {"zh_CN": "中文", "en": "English"}
#: Characters and signs: a comma between two pieces of code is Chinese too.
_CHINESE = re.compile("[\u3001-\u303f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff01-\uff60\U00020000-\U000323af]")
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Share:
    """How many of the paragraphs, headings, cells and listings of a page say something, and are not translated."""

    total: int = 0
    left: int = 0

    def __add__(self, other: Share) -> Share:
        return Share(self.total + other.total, self.left + other.left)

    @property
    def untouched(self) -> bool:
        """Tell whether there is something to translate, and nothing is."""
        return self.left == self.total > 0


def speaks(text: str, language: str) -> bool:
    """Tell whether there is something to translate in a text of a language."""
    return (_CHINESE if language.startswith("zh") else _LETTER).search(text) is not None


def folder(source: Path, language: str) -> Path:
    """Return where the catalogues of a language are."""
    return source / FOLDER / language / MESSAGES


def languages(source: Path) -> tuple[str, ...]:
    """Return the languages that there are catalogues for."""
    return tuple(sorted(path.parent.name for path in source.glob(f"{FOLDER}/*/{MESSAGES}") if path.is_dir()))


def read(path: Path) -> dict[str, str]:
    """Return what a catalogue translates; what is marked as fuzzy was translated from another text."""
    if not path.is_file():
        return {}
    try:
        with path.open("rb") as file:
            found = read_po(file, abort_invalid=True)
    except (PoFileError, UnicodeDecodeError, ValueError) as error:
        raise EditionError(f"is no catalogue of messages: {error}", where=path,
                           remedy="mend it, or take it out of the history") from error
    return {message.id: message.string for message in found
            if isinstance(message.id, str) and isinstance(message.string, str)
            and message.id and message.string and not message.fuzzy}


def texts(edition: Edition) -> Iterator[str]:
    """Yield what ``edition.toml`` says to readers, without what has a translation of its own there (``en``)."""
    about = edition.edition
    yield from filter(None, (about.title, about.subtitle, about.description, about.author, edition.site.name,
                             edition.site.licence, *(topic.description for topic in edition.topics),
                             *(standard.name for standard in edition.standards)))


def translated(edition: Edition, messages: Mapping[str, str], language: str) -> Edition:
    """Return an edition that says in another language what :func:`texts` yields; names by which it knows things stay.

    Topics are called by their names in the front matter of posts, which is why those stay too.
    """
    def told(text: str) -> str:
        return messages.get(text, text)

    about, site = edition.edition, edition.site
    return replace(
        edition,
        edition=replace(about, title=told(about.title), subtitle=told(about.subtitle), author=told(about.author),
                        description=told(about.description), language=language),
        site=replace(site, name=told(site.name), licence=told(site.licence)),
        topics=tuple(replace(topic, description=told(topic.description)) for topic in edition.topics),
        standards=tuple(replace(one, name=told(one.name)) for one in edition.standards))


def moved(edition: Edition, language: str) -> Edition:
    """Return an edition whose address is that of a language's folder below the site."""
    about = edition.edition
    return replace(edition, edition=replace(about, url=about.url and f"{about.url.rstrip('/')}/{language}/"))
