r"""Read a page's own settings of MathJax or KaTeX: what counts as math in its text, and where.

The settings are JavaScript, which is read for a few words and never run; the class patterns in them are taken as lists
of names, because a page's regular expression could keep us for ever.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tools.convert.dom import Element, classes

_IGNORED = frozenset({"tex2jax_ignore", "mathjax_ignore", "no-mathjax", "nolatex", "asciimath2jax_ignore"})
# What generators call their formulas: math even within what is ignored.
_PROCESSED = frozenset({"tex2jax_process", "mathjax_process", "math", "arithmatex", "process-math", "math-container"})
_CLASS_LIST = re.compile(r"""\b(ignore|process)(?:Html)?Class["']?\s*:\s*["']([^"'\n]{0,500})["']""")
_IGNORED_LIST = re.compile(r"""\bignoredClasses["']?\s*:\s*\[([^\]]{0,500})\]""")


@dataclass(frozen=True, slots=True)
class Delimiters:
    """What counts as math in the text of one page, and where."""

    dollars: bool | None = None  # None: the page does not say, so a dollar must look like math
    escapes: bool = True  # a backslash before a dollar makes it a plain dollar
    code: bool = False  # formulas within <code> count, as the page's settings say
    references: bool = True
    ignored: frozenset[str] = _IGNORED  # classes whose text is no math
    processed: frozenset[str] = _PROCESSED  # classes whose text is math again
    everywhere: bool = True  # whether text without any of these classes counts

    def ignores(self, el: Element, ignored: bool) -> bool:
        """Tell whether the text of an element is no math, where that of its parent is ``ignored``."""
        names = classes(el)
        return (ignored or bool(names & self.ignored)) and not names & self.processed if names else ignored


def detect(root: Element) -> Delimiters:
    """Read the settings that stand in the page itself."""
    scripts = "\n".join(s.text or "" for s in root.iter("script") if s.text and "math/" not in (s.get("type") or ""))
    dollars: bool | None = None
    config = re.search(r"inlineMath\b.{0,200}", scripts, re.S)
    if config:
        dollars = bool(re.search(r"""\[\s*(["'])\$\1\s*,""", config[0]))
    elif re.search(r"""left["']?\s*:\s*(["'])\$\1""", scripts):
        dollars = True
    elif "renderMathInElement" in scripts and re.search(r"delimiters[\"']?\s*:", scripts):
        dollars = False
    escapes = not re.search(r"processEscapes[\"']?\s*:\s*false", scripts)
    skip = re.search(r"(?:skipTags|skipHtmlTags|ignoredTags)[\"']?\s*:\s*\[([^\[\]]*)\]", scripts)
    code = bool(skip) and "code" not in re.findall(r"\w+", skip[1]) if skip else any(
        "math-code" in (s.get("src") or "") for s in root.iter("script"))  # blogdown's: <code>$x$</code> is math
    named: dict[str, set[str]] = {"ignore": set(), "process": set()}
    for kind, names in _CLASS_LIST.findall(scripts):
        named[kind].update(names.lower().split("|"))
    named["ignore"].update(name.lower() for listed in _IGNORED_LIST.findall(scripts)
                           for name in re.findall(r"[\w-]+", listed))
    return Delimiters(dollars, escapes, code, ignored=_IGNORED | named["ignore"],
                      processed=_PROCESSED | named["process"], everywhere=".*" not in named["ignore"])
