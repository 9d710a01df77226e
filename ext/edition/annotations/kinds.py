"""The closed vocabulary of annotations: one table of kinds, and one of the parts that stand inside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Literal


class Role(StrEnum):
    """Say what an annotation counts as, whatever it is called."""

    STATEMENT = "statement"
    """Something claimed that can be proved: theorem, lemma, ..."""

    PREMISE = "premise"
    """Something agreed on, not proved: definition, axiom, notation, ..."""

    PROOF = "proof"
    DERIVATION = "derivation"
    EXPLANATION = "explanation"
    EXAMPLE = "example"
    ALGORITHM = "algorithm"


class Need(StrEnum):
    """Name what an annotation is unfinished without."""

    PROOF = "proof"
    """A proof or derivation: nested, following it, or anywhere with ``:of:`` its label."""

    WORK = "work"
    """At least one ``{step}`` or one formula."""

    PARTS = "parts"
    """Both ``{across}`` and ``{along}``."""


Tone = Literal[
    "statement", "premise", "proof", "derivation", "example", "insight", "critique", "horizon", "note"
]

Covers = Literal["derived", "explained"]


@dataclass(frozen=True, slots=True)
class Kind:
    """Describe one kind of annotation.

    ``sign`` is the single Han character shown in the seal beside the title: it tells the kinds apart without
    colour. ``tone`` is the colour family of the style sheet. ``covers`` says what the annotation does
    for an equation it is about.
    """

    name: str
    zh: str
    en: str
    sign: str
    tone: Tone
    numbered: bool
    counts_as: Role
    covers: Covers | None = "explained"
    needs: Need | None = None

    @property
    def proves(self) -> bool:
        """Tell whether it can serve as the proof of a statement."""
        return self.counts_as in (Role.PROOF, Role.DERIVATION)


@dataclass(frozen=True, slots=True)
class Part:
    """Describe a titled part of an annotation; ``within`` restricts it to one kind."""

    name: str
    zh: str
    en: str
    numbered: bool = False
    within: str | None = None


_R = Role
_DERIVED: Covers = "derived"

_ALL = (
    Kind("theorem", "定理", "Theorem", "理", "statement", True, _R.STATEMENT, None, Need.PROOF),
    Kind("lemma", "引理", "Lemma", "引", "statement", True, _R.STATEMENT, None, Need.PROOF),
    Kind("proposition", "命题", "Proposition", "命", "statement", True, _R.STATEMENT, None, Need.PROOF),
    Kind("corollary", "推论", "Corollary", "系", "statement", True, _R.STATEMENT, None, Need.PROOF),
    Kind("conjecture", "猜想", "Conjecture", "猜", "statement", True, _R.STATEMENT, None),
    Kind("criterion", "判据", "Criterion", "判", "statement", True, _R.STATEMENT),
    Kind("property", "性质", "Property", "性", "statement", True, _R.STATEMENT),
    Kind("proof", "证明", "Proof", "证", "proof", False, _R.PROOF, _DERIVED),
    Kind("definition", "定义", "Definition", "定", "premise", True, _R.PREMISE),
    Kind("axiom", "公理", "Axiom", "公", "premise", True, _R.PREMISE, None),
    Kind("assumption", "假设", "Assumption", "设", "premise", True, _R.PREMISE, None),
    Kind("notation", "记号", "Notation", "记", "premise", True, _R.PREMISE),
    Kind("example", "例", "Example", "例", "example", True, _R.EXAMPLE),
    Kind("algorithm", "算法", "Algorithm", "算", "example", True, _R.ALGORITHM),
    Kind("remark", "注记", "Remark", "注", "note", True, _R.EXPLANATION),
    Kind("observation", "观察", "Observation", "察", "note", True, _R.EXPLANATION),
    Kind("derivation", "推导", "Derivation", "推", "derivation", True, _R.DERIVATION, _DERIVED, Need.WORK),
    Kind("intuition", "直觉", "Intuition", "直", "insight", False, _R.EXPLANATION),
    Kind("comparison", "对比", "Comparison", "比", "critique", False, _R.EXPLANATION),
    Kind("analysis", "批判分析", "Critical analysis", "析", "critique", False, _R.EXPLANATION),
    Kind("panorama", "触类旁通", "Panorama", "旁", "horizon", False, _R.EXPLANATION, needs=Need.PARTS),
    Kind("deep-dive", "深度解析", "Deep dive", "深", "horizon", False, _R.EXPLANATION),
)

#: Every kind by name. Sphinx-proof's are all among them, so that pages written for it build unchanged.
KINDS: Mapping[str, Kind] = MappingProxyType({kind.name: kind for kind in _ALL})

#: The titled parts of an annotation; a step is numbered within its annotation.
PARTS: Mapping[str, Part] = MappingProxyType(
    {
        part.name: part
        for part in (
            Part("step", "第 {number} 步", "Step {number}", numbered=True),
            Part("across", "横向对比", "Across fields", within="panorama"),
            Part("along", "纵向延伸", "Along its own line", within="panorama"),
        )
    }
)

#: The ``kind`` of an annotation that is a whole section, marked by ``{.annotation}`` above its heading.
SECTION = "section"

#: The class that marks such a section as stale; a directive has the option ``:stale:`` for it.
STALE_CLASS = "stale"
