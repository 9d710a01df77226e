"""The criteria in words, Chinese and English: their names, and what is missing where one fails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ext.edition.audit.criteria import Result, Verdict
from ext.edition.audit.shares import percent

#: The criteria whose value is a share in percent.
SHARES = frozenset({"coverage", "sections"})


@dataclass(frozen=True, slots=True)
class Phrase:
    """One criterion in one language.

    ``missing`` takes ``{missing}``, ``{value}`` and ``{threshold}``; ``unit`` stands behind value and threshold.
    """

    name: str
    missing: str
    unit: str = ""


#: criterion: (Chinese, English).
PHRASES: Mapping[str, tuple[Phrase, Phrase]] = MappingProxyType({
    "intact": (
        Phrase("原文无改动", "原文有 {missing} 处改动"),
        Phrase("original intact", "{missing} blocks of the original differ")),
    "coverage": (
        Phrase("方程覆盖", "方程只覆盖 {value} %，应到 {threshold} %", " %"),
        Phrase("equation coverage", "{value} % of the equations covered, not {threshold} %", " %")),
    "sections": (
        Phrase("小节有注", "有注的小节只占 {value} %，应到 {threshold} %", " %"),
        Phrase("sections annotated", "{value} % of the sections annotated, not {threshold} %", " %")),
    "formulas": (
        Phrase("注疏公式", "注疏还差 {missing} 个公式"),
        Phrase("added formulas", "{missing} more formulas to add")),
    "size": (
        Phrase("篇幅", "还差 {missing} KB", " KB"),
        Phrase("size", "{missing} KB too short", " KB")),
    "renders": (
        Phrase("公式都能排", "{missing} 个公式排不出"),
        Phrase("formulas render", "{missing} formulas cannot be set")),
    "resolves": (
        Phrase("引用有着落", "{missing} 处引用落空"),
        Phrase("references resolve", "{missing} references lead nowhere")),
    "proofs": (
        Phrase("定理有证明", "{missing} 个定理没有证明"),
        Phrase("theorems proved", "{missing} theorems without a proof")),
    "panorama": (
        Phrase("触类旁通", "缺一段横纵俱全的触类旁通"),
        Phrase("panorama", "no panorama with both of its parts")),
    "required": (
        Phrase("内容齐备", "清单里还有 {missing} 项没有写"),
        Phrase("required content", "{missing} required items to write")),
    "reviewed": (
        Phrase("已复核", "现在的文本还缺 {missing} 人复核"),
        Phrase("reviewed", "{missing} more to review the present text")),
})


def phrase(criterion: str, *, english: bool) -> Phrase:
    """Return the words for a criterion."""
    return PHRASES[criterion][english]


def missing(result: Result, *, english: bool) -> str:
    """Say what is missing to a criterion that fails, or that it could not be measured; nothing where it is met."""
    if result.verdict is Verdict.UNKNOWN:
        name = phrase(result.criterion, english=english).name
        return f"{name}: unknown" if english else f"{name}：未知"
    if result.verdict is not Verdict.FAIL:
        return ""
    return phrase(result.criterion, english=english).missing.format(
        missing=amount(result.missing, up=True), value=quantity(result, result.value),
        threshold=quantity(result, result.threshold))


def quantity(result: Result, value: float | None) -> str:
    """Return a result's value or threshold; a share is in whole percents, as everywhere."""
    if value is None:
        return "–"
    return percent(value, 100).removesuffix(" %") if result.criterion in SHARES else amount(value)


def amount(value: float, *, up: bool = False) -> str:
    """Return a number with one decimal at most, rounded down, or *up*, so that what falls short never looks met."""
    tenths = int(value * 10)
    if up and tenths < round(value * 10, 6):
        tenths += 1
    whole, rest = divmod(tenths, 10)
    return f"{whole}.{rest}" if rest else str(whole)
