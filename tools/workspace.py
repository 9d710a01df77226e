"""Where an edition's files are: what every command that works on an edition starts from."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ext.edition.site import config
from ext.edition.site.config import Edition
from ext.edition.site.errors import EditionError


@dataclass(frozen=True, slots=True)
class Workspace:
    """An edition on disk: its settings, the folder they lie in, and the folder of its sources."""

    edition: Edition
    root: Path
    source: Path

    @property
    def cache(self) -> Path:
        """The folder of what can be fetched or computed again; it is not committed."""
        return self.root / ".cache"

    @property
    def originals(self) -> Path:
        """The folder of the pristine originals."""
        return self.source / "originals"

    @property
    def posts(self) -> Path:
        """The folder of the posts."""
        return self.source / "posts"


def add_edition_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--edition``, the option that all commands on an edition share."""
    parser.add_argument("--edition", type=Path, default=Path(), metavar="DIR",
                        help="the folder with edition.toml (default: this folder)")


def open_edition(folder: Path) -> Workspace:
    """Return the edition in *folder*; its sources are in ``source/`` or, without one, in the folder itself.

    What is not the folder of an edition would be taken for one that has no posts.
    """
    folder = folder.resolve()
    if not folder.is_dir():
        raise EditionError("is a file, and an edition is a folder" if folder.exists() else "there is no such folder",
                           where=folder, remedy=f"give the folder that {config.FILE} lies in")
    source = folder / "source" if (folder / "source").is_dir() else folder
    path = config.find(source)
    if source not in (path.parent, path.parent / "source") and (path.parent / "source").is_dir():
        raise EditionError("is a folder inside an edition", where=folder, remedy=f"give the edition's: {path.parent}")
    return Workspace(config.load(path), path.parent, source)


def spoken(place: Workspace, words: Mapping[str, tuple[str, str]]) -> Mapping[str, str]:
    """Return words, given in Chinese and in English, in the language of an edition."""
    english = place.edition.edition.language == "en"
    return {name: pair[english] for name, pair in words.items()}
