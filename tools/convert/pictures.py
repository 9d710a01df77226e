"""Read the address and the alternative text of a picture, lazy loading included."""

from __future__ import annotations

from tools.convert.dom import Element

_LAZY = ("data-src", "data-original", "data-lazy-src", "data-actualsrc", "data-url", "data-echo")


def source_of(img: Element) -> str | None:
    """Return the address of the picture itself, not of its stand-in while the page loads."""
    shown = (img.get("src") or "").strip()
    for name in _LAZY:
        value = (img.get(name) or "").strip()
        if value and not value.startswith("data:"):
            return value
    if not shown or shown.startswith("data:"):
        candidates = (img.get("srcset") or img.get("data-srcset") or "").split(",")
        last = candidates[-1].split() if candidates[-1].strip() else []
        return last[0] if last else None
    return shown


def alt_of(img: Element) -> str:
    """Return the alternative text on one line."""
    return " ".join((img.get("alt") or img.get("title") or "").split())[:500]
