"""Where an edition's files are: what every command that works on an edition starts from."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from ext.edition.site import config
from ext.edition.site.config import Edition


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
    """Return the edition in *folder*; its sources are in ``source/`` or, without one, in the folder itself."""
    folder = folder.resolve()
    source = folder / "source" if (folder / "source").is_dir() else folder
    path = config.find(source)
    return Workspace(config.load(path), path.parent, source)
