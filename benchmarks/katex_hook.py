"""A hook of MkDocs that sets every formula with KaTeX while the site is built, as its own users would have to write it.

MkDocs loads this file by its path; ``katex.mjs`` beside it is the one process of Node that sets them.
"""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

#: What pymdownx.arithmatex leaves of a formula: a span or a div with the TeX between the signs of its kind.
_FORMULA = re.compile(r'<(span|div) class="arithmatex">\\[(\[]([^<]*?)\\[)\]]</\1>')
_setter: list[subprocess.Popen[str]] = []  # MkDocs calls functions of a module, so the process is the module's


def on_startup(**kwargs: Any) -> None:
    """Start the process that sets formulas; ``KATEX`` is the folder of the unpacked package."""
    script = Path(__file__).with_name("katex.mjs")
    _setter.append(subprocess.Popen(["node", str(script), os.environ["KATEX"]], stdin=subprocess.PIPE,
                                    stdout=subprocess.PIPE, text=True, encoding="utf-8"))


def on_page_content(content: str, **kwargs: Any) -> str:
    """Set the formulas of a page, all at once."""
    found = [(match[1] == "div", html.unescape(match[2])) for match in _FORMULA.finditer(content)]
    if not found:
        return content
    into, out = _setter[0].stdin, _setter[0].stdout
    assert into is not None and out is not None
    into.write(json.dumps(found) + "\n")
    into.flush()
    made = iter(json.loads(out.readline()))
    return _FORMULA.sub(lambda _: next(made), content)


def on_shutdown(**kwargs: Any) -> None:
    """End the process, and wait, so that its time is counted."""
    while _setter:
        _setter.pop().communicate()
