"""Read the TeX behind a picture of a formula, from the address of the renderer or from the ``alt`` text."""

from __future__ import annotations

import re
from html import escape
from urllib.parse import parse_qs, unquote, urlsplit

# Renderers that take the whole query as TeX; others name a parameter.
_WHOLE_QUERY = re.compile(
    r"codecogs\.com/|/(?:mimetex|mathtex|mathtran|texrender|latexrender|eqnrender)(?:\.cgi|\.php|\.exe)?\?"
    r"|/cgi-bin/[^?]{0,60}tex[^?]{0,60}\?|numberempire\.com/equation\.render\?|/eq\.latex\?"
    r"|forkosh\.[^?]{0,60}\?", re.I)
_PARAMETERS = (
    (re.compile(r"/latex\.php\?", re.I), "latex"), (re.compile(r"zhihu\.com/equation\?", re.I), "tex"),
    (re.compile(r"/chart\?[^?]*\bcht=tx", re.I), "chl"), (re.compile(r"render/math\?", re.I), "math"),
    (re.compile(r"math\.now\.sh|math\.vercel\.app|math-api\.51cto\.com", re.I), "from|inline"),
    (re.compile(r"/(?:tex|latex|math|equation|formula)[^/?]*\?", re.I), "tex|latex|math|formula|eq|f|val"),
)
_PICTURE = re.compile(r"-->\s*<img\b[^>]*>", re.I)
# Where tools put the pictures of formulas: the alternative text is TeX (Sphinx, org) or what tex4ht made of it.
_FOLDERS = re.compile(r"(?:^|/)(?:_images/math|ltximg|__latex)/")
_APPROXIMATE = re.compile(r"(?:^|/)[^/]+\dx\.(?:png|svg|gif)\Z")
_PATHS = re.compile(r"(?:s2cms\.(?:ru|com)|upmath\.me)/(?:svg|png)/(.+)", re.I)
# What codecogs reads before the TeX: how to draw, not what.
_DRAWING = re.compile(r"\A\s*(?:\\(?:inline|large|LARGE|huge|small|tiny|normalsize|(?:dpi|bg|fn|fg)\s*+(?:_\s*+)?"
                      r"(?:\{[^{}]*\}|[A-Za-z]+))(?![A-Za-z])\s*)+")
_ENTITIES = {"&space;": " ", "&plus;": "+", "&hash;": "#"}  # how codecogs spells what an address can't hold
# Classes that only renderers of TeX write: the alternative text is TeX. Others may be pictures about math.
_RENDERERS = frozenset({
    "latex", "tex", "texrender", "formulainl", "formuladsp", "ql-img-inline-formula", "ql-img-displayed-equation",
    "mwe-math-fallback-image-inline", "mwe-math-fallback-image-display", "mathtex-equation-editor", "latex_img",
    "gladtex", "inlinemath", "displaymath",
})
_CLASSES = frozenset({"math", "mathjax", "equation", "formula", "eq-image", "ee_img", "wp-katex-eq"})
_TEXLIKE = re.compile(r"\\[A-Za-z]+|[\^_{}=<>+]|\A\s*\$.*\$\s*\Z|\A[A-Za-z0-9'(),.\s*/|-]{1,12}\Z", re.S)


def tex_of_image(src: str, alt: str, names: frozenset[str], lazy: str = "") -> str | None:
    """Return the TeX of a formula's picture, or None for any other picture."""
    for address in (src, lazy):
        tex = _from_address(address)
        if tex:
            return tex
    if not alt.strip() or _APPROXIMATE.search(src):
        return None
    if names & _RENDERERS or _FOLDERS.search(src) or (names & _CLASSES and _TEXLIKE.search(alt)):
        return alt
    return None


def _from_address(address: str) -> str | None:
    if not address or address.startswith("data:"):
        return None
    match = _PATHS.search(address)
    if match:
        return unquote(match[1])
    card = dict(part.split("=", 1) for part in address.partition("#")[2].split("&") if "=" in part)
    if card.get("card") == "math" and card.get("code"):  # Yuque keeps the TeX behind the address
        return unquote(card["code"])
    query = address.partition("?")[2]
    if not query:
        return None
    for pattern, names in _PARAMETERS:
        if pattern.search(address):
            values = parse_qs(urlsplit(address).query, keep_blank_values=True)
            for name in names.split("|"):
                if values.get(name):
                    return values[name][0]
    if _WHOLE_QUERY.search(address):
        raw = unquote(query.removeprefix("latex=").removeprefix("tex="))
        for entity, character in _ENTITIES.items():
            raw = raw.replace(entity, character)
        return _DRAWING.sub("", raw) or None
    return None


def revealed(text: str) -> str:
    """Return a page of latex2html with the TeX of its comments in place of the pictures behind them."""
    parts: list[str] = []
    position = 0
    while (start := text.find("<!-- MATH", position)) >= 0 and (end := text.find("-->", start)) >= 0:
        picture = _PICTURE.match(text, end)
        parts.append(text[position:start])
        position = picture.end() if picture else end + 3
        if picture:
            parts.append(f'<span data-latex="{escape(text[start + 9:end].strip())}"></span>')
    return "".join([*parts, text[position:]])
