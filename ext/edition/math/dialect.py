r"""Write TeX as MathJax accepts it in the dialect that the engine ``math-core`` accepts.

Each rule is general (a command, an environment, a kind of argument) and leaves what the formula says as it
is. What has no equivalent stays, so that the engine names it. Damage to a source is not mended here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from ext.edition.math import diagrams
from ext.edition.math.display import after_break, environment_end
from ext.edition.math.tex import Macro, argument, closing, option, skip_space, tokens, without_comments
from ext.edition.site import colours

#: Commands for which the engine has another name, or which it can express: given to it as macros.
MACROS: Mapping[str, str] = {
    "pmb": r"\boldsymbol{#1}", "mathbfit": r"\boldsymbol{#1}", "bold": r"\mathbf{#1}",
    "dotsb": r"\cdots", "dotsm": r"\cdots", "dotsi": r"\cdots", "dotsc": r"\ldots", "dotso": r"\ldots",
    "smash": "{#1}", "llap": "{#1}", "rlap": "{#1}", "clap": "{#1}", "vcenter": "{#1}",
    "mathllap": "{#1}", "mathrlap": "{#1}", "mathclap": "{#1}", "ensuremath": "{#1}", "mit": "",
    "strut": r"\vphantom{(}", "mathstrut": r"\vphantom{(}", "hfill": r"\quad", "hfil": r"\quad",
    "widebar": r"\overline{#1}", "varlimsup": r"\overline{\lim}", "varliminf": r"\underline{\lim}",
    "varinjlim": r"\underrightarrow{\lim}", "varprojlim": r"\underleftarrow{\lim}",
    "intop": r"\int", "smallint": r"\int", "sech": r"\operatorname{sech}", "csch": r"\operatorname{csch}",
    "Colon": r"\mathrel{::}", "upalpha": r"\alpha", "euro": "€", "AA": "Å",
    "defeq": r"\coloneqq", "Perp": r"\perp",
    "relax": "", "allowbreak": "", "nobreak": "", "displaylimits": "",
}  # fmt: skip

#: Commands that are dropped with that many arguments: they set size, place, style or a link, or name.
DROPPED: Mapping[str, int] = {
    **dict.fromkeys(("\\tiny", "\\scriptsize", "\\footnotesize", "\\small", "\\normalsize", "\\large",
                     "\\Large", "\\LARGE", "\\huge", "\\Huge", "\\notag", "\\nonumber"), 0),
    **dict.fromkeys(("\\style", "\\class", "\\cssId", "\\href", "\\uproot", "\\leftroot", "\\label",
                     "\\raisebox", "\\colorbox"), 1),
    **dict.fromkeys(("\\rule", "\\Rule", "\\fcolorbox"), 2),
}
_TEXT = {name: name for name in ("\\text", "\\textbf", "\\textit", "\\textrm", "\\textsf", "\\texttt",
                                 "\\textnormal")} | {"\\mbox": "\\text", "\\hbox": "\\text"}  # fmt: skip
_ENVIRONMENTS = {
    "split": "aligned", "alignedat": "aligned", "align": "aligned", "alignat": "aligned",
    "flalign": "aligned", "xalignat": "aligned", "gather": "gathered", "smallmatrix": "subarray",
    "equation": "", "displaymath": "", "math": "", "multline": "multline*",
}  # fmt: skip
#: Environments with an argument before their rows that the engine doesn't know.
_WITH_COUNT = frozenset({"alignedat", "alignat", "xalignat"})
_PLAIN_TABLES = {
    "\\cases": "cases", "\\matrix": "matrix", "\\pmatrix": "pmatrix", "\\eqalign": "aligned",
    "\\displaylines": "gathered", "\\substack": "subarray",
}  # fmt: skip
_ANGLES = {"<": "\\langle", ">": "\\rangle"}
_SIZED = ("\\left", "\\right", "\\middle", *(f"\\{size}{side}" for size in ("big", "Big", "bigg", "Bigg")
                                           for side in ("", "l", "r", "m")))
_UNARY = frozenset({"\\operatorname", "\\mathrm", "\\text", "\\textrm", "\\rm", "\\mbox", "\\hbox"})
#: A rule reads from a position in tokens (in a display or not): what it writes, and the position after.
_Rule = Callable[[list[str], int, bool], tuple[list[str], int] | None]


def translate(tex: str, *, display: bool = False) -> str:
    """Write one formula in the engine's dialect."""
    source = without_comments(_protected_text(tokens(tex)))
    result = "".join(_rewrite(source, display))
    return _stacked(result) if display else result


def with_macros(tex: str, macros: Mapping[str, Macro]) -> str:
    r"""Put the definitions that a formula uses, and those they use, before it as ``\def``."""
    if not any(name in tex for name in macros):
        return tex
    source = _operators_expanded(tokens(tex), macros)
    wanted = used(source, macros)
    defaults = {name: macro for name, macro in wanted.items() if macro.default is not None}
    prefix = "".join(
        rf"\def{macro.name}{''.join(f'#{n + 1}' for n in range(macro.arguments))}{{{macro.body}}}"
        for macro in sorted(wanted.values(), key=lambda macro: macro.name)
    )
    return prefix + (_with_defaults(source, defaults) if defaults else "".join(source))


def used(source: list[str], macros: Mapping[str, Macro]) -> dict[str, Macro]:
    """Return the macros that a formula uses, and those they use."""
    wanted: dict[str, Macro] = {}
    todo = [source]
    while todo:
        for name in dict.fromkeys(todo.pop()):
            if name in macros and name not in wanted:
                wanted[name] = macros[name]
                todo.append(tokens(macros[name].body))
    return wanted


def _operators_expanded(source: list[str], macros: Mapping[str, Macro]) -> list[str]:
    r"""Write out macros that are operators: whether ``\limits`` follows decides how they are set."""
    if not any(piece in macros for piece in source):
        return source
    return [
        part
        for piece in source
        for part in (
            [*tokens(macros[piece].body), " "]
            if piece in macros and not macros[piece].arguments and "\\mathop" in macros[piece].body
            else [piece]
        )
    ]


def _with_defaults(source: list[str], macros: Mapping[str, Macro]) -> str:
    """Write the optional first argument of macros in braces, or the default where there is none."""
    result: list[str] = []
    at = 0
    while at < len(source):
        result.append(source[at])
        at += 1
        if result[-1] in macros:
            given, at = option(source, at)
            result += ["{", *(given if given is not None else [macros[result[-1]].default or ""]), "}"]
    return "".join(result)


def _protected_text(source: list[str]) -> list[str]:
    """Escape ``%`` inside text arguments, where it is a character and begins no comment."""
    if "%" not in source:
        return source
    result = list(source)
    at = 0
    while at < len(source):
        if source[at] in _TEXT:
            start = skip_space(source, at + 1)
            if start < len(source) and source[start] == "{" and (end := closing(source, start)) is not None:
                result[start:end] = ["\\%" if piece == "%" else piece for piece in source[start:end]]
                at = end
        at += 1
    return result


def _rewrite(source: Sequence[str], display: bool) -> list[str]:
    """Apply the rules from left to right; a rule rewrites the arguments it takes."""
    source = list(source)
    if _RULES.keys().isdisjoint(source):
        return source
    result: list[str] = []
    at = 0
    while at < len(source):
        piece = source[at]
        done = rule(source, at, display) if (rule := _RULES.get(piece)) else None
        if done is None:
            result.append(piece)
            at += 1
        else:
            result += done[0]
            at = done[1]
    return result


def _drop(source: list[str], at: int, display: bool) -> tuple[list[str], int] | None:
    count, end = DROPPED[source[at]], at + 1
    if count:
        _, end = option(source, end)
    for _ in range(count):
        if (read := argument(source, end)) is None:
            return None
        end = read[1]
    if source[at] in {"\\colorbox", "\\fcolorbox"}:
        shifted = _text(["\\text", *source[end:]], 0, display)
        return None if shifted is None else (shifted[0], end + shifted[1] - 1)
    return [], end


def _tag(source: list[str], at: int, display: bool) -> tuple[list[str], int] | None:
    """Keep the tags that rows carry, which are already plain; drop any other."""
    starred = at + 1 < len(source) and source[at + 1] == "*"
    read = argument(source, at + 1 + starred)
    if read is None:
        return None
    text = "".join(read[0])
    return ([rf"\tag*{{{text}}}"] if re.fullmatch(r"z\d+z", text) else []), read[1]


def _text(source: list[str], at: int, display: bool) -> tuple[list[str], int] | None:
    r"""Split ``\text{if $x$}`` into text and math, and escape what is plain inside a text."""
    read = argument(source, at + 1)
    if read is None:
        return None
    command = _TEXT[source[at]]
    result: list[str] = []
    parts = _split(read[0], "$")
    for position, part in enumerate(parts):
        if position % 2:
            result += ["{", *_rewrite(part, False), "}"]
        elif part or position == 0:
            result += [command, "{", *(_ESCAPED.get(piece, piece) for piece in part), "}"]
    return (["{", *result, "}"] if len(parts) > 1 else result), read[1]


_ESCAPED = {"_": "\\_", "&": "\\&", "#": "\\#", "^": "＾", "\\textbackslash": "＼"}


def _split(source: Sequence[str], separator: str) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for piece in source:
        if piece == separator:
            parts.append([])
        else:
            parts[-1].append(piece)
    return parts


def _operator(source: list[str], at: int, display: bool) -> tuple[list[str], int] | None:
    r"""Write ``\mathop{…}`` as an operator name, or set its limits below and above by hand."""
    read = argument(source, at + 1)
    if read is None:
        return None
    inner, end = read
    if (name := _name(inner)) is not None:
        return ["\\operatorname*", "{", name, "}"], end
    after = skip_space(source, end)
    placed = source[after] if after < len(source) and source[after] in {"\\limits", "\\nolimits"} else ""
    base = ["\\mathop", "{", *_rewrite(inner, display), "}"]
    end = after + 1 if placed else end
    if placed == "\\nolimits" or not (placed or display):
        return base, end
    for _ in range(2):
        after = skip_space(source, end)
        if after >= len(source) or source[after] not in "_^" or (read := argument(source, after + 1)) is None:
            break
        command = "\\underset" if source[after] == "_" else "\\overset"
        base = [command, "{", *_rewrite(read[0], display), "}", "{", *base, "}"]
        end = read[1]
    return base, end


def _name(inner: Sequence[str]) -> str | None:
    r"""Return the letters of an operator that is only text (``\text{arg min}``, ``\rm Tr``), else None."""
    text = "".join(piece for piece in inner if piece not in _UNARY and piece not in "{}*")
    text = re.sub(r"\\[ ,;:]|~", r"\\,", re.sub(r"(?<!\\)\s+", r"\\,", text.strip()))
    return text if re.fullmatch(r"(?:[^\W_]|[-.]|\\,)+", text) else None


def _colour(source: list[str], at: int, display: bool) -> tuple[list[str], int] | None:
    r"""Read ``\color{c}{x}`` as MathJax does (x alone is coloured); name colours as the engine does."""
    if at + 1 < len(source) and source[at + 1] == "[":
        return None
    if (read := argument(source, at + 1)) is None:
        return None
    name = "".join(read[0]).strip()
    known = colours.switch(name)
    if source[at] == "\\color" and not (read[1] < len(source) and source[read[1]] == "{"):
        return [known], read[1]
    if (body := argument(source, read[1])) is None:
        return None
    return ["{", known, *_rewrite(body[0], display), "}"], body[1]


def _bold(source: list[str], at: int, display: bool) -> tuple[list[str], int] | None:
    """Make digits and script capitals bold, which the engine leaves upright."""
    if (read := argument(source, at + 1)) is None:
        return None
    inner = "".join(_rewrite(read[0], display))
    inner = re.sub(r"\\mathcal\s*\{([A-Z])\}|\\mathcal\s*([A-Z])",
                   lambda match: chr(0x1D4D0 + ord(match[1] or match[2]) - ord("A")), inner)
    if re.fullmatch(r"[\d.]+", inner):
        return [rf"\mathbf{{{inner}}}"], read[1]
    return [rf"\boldsymbol{{{inner}}}"], read[1]


def _delimiter(source: list[str], at: int, display: bool) -> tuple[list[str], int] | None:
    """Name the angle brackets behind a size command."""
    after = skip_space(source, at + 1)
    if after < len(source) and source[after] in _ANGLES:
        return [source[at], _ANGLES[source[after]], " "], after + 1
    return None


def _box(source: list[str], at: int, display: bool) -> tuple[list[str], int] | None:
    r"""Draw a ``\bbox`` with a border as a box; its colours and spacing are dropped."""
    given, end = option(source, at + 1)
    if (read := argument(source, end)) is None:
        return None
    command = ["\\boxed"] if "border" in "".join(given or []) else []
    return [*command, "{", *_rewrite(read[0], display), "}"], read[1]


def _character(source: list[str], at: int, display: bool) -> tuple[list[str], int] | None:
    r"""Write ``\unicode{x41}`` as its character, unless that is a control character."""
    _, end = option(source, at + 1)
    read = argument(source, end)
    code = "" if read is None else "".join(read[0]).strip()
    if read is None or not re.fullmatch(r"x[0-9A-Fa-f]{2,5}|\d{2,6}", code):
        return None
    point = int(code[1:], 16) if code[0] == "x" else int(code)
    valid = point > 0xA0 and point <= 0x10FFFF and not 0xD800 <= point < 0xE000
    return ([rf"\text{{{chr(point)}}}"], read[1]) if valid or chr(point).isalnum() else None


def _break(source: list[str], at: int, display: bool) -> tuple[list[str], int] | None:
    r"""Drop the star and the length behind ``\\``."""
    return ["\\\\ "], after_break(source, at + 1)


def _plain_table(source: list[str], at: int, display: bool) -> tuple[list[str], int] | None:
    r"""Write plain TeX's ``\cases{…}`` and its like, and ``\substack``, as environments."""
    read = argument(source, at + 1)
    if read is None or source[skip_space(source, at + 1)] != "{":
        return None
    name = _PLAIN_TABLES[source[at]]
    column = "{c}" if name == "subarray" else ""
    return [rf"{{\begin{{{name}}}{column}", *_rewrite(read[0], display), rf"\end{{{name}}}}}"], read[1]


def _environment(source: list[str], at: int, display: bool) -> tuple[list[str], int] | None:
    """Give an environment the name, and its columns the letters, that the engine knows."""
    found = environment_end(source, at)
    if found is None:
        return None
    name, start, end, after = found
    body = list(source[start:end])
    if name == diagrams.NAME:
        drawn = diagrams.table(body)
        return None if drawn is None else (_rewrite(tokens("".join(drawn)), display), after)
    base = name.removesuffix("*")
    tagged = any(re.fullmatch(r"z\d+z", "".join(piece)) for piece in _tags(body))
    placed, first = option(body, 0)
    if placed is not None and "".join(placed).strip() in {"t", "b", "c", "l", "r"}:
        body = body[first:]
    if base in _WITH_COUNT and (read := argument(body, 0)) is not None:
        body = body[read[1] :]
    columns = ""
    if base in {"array", "subarray"} and (read := argument(body, 0)) is not None:
        columns, body = rf"{{{_columns(''.join(read[0]))}}}", body[read[1] :]
    elif base == "smallmatrix":
        columns = "{" + "c" * 9 + "}"
    inner = _rewrite(body, display)
    if base == "array":
        inner += _last_rule(inner, columns)
    if base == "eqnarray":
        target = "align" if tagged else "aligned"
        inner = list(_two_columns("".join(inner)))
    else:
        target = base if tagged else _ENVIRONMENTS.get(base, base if base.endswith("matrix") else name)
    if not target:
        return ["{", *inner, "}"], after
    return [rf"\begin{{{target}}}{columns}", *inner, rf"\end{{{target}}}"], after


def _last_rule(body: Sequence[str], columns: str) -> list[str]:
    r"""Fill the row that a closing ``\\hline`` begins, so that the rule reaches over all columns."""
    if re.search(r"\\(?:hline|hdashline)\s*$", "".join(body)):
        return [" &"] * (len(re.findall("[lcr]", columns)) - 1)
    return []


def _tags(body: Sequence[str]) -> list[list[str]]:
    return [read[0] for at, piece in enumerate(body) if piece == "\\tag"
            and (read := argument(body, at + 2)) is not None]


def _columns(given: str) -> str:
    r"""Keep the letters and rules of a column specification; repeat what ``*{3}{c}`` repeats."""
    given = re.sub(r"\*\s*\{?(\d)\}?\s*\{([^{}]*)\}", lambda match: match[2] * int(match[1]), given)
    given = re.sub(r"[@!><]\s*\{[^{}]*\}", "", given)
    given = re.sub(r"[pmb]\s*\{[^{}]*\}", "l", given)
    return "".join(re.findall(r"[lcr|:]", given)) or "c" * 9


def _two_columns(body: str) -> str:
    """Join the middle and right column of an ``eqnarray``."""
    return r"\\ ".join(re.sub(r"(?<!\\)&([^&]*)(?<!\\)&", r"&\1", row, count=1) for row in body.split("\\\\"))


def _stacked(tex: str) -> str:
    r"""Stack the lines of a display that breaks lines outside of any environment."""
    if "\\\\" not in tex and "&" not in tex:
        return tex
    source = tokens(tex)
    at, depth, breaks, columns = 0, 0, 0, 0
    while at < len(source):
        if source[at] == "\\begin" and (found := environment_end(source, at)) is not None:
            at = found[3]
            continue
        depth += (source[at] == "{") - (source[at] == "}")
        breaks += depth == 0 and source[at] == "\\\\"
        columns += depth == 0 and source[at] == "&"
        at += 1
    if columns:
        return rf"\begin{{aligned}}{tex}\end{{aligned}}"
    return rf"\begin{{gathered}}{tex}\end{{gathered}}" if breaks else tex


_RULES: Mapping[str, _Rule] = {
    **dict.fromkeys(DROPPED, _drop),
    **dict.fromkeys(_TEXT, _text),
    **dict.fromkeys(_PLAIN_TABLES, _plain_table),
    **dict.fromkeys(_SIZED, _delimiter),
    "\\tag": _tag, "\\mathop": _operator, "\\color": _colour, "\\textcolor": _colour, "\\bbox": _box,
    "\\boldsymbol": _bold, "\\bm": _bold, "\\unicode": _character, "\\\\": _break, "\\begin": _environment,
    "\\cr": lambda source, at, display: (["\\\\ "], at + 1),
    "\\hspace": lambda source, at, display: (
        (["\\hspace"], at + 2) if source[at + 1 : at + 2] == ["*"] else None
    ),
}  # fmt: skip
