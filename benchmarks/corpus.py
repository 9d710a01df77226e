"""The posts that every builder is given: read, counted, sampled, multiplied, edited. Nothing here runs anything."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence, Set
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from ext.edition.site.errors import EditionError
from ext.edition.site.frontmatter import split

#: Where the posts of a corpus may be, the first that has any.
FOLDERS = ("legacy", "posts", ".")
#: What an edit adds: text, so that counts and the search index change as well.
EDIT = "\n\n这一段是为了量度而加上的一句话。\n"

#: One transparent pixel, in the place of a picture that a corpus names and lacks.
PIXEL = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJ"
                         "RU5ErkJggg==")
VECTOR = b'<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'

_PICTURE = re.compile(r"!\[[^\]\n]*\]\(\s*(?![a-z]+:|//|#)(?P<path>[^)\s]+)")
_FRONT = re.compile(r"\A---[ \t]*\n.*?^---[ \t]*\n", re.S | re.M)
_KEY = re.compile(r"^(?P<key>title|id|slug|source):[ \t]*(?P<quote>[\"']?)(?P<value>.*?)(?P=quote)[ \t]*$", re.M)
_HEADING = re.compile(r"^# [^\n]*?(?=[ \t]*$)", re.M)
_LAST_NUMBER = re.compile(r"(\d+)(?=\D*\Z)")
_ADDRESS_NUMBER = re.compile(r"(?<=/)\d{1,12}(?![\w.-])")


@dataclass(frozen=True, slots=True)
class Post:
    """One post as Markdown; ``name`` is its file's name without the suffix."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Size:
    """How much a corpus is: posts, the formulas that a MyST reader finds, and bytes of Markdown."""

    posts: int
    formulas: int
    bytes: int


def read_posts(corpus: Path, limit: int = 0) -> tuple[Post, ...]:
    """Return the posts of a corpus by name; with a *limit* that many, spread over all of them."""
    for name in FOLDERS:
        found = sorted((corpus / name).glob("*.md"))
        if found:
            posts = tuple(Post(path.stem, path.read_text("utf-8")) for path in found if path.stem != "README")
            return sample(posts, limit)
    raise EditionError("holds no Markdown", where=corpus,
                       remedy="name a folder of posts: legacy/*.md, posts/*.md or *.md")


def sample(posts: Sequence[Post], limit: int) -> tuple[Post, ...]:
    """Return *limit* posts at equal distances, or all."""
    if not 0 < limit < len(posts):
        return tuple(posts)
    return tuple(posts[at * len(posts) // limit] for at in range(limit))


def sound(posts: Sequence[Post]) -> tuple[Post, ...]:
    """Return the posts whose front matter is YAML: one that is not ends some builders."""
    return tuple(post for post in posts if _is_sound(post))


def _is_sound(post: Post) -> bool:
    try:
        split(post.text)
    except EditionError:
        return False
    return True


def scale(posts: Sequence[Post], times: int) -> tuple[Post, ...]:
    """Return the posts and as many copies as *times* asks for, no two with the same name, title or id."""
    numbers = frozenset(found[1] for post in posts if (found := _LAST_NUMBER.search(_source(post))))
    return (*posts, *(copy(post, number, numbers) for number in range(2, times + 1) for post in posts))


def _source(post: Post) -> str:
    front = _FRONT.match(post.text)
    return next((found["value"] for found in _KEY.finditer(front[0] if front else "") if found["key"] == "source"), "")


def copy(post: Post, number: int, numbers: Set[str] = frozenset()) -> Post:
    """Return a post that says the same under another name, title, id and address.

    The text stays: a corpus of copies has as many formulas and words as it should, but no new ones. What links to a
    post of the corpus, by one of the *numbers* in their addresses, links to that post's copy of the same number.
    """

    def led(found: re.Match[str]) -> str:
        return f"{found[0]}{number:04d}" if found[0] in numbers else found[0]

    def changed(found: re.Match[str]) -> str:
        value, quote = found["value"], found["quote"]
        if not value:
            return found[0]
        match found["key"]:
            case "title":
                value = f"{value} · {number}"
            case "source":
                value = _LAST_NUMBER.sub(rf"\g<1>{number:04d}", value)
            case _:
                value = f"{value}-{number}"
        return f"{found['key']}: {quote}{value}{quote}"

    front = _FRONT.match(post.text)
    head = front[0] if front else ""
    body = _HEADING.sub(lambda found: f"{found[0]} · {number}", post.text[len(head):], count=1)
    return Post(f"{post.name}-x{number}", _KEY.sub(changed, head) + _ADDRESS_NUMBER.sub(led, body))


def pictures(posts: Sequence[Post]) -> dict[str, bytes]:
    """Return a picture for every local one that the posts name, by its path from the folder above the posts.

    Paths that lead out of that folder are left alone.
    """
    found = {}
    for post in posts:
        for match in _PICTURE.finditer(post.text):
            named = unquote(match["path"])
            path = PurePosixPath(named.lstrip("/") if named.startswith("/") else f"posts/{named}")
            if ".." not in path.parts and path.suffix:
                found[str(path)] = VECTOR if path.suffix == ".svg" else PIXEL
    return found


def middle(posts: Sequence[Post]) -> Post:
    """Return the post of median length, which is the one that is edited."""
    return sorted(posts, key=lambda post: (len(post.text), post.name))[len(posts) // 2]


def edited(text: str) -> str:
    """Return a post with one paragraph more."""
    return text.rstrip("\n") + EDIT


def size(posts: Sequence[Post]) -> Size:
    """Count a corpus."""
    from tools.convert.inventory import inventory

    had = [inventory(post.text)[0] for post in posts]
    return Size(len(posts), sum(len(one.inline) + len(one.displayed) for one in had),
                sum(len(post.text.encode()) for post in posts))
