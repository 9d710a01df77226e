"""Publish only pictures that draw: by their suffix, their bytes, and an SVG drawn anew."""

from __future__ import annotations

import base64
import binascii
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

from ext.build.walks import instances
from ext.checks.findings import report
from ext.checks.outside import instead
from ext.edition.checks import svg
from ext.edition.checks.lint import Lint
from ext.edition.site.errors import EditionError
from ext.edition.site.files import write_atomic

logger = logging.getLogger(__name__)

#: Suffixes that browsers never take for anything but a picture without scripts, whatever is in the file.
RASTER = frozenset({".png", ".apng", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".bmp", ".ico"})
#: What is written into the site as it is, and may hold an SVG.
_COPIED = ("_images/*.[sS][vV][gG]", "_downloads/**/*.[sS][vV][gG]")
_DATA = re.compile(r"data:(?P<kind>[\w.+/-]*)(?:;[\w=-]+)*?(?P<base64>;base64)?,(?P<data>.*)", re.S | re.I)


def check(app: Sphinx, doctree: nodes.document) -> None:
    """Take out of a document the pictures that would do more than draw, before they are copied."""
    env, docname = app.env, app.env.current_document.docname
    for node in list(instances(doctree, nodes.image)):
        address = str(node["uri"])
        try:
            if address.lower().startswith("data:"):
                picture = svg.read(_bytes(address))
                node["uri"] = _written(picture)
            elif "://" in address or address.endswith(".*"):
                continue
            else:
                path = Path(env.relfn2path(address, docname)[1])
                if not path.is_file() or path.suffix.lower() in RASTER:
                    continue  # what is not there, others report
                if path.suffix.lower() != ".svg":
                    raise EditionError(f"has the suffix {path.suffix!r} of no picture", where=path)
                picture = svg.read(path.read_bytes())
                if picture.suffix != "svg":
                    raise EditionError("is called an SVG and is none", where=path)
        except EditionError as error:
            report(env, docname, Lint.PICTURE_REFUSED, f"{_short(address)} {error.what}", node)
            instead(node)
            continue
        if picture.lost:
            report(env, docname, Lint.PICTURE_CHANGED, f"{_short(address)} has {', '.join(picture.lost)}", node)


def _bytes(address: str) -> bytes:
    if (match := _DATA.fullmatch(address)) is None:
        raise EditionError("is no picture")
    data = unquote_to_bytes(match["data"])
    try:
        return base64.b64decode(b"".join(data.split()), validate=True) if match["base64"] else data
    except binascii.Error as error:
        raise EditionError(f"is no picture: {error}") from error


def _written(picture: svg.Picture) -> str:
    if picture.suffix == "svg":
        return f"data:image/svg+xml,{quote(picture.data.decode())}"
    kind = {"jpg": "jpeg"}.get(picture.suffix, picture.suffix)
    return f"data:image/{kind};base64,{base64.b64encode(picture.data).decode()}"


def _short(address: str) -> str:
    return address if len(address) <= 60 else f"{address[:59]}…"


def redraw(app: Sphinx, error: Exception | None) -> None:
    """Draw anew every SVG that was copied into the site, however it came there."""
    if error is not None:
        return
    for path in [path for pattern in _COPIED for path in Path(app.outdir).glob(pattern)]:
        try:
            write_atomic(path, svg.redraw(path.read_bytes())[0])
        except EditionError as problem:
            path.unlink()
            logger.warning("%s is not published: %s; %s", path.name, problem.what, Lint.PICTURE_REFUSED.remedy,
                           type="zhushu", subtype=str(Lint.PICTURE_REFUSED))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the checks of pictures."""
    app.connect("doctree-read", check, priority=150)
    app.connect("build-finished", redraw, priority=100)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
