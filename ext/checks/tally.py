"""A last line of every build that sums its warnings by kind: what to mend first, and whether a mistake spread."""

from __future__ import annotations

import io
import logging
from collections import Counter
from typing import TYPE_CHECKING

from sphinx.util import logging as sphinx_logging
from sphinx.util.logging import SafeEncodingWriter, WarningStreamHandler, is_suppressed_warning

from ext.site.settings import text

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

logger = sphinx_logging.getLogger(__name__)


class Tally(WarningStreamHandler):
    """Count warnings as they are shown: Sphinx holds handlers of this class back while it gathers from readers."""

    def __init__(self, app: Sphinx) -> None:
        super().__init__(SafeEncodingWriter(io.StringIO()))
        self.setLevel(logging.WARNING)
        self.app = app
        self.kinds: Counter[str] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        """Count one warning, unless it is suppressed."""
        kind, subtype = str(getattr(record, "type", "")), str(getattr(record, "subtype", ""))
        if not is_suppressed_warning(kind, subtype, self.app.config.suppress_warnings):
            self.kinds[".".join(filter(None, (kind, subtype))) or record.name.rpartition(".")[2]] += 1


def line(app: Sphinx) -> str:
    """Return the warnings of this build by kind, the most frequent first; empty when there is none."""
    handlers = logging.getLogger(sphinx_logging.NAMESPACE).handlers
    kinds = sum((one.kinds for one in handlers if isinstance(one, Tally)), Counter[str]())
    shown = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items(), key=lambda one: (-one[1], one[0])))
    head = text(app.config, f"警告共 {kinds.total()} 条：", f"{kinds.total()} warnings: ")
    return head + shown if shown else ""


def _say(app: Sphinx, error: Exception | None) -> None:
    if error is None and (said := line(app)):
        logger.info("%s", said)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Count from here on; the line is the last that a build says of itself."""
    logging.getLogger(sphinx_logging.NAMESPACE).addHandler(Tally(app))
    app.connect("build-finished", _say, priority=990)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
