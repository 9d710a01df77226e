"""Write text so that MyST shows it as text: nothing that was fetched can become syntax."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

_ANYWHERE = re.compile(
    r"[\\`*\[\]{$]"  # escapes, code, emphasis, links and footnotes, roles, attributes, substitutions, math
    r"|__+|(?<![^\W_])_|_(?![^\W_])"  # an underscore within a word is plain
    r"|<(?=[A-Za-z/!?]|\Z)|&(?=#?\w{1,40};)|!(?=\[|\Z)")
_LINE_START = re.compile(
    r"\#{1,6}(?=\s|\Z)"  # heading
    r"|[>%|~:]"  # quote, comment, table, code fence or definition, colon fence or definition
    r"|[-+](?=\s|\Z)|-(?=[-|:\s]*\Z)|--|\+\+|=+(?=\s*\Z)")  # list, rule, table ruler, block break, setext heading
_NUMBERED = re.compile(r"(\d{1,9})([.)])(?=\s|\Z)")
_SCHEMES = frozenset({"http", "https", "mailto"})
_UNSAFE_IN_ADDRESS = re.compile(r"[\x00-\x20\x7f-\xa0<>\\`\"{}|^()\[\]\u2028\u2029]")


def escape(text: str) -> str:
    """Escape what could be syntax wherever it stands in a line."""
    return _ANYWHERE.sub(lambda match: "".join("\\" + c for c in match[0]), text)


def guard(line: str) -> str:
    """Escape what could be syntax only at the start of a line."""
    bare = line.strip()  # as the reader does it that looks for targets: of all that Unicode calls a space
    if bare.startswith("(") and bare.endswith(")="):
        return line.replace("(", "\\(", 1)
    rest = line.lstrip()  # containers leave such spaces out, too
    if _LINE_START.match(rest):
        return f"{line[:len(line) - len(rest)]}\\{rest}"
    return line[:len(line) - len(rest)] + _NUMBERED.sub(r"\1\\\2", rest, count=1) if _NUMBERED.match(rest) else line


def entity(character: str) -> str:
    """Spell a character so that emphasis marks next to it see punctuation."""
    return f"&#x{ord(character):X};"


def absolute(address: str | None, base: str | None) -> str | None:
    """Return the absolute address of a link, or None if it is none that a reader may follow.

    Scripts, data, files and the schemes that MyST resolves itself are none.
    """
    address = re.sub(r"[\x00-\x1f\x7f]+", "", address or "").strip()  # as browsers do before they see a scheme
    if not address:
        return None
    try:
        joined = urljoin(base, address) if base else address
        parts = urlsplit("https:" + joined if joined.startswith("//") else joined)
        if parts.scheme.lower() not in _SCHEMES or (parts.scheme.lower() != "mailto" and not parts.hostname):
            return None
        return parts.geturl()
    except ValueError:  # no address at all, such as http://[
        return None


def destination(address: str) -> str:
    """Spell an address so that it is one Markdown link destination, whatever it contains."""
    spelled = _UNSAFE_IN_ADDRESS.sub(
        lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode("utf-8")), address)
    return re.sub(r"&(?=#?\w{1,40};)", "&amp;", spelled)


def one_line(text: str) -> str:
    """Return a text with a space for each of its line ends and the white space around them."""
    return re.sub(r"(?<!\s)\s*?\n\s*", " ", text)


def code_span(code: str) -> str:
    """Return code within a line; its spaces and line ends count as spaces."""
    code = one_line(code)
    longest = max((len(run) for run in re.findall(r"`+", code)), default=0)
    ticks = "`" * (longest + 1)
    pad = " " if code.startswith(("`", " ")) or code.endswith(("`", " ")) else ""
    return f"{ticks}{pad}{code}{pad}{ticks}"


def fence(body: str, info: str = "") -> str:
    """Return a fenced block whose fence is longer than any run of backticks in it."""
    longest = max((len(run) for run in re.findall(r"`{3,}", body)), default=2)
    ticks = "`" * (longest + 1)
    return f"{ticks}{info}\n{body}\n{ticks}"
