"""Start an edition in a new folder: its settings, its home page, its audit page. What is there is left alone."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

from ext.edition.site.errors import EditionError
from ext.edition.site.files import write_atomic

TEMPLATES = Path(__file__).parent / "templates"
LANGUAGES = ("zh_CN", "en")
_TITLES = {"zh_CN": "某某 · 注疏", "en": "An annotated edition"}
_FOLDERS = ("source/posts", "source/originals")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="the folder of the edition; made when it is missing")
    parser.add_argument("--title", default="", help="the title of the edition")
    parser.add_argument("--language", choices=LANGUAGES, default=LANGUAGES[0], help="of the site's own texts")


def run(args: argparse.Namespace) -> int:
    """Write what is missing and say what comes next."""
    folder: Path = args.folder
    if folder.exists() and not folder.is_dir():
        raise EditionError("is a file, not a folder", where=folder, remedy="give another name")
    for name in _FOLDERS:
        (folder / name).mkdir(parents=True, exist_ok=True)
    for name, text in files(args.title or _TITLES[args.language], args.language):
        path = folder / name
        if path.exists():
            print(f"left alone: {path}")
        else:
            write_atomic(path, text)
            print(f"wrote: {path}")
    print(f"\nNow fill in [site] and [fetch] of {folder / 'edition.toml'}, then:\n"
          f"  python -m tools fetch --edition {folder} --dry-run\n"
          f"  make html SOURCEDIR={folder / 'source'} BUILDDIR={folder / 'build'}")
    return 0


def files(title: str, language: str) -> Iterator[tuple[str, str]]:
    """Yield the name and text of every file of a new edition."""
    quoted = json.dumps(title, ensure_ascii=False)  # a TOML string where JSON's is one
    heading = " ".join(title.replace("`", "'").replace("$", "\\$").replace("{", "\\{").split())
    yield "edition.toml", _template("edition.toml").replace("@TITLE@", quoted).replace("@LANGUAGE@", language)
    yield "source/index.md", _template("index.md").replace("@HEADING@", heading)
    yield "source/audit.md", _template(f"audit.{language}.md")
    yield ".gitignore", _template("gitignore")


def _template(name: str) -> str:
    return (TEMPLATES / name).read_text("utf-8")
