"""What an output folder holds, page by page: it says of a page that is being written that it may be half written.

A build that is killed leaves pages half written, and newer than their sources. So what a page shows is struck off
before it is written and noted again when the build is done: whatever was in between is written anew. The ledgers
are kept beside the output, not in the environment, because builders that share doctrees have an output each.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sphinx.application import Sphinx

from ext.edition.site.files import read_state, write_atomic

FOLDER = ".views"


@dataclass(frozen=True, slots=True)
class Ledger:
    """The digests of what the pages of one output folder show, by the names of the pages."""

    path: Path

    def read(self) -> dict[str, str]:
        """Return the digests; that of a page that may be half written is empty."""
        return read_state(self.path, dict[str, str]) or {}

    def begin(self, now: Mapping[str, str], gone: frozenset[str] = frozenset()) -> set[str]:
        """Strike off, before anything is written, the pages that changed or are *gone*; return them.

        A page that shows nothing any more has changed too.
        """
        before = self.read()
        changed = {name for name in now.keys() | before.keys() if now.get(name) != before.get(name)} | gone
        if changed:
            self._write(before | dict.fromkeys(changed, ""))
        return changed

    def finish(self, now: Mapping[str, str]) -> set[str]:
        """Note, when everything is written, what there is; return the names of what is there no longer."""
        before = self.read()
        self._write(now)
        return before.keys() - now.keys()

    def _write(self, digests: Mapping[str, str]) -> None:
        write_atomic(self.path, json.dumps(dict(sorted(digests.items())), ensure_ascii=False, indent=0))


def ledger(app: Sphinx, name: str) -> Ledger:
    """Return the ledger *name* of the output folder."""
    return Ledger(Path(app.outdir) / FOLDER / f"{name}.json")
