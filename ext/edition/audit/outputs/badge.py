"""The badge: equation coverage of the edition, as endpoint JSON and as SVG."""

from __future__ import annotations

import anybadge
import msgspec

from ext.edition.audit.shares import Share
from ext.edition.audit.summary import Summary

_LABELS = {"zh_CN": "方程覆盖", "en": "equations covered"}
#: Colours from each percentage up; grey is for nothing to measure.
_COLOURS = ((0, "#e05d44"), (40, "#dfb317"), (80, "#97ca00"), (100, "#4c1"))
_NOTHING = "#9f9f9f"


def share(whole: Summary) -> Share:
    """Return what the badge shows: derived and explained, of the original's displayed equations."""
    return Share(whole.coverage.covered, whole.coverage.total)


def colour(shown: Share) -> str:
    """Return the colour of a share."""
    if not shown.of:
        return _NOTHING
    return [code for edge, code in _COLOURS if shown.count * 100 >= edge * shown.of][-1]


def to_endpoint(whole: Summary, language: str) -> bytes:
    """Return the badge in the form of shields' endpoint."""
    shown = share(whole)
    return msgspec.json.encode({"schemaVersion": 1, "label": _LABELS.get(language, _LABELS["en"]),
                                "message": shown.percent, "color": colour(shown)}) + b"\n"


def to_svg(whole: Summary, language: str) -> str:
    """Return the badge as a picture."""
    shown = share(whole)
    label = _LABELS.get(language, _LABELS["en"])
    # The package measures Latin letters; a Han character is about twice as wide.
    wide = sum(character > "\u2e80" for character in label)
    badge = anybadge.Badge(label=label, value=shown.percent, default_color=colour(shown),
                           num_label_padding_chars=0.5 + wide * 0.5)
    # The package numbers the badges of one process; the same edition has the same badge.
    badge.mask_str = "zhushu"
    return str(badge.badge_svg_text).strip() + "\n"
