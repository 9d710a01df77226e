"""Write a formula in a form that MyST reads back token for token."""

from __future__ import annotations

import re

from tools.convert.escape import fence, one_line

# The environments that MyST reads without delimiters and that stand alone in LaTeX.
_TOP_LEVEL = frozenset(name + star for name in ("equation", "multline", "gather", "align", "alignat", "flalign",
                                                 "eqnarray") for star in ("", "*"))
_COMMENT = re.compile(r"(?<!\\)((?:\\\\)*)%[^\n]*(\n?)")
_DOLLAR = re.compile(r"(?<!\\)(?:\\\\)*\$")


def displayed(tex: str, *, bare: bool = False) -> str:
    """Return a displayed formula as a block of its own."""
    body = "\n".join(line.rstrip() for line in tex.split("\n") if line.strip())
    if bare and _stands_alone(body):
        return body
    if "$$" in body:
        return fence("\n" + body, "{math}")
    return f"$$\n{body}\n$$"


def _stands_alone(body: str) -> bool:
    match = re.match(r"\\begin\{(\w+\*?)\}", body)
    if not match or match[1] not in _TOP_LEVEL:
        return False
    closing = f"\\end{{{match[1]}}}"
    lines = body.split("\n")
    return lines[-1].endswith(closing) and not any(line.rstrip().endswith(closing) for line in lines[:-1])


def inline(tex: str) -> str:
    """Return a formula within a line; where dollars cannot carry it, as a role."""
    body = _one_line(tex)
    if not _DOLLAR.search(body):
        return f"${body}$"
    if "`" not in body:
        pad = " " if body.startswith(" ") or body.endswith(" ") else ""
        return f"{{math}}`{pad}{body}{pad}`"
    return f"${_inner_dollars(body)}$"


def displayed_in_line(tex: str) -> str:
    """Return a displayed formula where only a line can stand: a table cell, a heading, a term."""
    body = _one_line(tex)
    return f"$${_inner_dollars(body) if '$' in body else body}$$"


def _one_line(tex: str) -> str:
    """Put a formula on one line; a comment would swallow the next line, so it goes."""
    without = _COMMENT.sub(lambda match: f"{match[1]}\n" if match[2] else match[0], tex)
    body = one_line(without).strip()
    return body + " " if re.search(r"(?<!\\)(?:\\\\)*\\\Z", body) else body


def _inner_dollars(body: str) -> str:
    r"""Spell dollars within ``\text{...}`` as ``\(...\)``, which means the same there."""
    parts = re.split(r"(?<!\\)\$", body)
    if len(parts) % 2 == 0:
        return body.replace("$", r"\$")
    return "".join(part if i % 2 == 0 else rf"\({part}\)" for i, part in enumerate(parts))
