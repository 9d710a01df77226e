"""Read what a licence says: its SPDX id, its address, and whether an annotated edition may be published under it."""

from __future__ import annotations

import re

RESERVED = "all rights reserved"
_WHERE = {"CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/", "MIT": "https://opensource.org/license/mit",
          "Apache-2.0": "https://www.apache.org/licenses/LICENSE-2.0", "GFDL-1.3": "https://www.gnu.org/licenses/fdl-1.3"}
_COMMONS = re.compile(r"(?:cc|creative-?commons(?:\.org-licenses)?)-(by(?:-(?:nc|nd|sa))*)", re.I)
_VERSION = re.compile(r"\b([1-4]\.0)\b")
_WORDS = (("署名", "attribution"), ("非商业", "noncommercial"), ("禁止演绎", "noderiv"), ("相同方式", "sharealike"))
_KEYS = ("by", "nc", "nd", "sa")
_KEEPS = ("all rights reserved", "保留所有权利", "保留一切权利", "版权所有", "未经许可", "未经授权",
          "禁止转载", "谢绝转载")


def spdx(licence: str) -> str:
    """Return the SPDX id of a licence, :data:`RESERVED`, or nothing where its words name neither."""
    words = " ".join(licence.split()).replace("–", "-")
    lower = words.lower()
    for name in _WHERE:
        if lower in (name.lower(), name.lower().replace("-", " ")):
            return name
    if lower.startswith("cc0"):
        return "CC0-1.0"
    parts: list[str] = []
    if found := _COMMONS.search(re.sub(r"[ _/]+", "-", lower)):
        parts = found[1].split("-")
    elif "知识共享" in words or "creative commons" in lower:
        parts = [key for key, (zh, en) in zip(_KEYS, _WORDS, strict=True)
                 if zh in words or en in lower.replace("-", "")]
    if parts:
        version = _VERSION.search(words)
        return "-".join(["CC", *(part.upper() for part in parts), version[1] if version else "4.0"])
    return RESERVED if any(words_ in lower for words_ in _KEEPS) else ""


def address(licence: str) -> str:
    """Return where a licence can be read, or nothing."""
    name = spdx(licence)
    if name.startswith("CC-"):
        kind, _, version = name.removeprefix("CC-").lower().rpartition("-")
        return f"https://creativecommons.org/licenses/{kind}/{version}/"
    return _WHERE.get(name, "")


def forbids(licence: str) -> bool:
    """Tell whether a licence forbids to publish an annotated edition: it reserves all, or allows no derivatives."""
    name = spdx(licence)
    return name == RESERVED or "-ND-" in name
