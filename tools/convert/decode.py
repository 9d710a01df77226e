"""Turn the bytes of a page into clean text, whatever encoding they claim.

The order is the one browsers use (WHATWG): byte order mark, transport header, ``<meta>`` or XML declaration;
then UTF-8 if it fits, then statistical detection. A declared encoding that cannot decode the page is not believed.
"""

from __future__ import annotations

import codecs
import re

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_MARKUP = re.compile(rb"<(?:meta|\?xml)[^<>]*", re.I)
_DECLARED = re.compile(rb"""(?:charset|encoding)\s*+=\s*+(?:["']\s*+)?([A-Za-z0-9_.:-]{2,40})""", re.I)
_HEADER = re.compile(r"""charset\s*+=\s*+(?:["']\s*+)?([A-Za-z0-9_.:-]{2,40})""", re.I)
# What browsers read a label as. Labels outside this table (utf-7, punycode, unicode_escape, ...) are never believed.
_LABELS = {
    "utf-8": "utf-8", "utf8": "utf-8", "unicode-1-1-utf-8": "utf-8",
    "gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "x-gbk": "gb18030", "chinese": "gb18030",
    "gb_2312-80": "gb18030", "hz-gb-2312": "hz",
    "big5": "big5hkscs", "big5-hkscs": "big5hkscs", "x-x-big5": "big5hkscs",
    "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932", "windows-31j": "cp932",
    "euc-jp": "euc_jp", "iso-2022-jp": "iso2022_jp", "euc-kr": "cp949", "ks_c_5601-1987": "cp949",
    "us-ascii": "cp1252", "ascii": "cp1252", "iso-8859-1": "cp1252", "latin1": "cp1252", "windows-1252": "cp1252",
    "utf-16": "utf-16-le", "utf-16le": "utf-16-le", "utf-16be": "utf-16-be",
    "koi8-r": "koi8_r", "koi8-u": "koi8_u", "macintosh": "mac_roman",
    **{f"windows-{n}": f"cp{n}" for n in (874, 1250, 1251, 1253, 1254, 1255, 1256, 1257, 1258)},
    **{f"iso-8859-{n}": f"iso8859_{n}" for n in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)},
}
#: What ends a line for some reader, the build's within directives among them, and means nothing in a page.
LINE_ENDS = re.compile("[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
# NUL, the C0 controls that no text needs, and code points that are no characters.
_JUNK = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]")


def decode(body: bytes, content_type: str | None = None) -> str:
    """Decode a page; every byte sequence gives some text, and malformed ones give U+FFFD."""
    for bom, codec in _BOMS:
        if body.startswith(bom):
            return clean(body[len(bom):].decode(codec, "replace"))
    declared = [codec for codec in (_from_header(content_type), _from_markup(body)) if codec]
    for codec in (*declared, "utf-8"):
        try:
            return clean(body.decode(codec))
        except UnicodeDecodeError:
            continue
    return clean(_detect(body, declared))


def clean(text: str) -> str:
    """Drop what is no text (NUL, controls, lone surrogates) and make line ends uniform."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n")
    return LINE_ENDS.sub(" ", _JUNK.sub("", text))


def _from_header(content_type: str | None) -> str | None:
    match = _HEADER.search(content_type or "")
    return _LABELS.get(match[1].lower()) if match else None


def _from_markup(body: bytes) -> str | None:
    match = next(filter(None, (_DECLARED.search(tag[0]) for tag in _MARKUP.finditer(body[:8192]))), None)
    if not match:
        return None
    codec = _LABELS.get(match[1].decode("ascii").lower())
    # A declaration that we could read as ASCII cannot stand in UTF-16 (WHATWG reads it as UTF-8).
    return "utf-8" if codec and codec.startswith("utf-16") else codec


def _detect(body: bytes, declared: list[str]) -> str:
    """Decode a page that fits none of its declarations: damaged bytes, or a wrong label."""
    damaged = body.decode(declared[0] if declared else "utf-8", "replace")
    if damaged.count("\ufffd") * 200 <= len(damaged):  # a few bad bytes: the label is right, the page is damaged
        return damaged
    from charset_normalizer import from_bytes

    best = from_bytes(body).best()
    return damaged if best is None else str(best)
