"""Read the short codes of Hugo, the tags of Liquid and of Hexo, and their ways to write formulas, as MyST.

Known ones are in the tables below, by what they stand for; an unknown one stays in the text and is named.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from tools.convert.escape import escape
from tools.convert.placeholders import Words
from tools.import_markdown.doings import Notes
from tools.import_markdown.vault import Vault

#: Codes around a text, by what they make of it.
PAIRED = (
    dict.fromkeys(("math", "katex", "latex", "mathjax", "tex", "mathblock", "equation"), "formula")
    | dict.fromkeys(("highlight", "code", "codeblock", "prism", "sourcecode"), "code")
    | dict.fromkeys(("notice", "note", "callout", "admonition", "alert", "tip", "warning", "info", "hint", "danger",
                     "important", "caution", "box", "panel", "notification", "subnote"), "box")
    | dict.fromkeys(("details", "spoiler", "expand", "collapse", "fold", "folding", "hideToggle", "hidden"), "fold")
    | dict.fromkeys(("quote", "blockquote", "pullquote", "epigraph", "cq", "centerquote"), "quote")
    | dict.fromkeys(("raw", "center", "rawhtml", "tabs", "tab", "columns", "column", "row", "cell", "div", "unsafe",
                     "text", "span", "mark"), "text")
    | dict.fromkeys(("comment",), "nothing")
)
#: Codes that stand alone.
SINGLE = (
    dict.fromkeys(("figure", "img", "image", "asset_img", "imgproc", "fig", "picture"), "picture")
    | {name: "link" for name in ("youtube", "bilibili", "vimeo", "tweet", "twitter", "x", "gist", "instagram",
                                 "iframe", "video", "audio", "link", "button", "pdf")}
    | dict.fromkeys(("toc", "more", "br", "endtoc", "clear", "spacer"), "nothing")
)
_SITES = {"youtube": "https://www.youtube.com/watch?v={}", "bilibili": "https://www.bilibili.com/video/{}",
          "vimeo": "https://vimeo.com/{}", "gist": "https://gist.github.com/{}"}
_TOKEN = re.compile(r"\{\{[<%][ \t]*+(?P<end>/?)[ \t]*+(?P<name>[\w./-]{1,60}+)(?P<rest>[^{}\n]{0,800})[>%]\}\}"
                    r"|\{%-?[ \t]*+(?P<liquid>[\w-]{1,60}+)(?P<more>[^{}\n]{0,800})%\}"
                    r"|\{\{[ \t]*+(?P<output>[^{}\n<%]{1,300})\}\}")
_ARGUMENT = re.compile(r"""(?:([\w-]{1,40})[ \t]{0,3}[=:][ \t]{0,3})?("[^"\n]*"|'[^'\n]*'|`[^`\n]*`|[^\s"'`]+)""")
_BASE = re.compile(r"(?:site\.(?:baseurl|url)|\s|\"\")*")
_PATH = re.compile(r"""["']([^"'\n]{1,200})["']\s*\|\s*(?:relative_url|absolute_url|prepend:\s*site\.\w+)\s*""")
_NOISE = re.compile(r"^[ \t]*(?:\{:[^{}\n]{0,200}\}|<!--[ \t]*more[ \t]*-->|\*[ \t]+(?:TOC|目录)|\[TOC\])[ \t]*$",
                    re.M | re.I)
#: Delimiters that Markdown reads as escapes, the longer first: opening, closing, whether displayed.
_DELIMITERS = (("\\\\(", "\\\\)", False), ("\\\\[", "\\\\]", True), ("\\(", "\\)", False), ("\\[", "\\]", True))
_EMPTY_LINE = re.compile(r"\n[ \t]*\n")
_FAR = {False: 2_000, True: 20_000}
_TEXLIKE = re.compile(r"[\\^_=<>+]|\A\s*[A-Za-z]\s*\Z")
_DOUBLED = re.compile(r"\\\\([\\{}_,;:!()\[\]|#%&])|\\([_*])")


@dataclass(slots=True)
class _Open:
    """A code that waits for its end: where in the output it began, and how it was written."""

    name: str
    arguments: dict[str, str]
    start: int
    written: str


@dataclass(slots=True)
class Reader:
    """Read one text; ``address`` makes the destination of a picture absolute."""

    vault: Vault
    notes: Notes
    words: Words
    address: Callable[[str], str]
    found: list[str] = field(default_factory=list)
    out: list[str] = field(default_factory=list)
    waiting: list[_Open] = field(default_factory=list)

    def read(self, text: str) -> str:
        """Return the text with every known code as MyST; code spans and blocks are marks already."""
        text, count = _NOISE.subn("", text)
        self.notes.converted["marks of a generator"] += count
        at = 0
        for match in _TOKEN.finditer(text):
            self.out.append(text[at:match.start()])
            at = match.end()
            self._token(match)
        self.out.append(text[at:])
        for left in self.waiting:
            if left.name in SINGLE or left.name not in PAIRED:
                continue
            self.notes.leave("a short code that is never closed", left.written)
        return "".join(self.out)

    def _token(self, match: re.Match[str]) -> None:
        if match["output"] is not None:
            self._output(match)
            return
        name = match["name"] or match["liquid"]
        rest = (match["rest"] or match["more"] or "").strip().rstrip("-/").strip()
        closes = bool(match["end"]) or (name.startswith("end") and name[3:] in PAIRED)
        name = name.removeprefix("end") if closes else name
        arguments = _arguments(rest)
        if name == "include":  # Jekyll: the name of a file, which names what it is
            name = "picture" if re.search(r"image|img|fig", arguments.get("0", ""), re.I) else name
            arguments.pop("0", None)
        if closes:
            self._close(name, match[0])
        elif name in SINGLE and name not in PAIRED:
            self.out.append(self._single(SINGLE[name], name, arguments))
        elif name in PAIRED:
            self.waiting.append(_Open(name, arguments, len(self.out), match[0]))
            self.out.append("")
        else:
            self._unknown(match[0])

    def _unknown(self, written: str) -> None:
        self.notes.leave("a short code that is not known", written)
        self.out.append(escape(written))

    def _output(self, match: re.Match[str]) -> None:
        """Write the value of an expression of Liquid, as far as it is known without the site."""
        inner = match["output"]
        path = _PATH.fullmatch(inner.strip())
        if _BASE.fullmatch(inner):
            return
        if path:
            self.out.append(path[1])
        else:
            self._unknown(match[0])

    def _close(self, name: str, written: str) -> None:
        for i in range(len(self.waiting) - 1, -1, -1):
            if self.waiting[i].name == name:
                opened = self.waiting[i]
                for left in self.waiting[i + 1:]:
                    self.notes.leave("a short code that is never closed", left.written)
                del self.waiting[i:]
                inner = "".join(self.out[opened.start:])
                del self.out[opened.start:]
                self.notes.converted[f"short code {name}"] += 1
                self.out.append(self._paired(PAIRED[name], opened, inner))
                return
        self._unknown(written)

    def _paired(self, kind: str, opened: _Open, inner: str) -> str:
        if kind == "formula":
            self.found.append(self.vault.restore(inner).strip().strip("$"))
            return _formula(self.vault.restore(inner), "\n" in inner.strip() or opened.name in ("mathblock", "equation")
                            or opened.arguments.get("display") == "true" or "block" in opened.arguments.values())
        if kind == "code":
            language = opened.arguments.get("lang") or opened.arguments.get("0", "")
            code = self.vault.restore(inner).strip("\n")
            ticks = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", code)), default=0))
            name = language if re.fullmatch(r"[\w+#-]{1,30}", language) else "text"
            return f"\n\n{self.vault.keep(f'{ticks}{name}{chr(10)}{code}{chr(10)}{ticks}', block=True)}\n\n"
        if kind == "quote":
            return "\n\n" + "\n".join(f"> {line}".rstrip() for line in inner.strip().split("\n")) + "\n\n"
        if kind in ("box", "fold"):
            return self._box(opened, inner, folds=kind == "fold")
        return inner if kind == "text" else ""

    def _box(self, opened: _Open, inner: str, *, folds: bool) -> str:
        given = opened.arguments
        said = [given.get("type"), given.get("0") if not folds else None, opened.name]
        kind = next((word for word in said if word and word in self.words.boxes), "note")
        positional = given.get("1") if given.get("0") in self.words.boxes or folds else None
        title = given.get("title") or given.get("summary") or positional or (given.get("0") if folds else "")
        fence = ":" * max(3, 1 + max((len(run) for run in re.findall(":{3,}", self.vault.restore(inner))), default=0))
        title = " ".join((title or self.words.box(kind)).split()).replace("`", "'")
        self.notes.mean("admonition", title, ["class"])
        head = f"{fence}{{admonition}} {title}\n:class: {kind}{' dropdown' if folds else ''}"
        return (f"\n\n{self.vault.keep(head, block=True)}\n\n{inner.strip()}\n\n"
                f"{self.vault.keep(fence, block=True)}\n\n")

    def _single(self, kind: str, name: str, given: dict[str, str]) -> str:
        self.notes.converted[f"short code {name}"] += 1
        first = given.get("0", "")
        if kind == "picture":
            return self._picture(given)
        if kind == "link":
            target = next((given[key] for key in ("src", "url", "href", "link", "id") if given.get(key)), first)
            target = _SITES.get(name, "{}").format(target) if target and not target.startswith("http") else target
            if target.startswith(("http://", "https://")) and not re.search(r"[\s()<>\\]", target):
                return self.vault.keep(f"[{escape(given.get('title') or target)}]({target})")
            self.notes.leave("a link that leads nowhere", f"{name} {target}")
            return escape(target)
        return ""

    def _picture(self, given: dict[str, str]) -> str:
        keys = ("src", "image_path", "file", "path", "url", "link", "0")
        source = next((given[key] for key in keys if given.get(key)), "")
        caption = next((given[key] for key in ("caption", "title", "1") if given.get(key)), "")
        alt = " ".join((given.get("alt") or caption or self.words.picture).split())
        address = self.address(f"{source})")[:-1]
        if not re.match(r"https?://[^\s()<>\\]+\Z", address):
            self.notes.leave("a picture whose address needs site.url", source)
            return f"\n\n{escape(caption or alt)} ({escape(source)})\n\n"
        if not caption:
            return self.vault.keep(f"![{escape(alt)}]({address})")
        quoted = alt.replace("\\", "").replace('"', "'")
        self.notes.mean("figure", address, ["alt"])
        head = f':::{{figure}} {address}\n:alt: "{quoted}"'
        return (f"\n\n{self.vault.keep(head, block=True)}\n\n{caption}\n\n{self.vault.keep(':::', block=True)}\n\n")


def _arguments(text: str) -> dict[str, str]:
    """Return the arguments of a code: those with a name by it, the others by their number from 0."""
    found: dict[str, str] = {}
    for match in _ARGUMENT.finditer(text):
        value = match[2][1:-1] if match[2][:1] in "\"'`" and len(match[2]) > 1 else match[2]
        found[match[1] or str(sum(key.isdigit() for key in found))] = value
    return found


def _formula(tex: str, display: bool) -> str:
    tex = tex.strip().removeprefix("$$").removesuffix("$$").strip("$").strip()
    if not tex:
        return ""
    return f"\n\n$$\n{tex}\n$$\n\n" if display else f"${' '.join(tex.split())}$"


def is_doubled(text: str) -> bool:
    r"""Tell whether the author wrote every backslash for Markdown to take one away: ``\\(x\\)``."""
    return bool(re.search(r"(?<!\\)\\\\\(", text) and re.search(r"(?<!\\)\\\\\)", text)) or bool(
        re.search(r"(?<!\\)\\\\\[[^\]\d\n]", text) and re.search(r"(?<!\\)\\\\\](?!\\)", text))


def undoubled(tex: str) -> str:
    """Return a formula as it is after Markdown took one backslash away where there were two."""
    return _DOUBLED.sub(lambda match: f"\\{match[1]}" if match[1] else match[2], tex)


def delimit(text: str, *, doubled: bool, found: Callable[[str], None]) -> str:
    """Return the text with formulas between brackets of TeX between dollars; ``found`` is told of each."""
    out: list[str] = []
    at = 0
    pattern = re.compile(r"\\{2}[(\[]" if doubled else r"(?<!\\)\\[(\[]")
    for match in pattern.finditer(text):
        if match.start() < at:
            continue
        closing, display = next((c, d) for o, c, d in _DELIMITERS if o == match[0])
        end = text.find(closing, match.end(), match.end() + _FAR[display])
        tex = text[match.end():end] if end >= 0 else ""
        if not tex.strip() or _EMPTY_LINE.search(tex) or not (doubled or _TEXLIKE.search(tex)) or "$" in tex:
            continue
        tex = undoubled(tex) if doubled else tex
        found(tex)
        out += [text[at:match.start()], f"$${tex.strip()}$$" if display else f"${' '.join(tex.split())}$"]
        at = end + len(closing)
    return "".join([*out, text[at:]])


def inline_doubles(text: str) -> str:
    """Return a text of kramdown with its formulas within a line between single dollars; ``$$`` is both there."""
    def change(match: re.Match[str]) -> str:
        before = text[text.rfind("\n", 0, match.start()) + 1:match.start()]
        after = text[match.end():].partition("\n")[0] if match.end() < len(text) else ""
        alone = not before.strip(" \t>") and not after.strip(" \t.,;:。，")
        return match[0] if alone or not match[1].strip() else f"${match[1].strip()}$"

    return re.sub(r"(?<![\\$])\$\$(?!\$)([^$\n]{1,400})\$\$(?!\$)", change, text)
