"""Tell from a title which series a post belongs to, and its number there: 一…三十, 上/中/下, or Arabic."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from ext.edition.site.config import Series

_DIGITS = {char: value for value, chars in enumerate(("〇零", "一", "二两", "三", "四", "五", "六", "七", "八", "九"))
           for char in chars}
_UNITS = {"十": 10, "百": 100}
#: 下 is 3 even where there is no 中 yet, so that one that comes later finds its place.
_PARTS = {"上": 1, "中": 2, "下": 3}
_NUMERAL = r"\d{1,4}|[〇零一二两三四五六七八九十百]+"
#: A number in brackets anywhere, or after a colon and before a mark; what comes before it is the series.
_NUMBERED = re.compile(rf"\((?P<a>{_NUMERAL})\)|:\s*(?P<b>{_NUMERAL})\s*[、,.](?!\d)")
_PARTED = re.compile(r"\((?P<part>[上中下])篇?\)\s*$")
_EDGE = " \t:·⋅・-—_、,."


@dataclass(frozen=True, slots=True)
class Place:
    """A series and the place of a post in it; a post may belong to a series without having a number."""

    series: str
    number: int | None = None


def number(text: str) -> int | None:
    """Return the value of ``12``, ``十二``, ``三十`` or ``上``; None for anything else."""
    text = unicodedata.normalize("NFKC", text).strip()
    if text in _PARTS:
        return _PARTS[text]
    if text.isdecimal():
        return int(text)
    if not text or set(text) - _DIGITS.keys() - _UNITS.keys():
        return None
    if not set(text) & _UNITS.keys():  # digit by digit, as in 二〇
        return int("".join(str(_DIGITS[char]) for char in text))
    total, digit = 0, None
    for char in text:
        if char in _UNITS:
            total += (1 if digit is None else digit) * _UNITS[char]
            digit = None
        else:
            digit = _DIGITS[char]
    return total + (digit or 0)


def numeral(value: int) -> str:
    """Return a number from 1 to 99 in Chinese, as series are numbered: 一, 十, 二十一."""
    tens, ones = divmod(value, 10)
    digits = "〇一二三四五六七八九"
    return (digits[tens] if tens > 1 else "") + ("十" if tens else "") + (digits[ones] if ones else "")


def guess(title: str) -> Place | None:
    """Return the series that a title itself names, listed or not; None for a title without a number."""
    text = unicodedata.normalize("NFKC", title)
    if found := _NUMBERED.search(text, 1):
        written = found["a"] or found["b"]
    elif found := _PARTED.search(text, 1):
        written = found["part"]
    else:
        return None
    name = text[:found.start()].strip(_EDGE)
    return Place(name, number(written)) if name else None


def place(title: str, series: Iterable[Series]) -> Place | None:
    """Return the first of the edition's *series* that a title belongs to, with its number there."""
    named = guess(title)
    for one in series:
        if one.pattern:
            if found := re.search(one.pattern, title):
                written = found.groupdict().get("number") or ""
                return Place(one.name, number(written) if written else named.number if named else None)
        elif named and folded(named.series) == folded(one.name):
            return Place(one.name, named.number)
    return None


def unlisted(titles: Iterable[str], series: Iterable[Series], *, least: int = 2) -> dict[str, int]:
    """Return the series that at least *least* titles name and the edition doesn't list, with how many do."""
    known = tuple(series)
    counts: dict[str, int] = {}
    for title in titles:
        if place(title, known) is None and (found := guess(title)) is not None:
            counts[found.series] = counts.get(found.series, 0) + 1
    return {name: count for name, count in counts.items() if count >= least}


def folded(name: str) -> str:
    """Return a name without its differences of width, case and spaces."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
