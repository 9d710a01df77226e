"""Tell the language of a block of code."""

from __future__ import annotations

import re

from tools.convert.dom import Element, ancestors

_NAMED = re.compile(r"\A(?:language|lang|highlight-source|highlight|brush:?)-?([\w+#.-]{1,32})\Z", re.I)
_SAFE = re.compile(r"[A-Za-z][\w+#.-]{0,31}")
_NOT_LANGUAGES = frozenset({
    "highlight", "code", "sourcecode", "hljs", "chroma", "numbersource", "copy", "wrap", "plain", "block", "table",
    "default", "plaintext", "text", "none", "nohighlight", "prettyprint"})
_CODE_CLASSES = frozenset({"sourcecode", "highlight", "hljs", "src", "prettyprint"})


def language_of(pre: Element) -> str:
    """Return the language that the page names, if the highlighter knows it; else nothing."""
    inner = pre.find(".//code")
    for el in (*([inner] if inner is not None else []), pre, *ancestors(pre, 6)):
        for name in _candidates(el):
            known = _known(name.lower())
            if known:
                return known
        if el.tag in {"article", "body", "li", "blockquote"} and el is not pre:
            break
    return ""


def _candidates(el: Element) -> list[str]:
    named = [el.get(attribute) or "" for attribute in ("data-lang", "data-language", "lang")]
    names = (el.get("class") or "").split()
    named += [match[1] for match in map(_NAMED.match, names) if match]
    if el.tag == "code" or any(name.lower() in _CODE_CLASSES for name in names):
        named += names
    named += [name[4:] for name in names if name.startswith("src-")]
    return [name for name in named if _SAFE.fullmatch(name) and name.lower() not in _NOT_LANGUAGES]


def _known(name: str) -> str | None:
    from pygments.lexers import find_lexer_class_by_name
    from pygments.util import ClassNotFound

    try:
        find_lexer_class_by_name(name)
    except ClassNotFound:
        return None
    return name
