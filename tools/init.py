"""Start an edition in a new folder: its settings, its home page, its audit page. What is there is left alone.

With --from, one page and one feed of the blog are looked at, or the pages saved in a folder, and edition.toml is
written for that site: its name, its feed, how the address of a post looks, which elements hold the text, the title
and the day, and the language. What was seen is printed; check it, then run `python -m tools fetch --dry-run`.

examples:
  python -m tools init my-edition --from https://blog.example/
  python -m tools init my-edition --from ~/saved --title "Notes, annotated"
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ext.edition.site.config import Fetch
from ext.edition.site.errors import EditionError
from ext.edition.site.files import write_atomic
from ext.edition.site.terminal import printable

if TYPE_CHECKING:
    from tools.survey import Proposal

TEMPLATES = Path(__file__).parent / "templates"
LANGUAGES = ("zh_CN", "en")
_TITLES = {"zh_CN": "某某 · 注疏", "en": "An annotated edition"}
_FOLDERS = ("source/posts", "source/originals")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="the folder of the edition; made when it is missing")
    parser.add_argument("--title", default="", help="the title of the edition")
    parser.add_argument("--language", choices=LANGUAGES, default=None,
                        help=f"of the site's own texts (default: as the blog's with --from, else {LANGUAGES[0]})")
    parser.add_argument("--from", dest="origin", default="", metavar="URL|FILE|DIR",
                        help="the blog: its address, a page or a feed of it, or a folder of saved pages")
    parser.add_argument("--allow-private", action="store_true",
                        help="with --from: also ask addresses of this machine and of private networks")


def run(args: argparse.Namespace) -> int:
    """Write what is missing and say what comes next."""
    folder: Path = args.folder
    if folder.exists() and not folder.is_dir():
        raise EditionError("is a file, not a folder", where=folder, remedy="give another name")
    proposal = look(args.origin, allow_private=args.allow_private) if args.origin else None
    proposed = proposal.values if proposal else {}
    language = args.language or str(proposed.get(("edition", "language"), LANGUAGES[0]))
    values = {**proposed, ("edition", "language"): language}
    for name in _FOLDERS:
        (folder / name).mkdir(parents=True, exist_ok=True)
    title = args.title or str(values.get(("site", "name"), "")) or _TITLES[language]
    for name, text in files(title, language, values):
        path = folder / name
        if path.exists():
            print(f"left alone: {path}")
        else:
            write_atomic(path, text)
            print(f"wrote: {path}")
    for line in proposal.seen if proposal else ():
        print(printable(line))
    print(f"\nNow {'check' if args.origin else 'fill in'} [site] and [fetch] of {folder / 'edition.toml'}, then:\n"
          f"  python -m tools fetch --edition {folder} --dry-run\n"
          f"  make html SOURCEDIR={folder / 'source'} BUILDDIR={folder / 'build'}")
    return 0


def look(origin: str, *, allow_private: bool) -> Proposal:
    """Return what is proposed for the blog at an address or in a file; the network is asked only for an address."""
    from tools.fetch.http import Client  # the network and the converter, which an empty edition does without
    from tools.survey import survey

    settings = Fetch(delay=1.0, retries=1)
    with Client(settings, agent="zhushu/0.1 (annotated edition)", allow_private=allow_private) as client:
        return survey(origin, client.get, max_bytes=settings.max_bytes)


def files(title: str, language: str, values: Mapping[tuple[str, str], Any] = MappingProxyType({})
          ) -> Iterator[tuple[str, str]]:
    """Yield the name and text of every file of a new edition."""
    quoted = json.dumps(title, ensure_ascii=False)  # a TOML string where JSON's is one
    heading = " ".join(title.replace("`", "'").replace("$", "\\$").replace("{", "\\{").split())
    settings = _template("edition.toml").replace("@TITLE@", quoted).replace("@LANGUAGE@", language)
    yield "edition.toml", filled(settings, values)
    yield "source/index.md", _template("index.md").replace("@HEADING@", heading)
    yield "source/audit.md", _template(f"audit.{language}.md")
    yield ".gitignore", _template("gitignore")


def filled(settings: str, values: Mapping[tuple[str, str], Any]) -> str:
    """Return the text of an ``edition.toml`` with these values by table and key; comments stay."""
    lines, table, left = [], "", dict(values)
    for line in settings.split("\n"):
        if opened := re.match(r"\[+([\w.]+)\]+", line):
            lines += _rest(table, left)
            table = opened[1]
        key = re.match(r"(?:# )?(\w+) = ", line)
        if key and (table, key[1]) in left:
            comment = re.search(r"(?<! )  +# .*", line)
            line = f"{key[1]} = {_toml(left.pop((table, key[1])))}{comment[0] if comment else ''}"
        lines.append(line)
    return "\n".join([*lines, *_rest(table, left)])


def _rest(table: str, left: dict[tuple[str, str], Any]) -> list[str]:
    """Return lines for the values of a table that the template has no line for."""
    return [f"{key} = {_toml(left.pop((owner, key)))}" for owner, key in list(left) if owner == table]


def _toml(value: Any) -> str:
    if isinstance(value, str) and "\\" in value and "'" not in value:
        return f"'{value}'"
    return json.dumps(value, ensure_ascii=False)  # a TOML value where JSON's is one


def _template(name: str) -> str:
    return (TEMPLATES / name).read_text("utf-8")
