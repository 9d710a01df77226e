r"""Read a formula as words that say what it says, whatever way it is typed.

Space, layout, fences' sizes, bold type and the many spellings of one sign disappear: ``\frac12`` and
``\dfrac{1}{2}`` are both ``frac 1 2``, ``\operatorname{msign}`` and ``\msign`` both ``msign``. Of braces those stay
that hold together an argument or a script of several words, as :data:`OPEN` and :data:`CLOSE`: the words of a formula
are its tree written in a row, and a row of words that is found in another is a part of that tree. The search page
does the same in the browser (``static/formulas/words.js``) with the same :data:`RULES`, which the index carries.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from string import ascii_letters
from typing import Any

from ext.edition.math.tex import Macro, argument, option, skip_space, tokens, without_comments

#: What stands around an argument or a script that is not one word.
OPEN, CLOSE = "«", "»"

#: Limits for hostile formulas: nested scripts, passes of macro expansion, and pieces after it.
DEPTH, PASSES, PIECES = 40, 8, 4000

_GREEK = ("alpha beta gamma delta epsilon zeta eta theta vartheta iota kappa lambda mu nu xi omicron pi rho sigma "
          "varsigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega "
          "ell imath jmath hbar")
_NOTHING = (r"{ } & ~ $ \( \) \[ \] \, \; \! \: \> \/ \quad \qquad \enspace \thinspace \medspace \thickspace "
            r"\negthinspace \tiny \small \large \Large "
            r"\displaystyle \textstyle \scriptstyle \scriptscriptstyle \limits \nolimits \notag \nonumber \hline "
            r"\boldsymbol \bm \pmb \mathbf \mathit \mathsf \mathtt \bf \it \rm \mathop \mathrel \mathbin \mathord "
            r"\boxed \mathopen \mathclose \mathpunct \ensuremath \strut \allowbreak \nobreak \relax")
_FENCES = (r"\left \right \middle \big \Big \bigg \Bigg \bigl \Bigl \biggl \Biggl \bigr \Bigr \biggr \Biggr "
           r"\bigm \Bigm \biggm \Biggm")
#: Other spellings, in pairs.
_SAME = (r"\leq le \leqslant le \geq ge \geqslant ge \neq ne \rightarrow to \longrightarrow to "
         r"\leftarrow gets \Rightarrow implies \Longrightarrow implies \Leftarrow impliedby \Longleftarrow impliedby "
         r"\Leftrightarrow iff \Longleftrightarrow iff \dots dots \ldots dots \cdots dots \dotsb dots \dotsc dots "
         r"\vdots dots \ddots dots \| || \Vert || \lVert || \rVert || \vert | \lvert | \rvert | \mid | \lbrace { "
         r"\{ { \rbrace } \} } \lbrack [ \rbrack ] \dfrac frac \tfrac frac \cfrac frac \varepsilon epsilon \ast * "
         r"\cdotp cdot \colon : \lt < \gt > \land wedge \lor vee \emptyset varnothing \intercal top \intop int "
         r"\widehat hat \widetilde tilde \overline bar \bar bar \dbinom binom \tbinom binom \Pr pr "
         r"， , 。 . ； ; ： : （ ( ） ) － - × times · cdot − - ∑ sum √ sqrt ≤ le ≥ ge ≠ ne → to ∈ in ∞ infty")

#: Commands of one argument, and of two.
_ONE = (r"\sqrt \bar \overline \hat \widehat \tilde \widetilde \vec \dot \ddot \check \breve \underline "
        r"\overrightarrow \overleftarrow \underbrace \overbrace \xrightarrow \xleftarrow \pmod \cancel")
_TWO = r"\frac \dfrac \tfrac \cfrac \binom \dbinom \tbinom \overset \underset \stackrel"
_OTHER = dict(zip(_SAME.split()[::2], _SAME.split()[1::2], strict=True))
_GROUP = {**dict.fromkeys(_ONE.split(), 1), **dict.fromkeys(_TWO.split(), 2)}

#: What both readers go by. ``skip`` are commands that go with their arguments, ``word`` those whose argument is one
#: word, ``group`` those that have arguments and how many, ``arity`` the same of the words they are read as, ``letter``
#: the alphabets, ``column`` environments whose name an argument follows.
RULES: Mapping[str, Any] = {
    "nothing": _NOTHING.split(),
    "fence": _FENCES.split(),
    "skip": {"\\label": 1, "\\tag": 1, "\\begin": 1, "\\end": 1, "\\color": 1, "\\hspace": 1, "\\vspace": 1,
             "\\phantom": 1, "\\hphantom": 1, "\\vphantom": 1, "\\textcolor": 1, "\\require": 1, "\\class": 1,
             "\\style": 1, "\\cssId": 1, "\\rule": 2},
    "word": ["\\operatorname", "\\text", "\\mathrm", "\\textrm", "\\textbf", "\\textit", "\\texttt", "\\textsf",
             "\\mbox", "\\hbox"],
    "letter": {"\\mathbb": "bb", "\\mathds": "bb", "\\mathcal": "cal", "\\mathscr": "cal", "\\mathfrak": "frak"},
    "group": _GROUP,
    "arity": {**{_OTHER.get(name, name[1:]): count for name, count in _GROUP.items()}, "root": 2, "_": 1, "^": 1},
    "column": ["array", "alignat", "alignat*", "alignedat", "tabular", "subarray"],
    "same": _OTHER,
    "variable": _GREEK.split(),
    "tail": [",", ".", ";", "\\"],
}

_COMMAND = re.compile(r"\\[A-Za-z]+")
_LENGTH = re.compile(r"\s*-?[0-9.]+\s*[a-z]{2}\s*")
_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")
_DIGITS = frozenset("123456789")
_TRANSPARENT = frozenset("^_&$")
#: What begins a script.
SCRIPTS = frozenset("^_")
#: What a formula may rename: single letters, Latin or Greek.
VARIABLES = frozenset(RULES["variable"]) | frozenset(ascii_letters)
_NOTHING_SET, _COLUMN_SET = frozenset(RULES["nothing"]), frozenset(RULES["column"])
_KINDS: Mapping[str, frozenset[str]] = {
    **{kind: frozenset(RULES[kind]) for kind in ("fence", "skip", "word", "letter", "group")},
    "break": frozenset({"\\\\"}), "script": SCRIPTS, "prime": frozenset("'")}


def words(tex: str, macros: Mapping[str, Macro] | None = None) -> tuple[str, ...]:
    """Return what ``tex`` says; ``macros`` are the definitions that hold where it stands, by name."""
    read = _read(expand(without_comments(tokens(tex)), macros or {}), 0)
    while read and read[-1] in RULES["tail"]:
        read.pop()
    return tuple(read)


def expand(source: list[str], macros: Mapping[str, Macro]) -> list[str]:
    """Replace the macros in ``source``; what does not end is left as it is after :data:`PASSES`."""
    for _ in range(PASSES):
        if len(source) > PIECES or macros.keys().isdisjoint(source):
            break
        result: list[str] = []
        at = 0
        while at < len(source):
            piece, at = source[at], at + 1
            macro = macros.get(piece)
            if macro is None:
                result.append(piece)
                continue
            given: list[list[str]] = []
            while len(given) < macro.arguments and (found := argument(source, at)) is not None:
                given.append(found[0])
                at = found[1]
            body = tokens(macro.body)
            for here, part in enumerate(body):
                if part == "#":
                    continue
                if here and body[here - 1] == "#" and part in _DIGITS:
                    result += given[int(part) - 1] if int(part) <= len(given) else []
                else:
                    result.append(part)
        source = result
    return source[:PIECES]


def _read(source: Sequence[str], depth: int) -> list[str]:
    """Read pieces into words; scripts are read in the order sub, super."""
    out: list[str] = []
    at = 0
    while at < len(source):
        piece, at = source[at], at + 1
        kind, word = _meaning(piece)
        if kind == "sign" or (kind in ("group", "script") and depth >= DEPTH):
            out.append(word)
        elif kind == "script":
            at = _scripts(source, at, piece, depth, out)
        elif kind == "group":
            at = _grouped(source, at, piece, depth, out)
        elif kind == "word":
            at = _word(source, at, out)
        elif kind == "letter":
            at = _letter(source, at, RULES["letter"][piece], out)
        elif kind == "fence":
            following = skip_space(source, at)
            at = following + 1 if following < len(source) and source[following] == "." else at
        elif kind == "break":
            at = _after_break(source, at)
        elif kind == "skip":
            at = _after_skipped(source, at, piece)
        elif kind == "prime":
            primes = 1
            while at < len(source) and source[at] == "'":
                primes += 1
                at += 1
            out.append("^")
            out.extend(_held(["prime"] * primes))
    return out


@functools.lru_cache(maxsize=4096)  # formulas are written with a few hundred
def _meaning(piece: str) -> tuple[str, str]:
    """Return how a piece is read, and the word for it where it is read as one."""
    if piece in _NOTHING_SET or piece.isspace() or (len(piece) == 2 and piece[0] == "\\" and piece[1].isspace()):
        return "nothing", ""
    return next((kind for kind, pieces in _KINDS.items() if piece in pieces), "sign"), _sign(piece)


def _held(inside: list[str]) -> list[str]:
    """Hold an argument together that is not one word."""
    return inside if len(inside) == 1 else [OPEN, *inside, CLOSE]


def _grouped(source: Sequence[str], at: int, command: str, depth: int, out: list[str]) -> int:
    """Read a command with its arguments; a root may have a degree before them."""
    out.append(_sign(command))
    if command == "\\sqrt":
        degree, at = option(source, at)
        if degree is not None:
            out[-1] = "root"
            out.extend(_held(_read(degree, depth + 1)))
    for _ in range(RULES["group"][command]):
        if (found := argument(source, at)) is None:
            break
        out.extend(_held(_read(found[0], depth + 1)))
        at = found[1]
    return at


def _sign(piece: str) -> str:
    """Return the word for one command or character."""
    if piece in RULES["same"]:
        return str(RULES["same"][piece])
    name = piece[1:] if piece[0] == "\\" and len(piece) > 1 else piece
    return name if len(name) == 1 or name in VARIABLES else name.translate(_LOWER)


def _after_break(source: Sequence[str], at: int) -> int:
    r"""Return the position behind the star and the length that may follow a ``\\``."""
    at += at < len(source) and source[at] == "*"
    start = skip_space(source, at)
    if start < len(source) and source[start] == "[":
        for end in range(start + 1, min(start + 12, len(source))):
            if source[end] == "]":
                return end + 1 if _LENGTH.fullmatch("".join(source[start + 1:end])) else at
    return at


def _after_skipped(source: Sequence[str], at: int, command: str) -> int:
    """Return the position behind the arguments of a command that says nothing."""
    at += at < len(source) and source[at] == "*"
    for _ in range(RULES["skip"][command]):
        if (found := argument(source, at)) is None:
            return at
        at = found[1]
        if command == "\\begin" and "".join(found[0]).strip() in _COLUMN_SET and (
                columns := argument(source, at)) is not None:
            at = columns[1]
    return at


def _word(source: Sequence[str], at: int, out: list[str]) -> int:
    """Read the argument of a command as words; one that holds a formula is read as such."""
    start = at + (at < len(source) and source[at] == "*")
    found = argument(source, start)
    if found is None:
        return start
    if any(piece in _TRANSPARENT or _COMMAND.fullmatch(piece) for piece in found[0]):
        return start
    text = "".join(piece if piece.isspace() or len(piece) == 1 else "" for piece in found[0])
    for word in text.replace("{", "").replace("}", "").replace("~", " ").split():
        out.append(word if len(word) == 1 else word.translate(_LOWER))
    return found[1]


def _letter(source: Sequence[str], at: int, alphabet: str, out: list[str]) -> int:
    """Read the letters of an alphabet, each as a word of its own."""
    found = argument(source, at)
    if found is None or any(len(piece) > 1 or piece in _TRANSPARENT for piece in found[0]):
        return at
    out.extend(alphabet + piece for piece in found[0] if piece not in "{}" and not piece.isspace())
    return found[1]


def _scripts(source: Sequence[str], at: int, sign: str, depth: int, out: list[str]) -> int:
    """Read one script or both, whichever was typed first."""
    first = argument(source, at)
    if first is None:
        out.append(sign)
        return at
    parts: list[tuple[str, list[str]]] = [(sign, _read(first[0], depth + 1))]
    at = first[1]
    following = skip_space(source, at)
    other = "_" if sign == "^" else "^"
    if following < len(source) and source[following] == other and (
            second := argument(source, following + 1)) is not None:
        parts.append((other, _read(second[0], depth + 1)))
        at = second[1]
    for script, inside in sorted(parts, key=lambda part: part[0] == "^"):
        out.append(script)
        transposed = script == "^" and inside == ["T"]  # as most people type it
        out.extend(["top"] if transposed else _held(inside))
    return at
