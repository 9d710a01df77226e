"""Colours in formulas: the names that TeX sources use, and shades that can be read on any page."""

from __future__ import annotations

import re

_KNOWN = frozenset({
    "black", "blue", "brown", "cyan", "darkgray", "gray", "green", "lightgray", "lime", "magenta", "olive",
    "orange", "pink", "purple", "red", "teal", "violet", "white", "yellow",
})  # fmt: skip
#: Colours of the web that the engine doesn't know by name.
_WEB_NAMES = """
skyblue:87CEEB deepskyblue:00BFFF lightskyblue:87CEFA steelblue:4682B4 royalblue:4169E1 navy:000080
darkblue:00008B mediumblue:0000CD dodgerblue:1E90FF lightblue:ADD8E6 cornflowerblue:6495ED slateblue:6A5ACD
midnightblue:191970 aqua:00FFFF turquoise:40E0D0 darkcyan:008B8B darkred:8B0000 crimson:DC143C
firebrick:B22222 tomato:FF6347 coral:FF7F50 salmon:FA8072 orangered:FF4500 darkorange:FF8C00 maroon:800000
gold:FFD700 goldenrod:DAA520 darkgreen:006400 forestgreen:228B22 seagreen:2E8B57 limegreen:32CD32
lightgreen:90EE90 olivedrab:6B8E23 springgreen:00FF7F chocolate:D2691E sienna:A0522D tan:D2B48C indigo:4B0082
fuchsia:FF00FF hotpink:FF69B4 deeppink:FF1493 orchid:DA70D6 plum:DDA0DD darkviolet:9400D3 darkmagenta:8B008B
grey:808080 darkgrey:A9A9A9 lightgrey:D3D3D3 dimgray:696969 silver:C0C0C0 slategray:708090
"""
WEB = dict(pair.split(":") for pair in _WEB_NAMES.split())

_WRITTEN = re.compile(r"color:#([0-9A-Fa-f]{6})")
#: Luminance behind a formula at its worst: the shade of code and boxes, by day and by night.
_LIGHT, _DARK = 0.88, 0.016


def switch(name: str) -> str:
    """Return the command that switches to a colour; an unknown one stays for the engine to name."""
    code = name[1:] if name.startswith("#") else WEB.get(name.lower(), "")
    if len(code) == 3:
        code = "".join(digit * 2 for digit in code)
    if name.lower() in _KNOWN or not re.fullmatch(r"[0-9A-Fa-f]{6}", code):
        return rf"\color{{{name.lower() if name.lower() in _KNOWN else name}}}"
    return rf"\color[HTML]{{{code.upper()}}}"


def readable(mathml: str) -> str:
    """Give each colour a darker or lighter twin where it would be unreadable on a light or dark page."""
    return _WRITTEN.sub(_twins, mathml)


def _twins(match: re.Match[str]) -> str:
    given = tuple(int(match[1][at : at + 2], 16) for at in (0, 2, 4))
    light, dark = _against(given, _LIGHT, 0), _against(given, _DARK, 255)
    return f"color:light-dark({light},{dark})"


def _against(colour: tuple[int, ...], page: float, towards: int) -> str:
    """Mix a colour with black or white until it stands out from a page of that luminance (WCAG, 4.5 to 1)."""
    for step in range(11):
        mixed = tuple(round(part + (towards - part) * step / 10) for part in colour)
        low, high = sorted((_luminance(mixed), page))
        if (high + 0.05) / (low + 0.05) >= 4.5:
            break
    return "#" + "".join(f"{part:02X}" for part in mixed)


def _luminance(colour: tuple[int, ...]) -> float:
    parts = (part / 255 for part in colour)
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
