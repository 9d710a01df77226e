"""Build a copy of one of the small projects in ``tests/roots``."""

from __future__ import annotations

import io
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

ROOTS = Path(__file__).parent / "roots"


@dataclass(frozen=True)
class Built:
    """One finished build of a small project."""

    source: Path
    out: Path
    warnings: tuple[str, ...]
    written: frozenset[str]
    env: Any

    def html(self, page: str) -> str:
        """Return the text of a built page."""
        return (self.out / f"{page}.html").read_text("utf-8")


def build_root(
    root: str, work: Path, *, jobs: int = 1, out: str = "out", builder: str = "html", **overrides: Any
) -> Built:
    """Build ``root``; it is copied on the first call, so that a test can edit it before the next."""
    source, target = work / "source", work / out
    if not source.exists():
        shutil.copytree(ROOTS / root, source)
    before = _stamps(target)
    warnings = io.StringIO()
    with patch_docutils(source), docutils_namespace():
        app = Sphinx(source, source, target, work / f"{out}-doctrees", builder, confoverrides=overrides,
                     status=None, warning=warnings, parallel=jobs)
        app.build()
    text = re.sub(r"\x1b\[[\d;]*m", "", warnings.getvalue())
    after = _stamps(target)
    changed = frozenset(name for name, stamp in after.items() if before.get(name) != stamp)
    return Built(source, target, tuple(filter(str.strip, text.splitlines())), changed, app.env)


def _stamps(out: Path) -> dict[str, int]:
    special = ("search.html", "genindex.html")
    return {
        path.relative_to(out).as_posix().removesuffix(".html"): path.stat().st_mtime_ns
        for path in out.rglob("*.html") if path.name not in special
    }
