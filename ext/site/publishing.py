"""Leave out of a site that is published what may not be published; the site of one's own machine holds all.

``-D publishing=1`` asks for it, as the workflows do. ``permission`` in ``edition.toml`` says that the author agreed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util import logging

from ext.edition.site import frontmatter, licence
from ext.edition.site.errors import EditionError
from ext.edition.site.files import is_own, read_text
from ext.site.settings import edition

_LOG = logging.getLogger(__name__)


def withheld(source: Path, usual: str) -> dict[str, str]:
    """Return the posts that their licence keeps from being published, by path below *source*, with the licence."""
    found = {}
    for path in sorted((source / "posts").rglob("*.md")):
        if not is_own(source, path):
            continue
        try:
            meta = frontmatter.split(read_text(path), where=path).meta
        except EditionError:  # reported when the post is read; whose it is nobody knows, so it stays at home
            found[path.relative_to(source).as_posix()] = "?"
            continue
        said = str(meta.get("licence") or meta.get("license") or ("" if meta.get("origin") == "local" else usual))
        if meta.get("origin") != "local" and licence.forbids(said):
            found[path.relative_to(source).as_posix()] = said
    return found


def leave_out(app: Sphinx, config: Config) -> None:
    """Exclude such posts from a build that is published, and say which."""
    known = edition(config).site
    if not config.publishing or known.permission:
        return
    found = withheld(Path(app.srcdir), known.licence)
    config.exclude_patterns = [*config.exclude_patterns, *(_literal(name) for name in found)]
    for name, said in found.items():
        _LOG.info("left out: %s (%s); if its author agreed, say so in site.permission of edition.toml", name, said)


def _literal(name: str) -> str:
    """Write a file name as a pattern that means itself."""
    return "".join(f"[{char}]" if char in "*?[" else char for char in name)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the setting and the leaving out."""
    # What it leaves out shows in `exclude_patterns`; where that is nothing, a build after it reads nothing again.
    app.add_config_value("publishing", False, "", types=frozenset({bool, str}))
    app.connect("config-inited", leave_out, priority=200)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
