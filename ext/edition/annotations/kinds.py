"""The closed vocabulary of annotations: one table of kinds, and one of the parts that stand inside them."""

from __future__ import annotations

import gettext
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from ext.edition.site.errors import EditionError


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
    CORRECTION = "correction"
    """What the original should say."""


class Need(StrEnum):
    """Name what an annotation is unfinished without."""

    PROOF = "proof"
    """A proof or derivation: nested, following it, or anywhere with ``:of:`` its label."""

    WORK = "work"
    """At least one ``{step}`` or one formula."""

    PARTS = "parts"
    """Both ``{across}`` and ``{along}``."""

    CORRECTION = "correction"
    """The equation it is about, and the formula that should stand there."""


Tone = Literal[
    "statement", "premise", "proof", "derivation", "example", "insight", "critique", "horizon", "note"
]

Covers = Literal["derived", "explained"]


class Relation(StrEnum):
    """Name how an annotation, a part of one or an annotated section is about what it names: option and attribute."""

    OF = "of"
    """It does what its kind does: a proof proves, a section without a kind explains."""
    DERIVES = "derives"
    EXPLAINS = "explains"
    USES = "uses"
    """It rests on what it names, and says nothing of it."""


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """Return sphinx-proof's words in a language; the package is not imported, because it would import Sphinx."""
    found = importlib.util.find_spec("sphinx_proof")
    if found is None or found.origin is None:
        raise EditionError("sphinx-proof is missing", remedy="install requirements.txt again")
    folder = Path(found.origin).parent / "translations" / "locales"
    codes = ["zh_CN"] if language.startswith("zh") else [language]
    return gettext.translation("proof", folder, codes, fallback=True)


@dataclass(frozen=True, slots=True)
class Kind:
    """Describe one kind of annotation.

    ``sign`` is the single Han character shown in the seal beside the title: it tells the kinds apart without
    colour. ``tone`` is the colour family of the style sheet. ``covers`` says what the annotation does
    for an equation it is about. ``chinese`` and ``english`` are words of our own; without one, sphinx-proof's
    message catalogue says how the kind is called.
    """

    name: str
    sign: str
    tone: Tone
    numbered: bool
    counts_as: Role
    covers: Covers | None = "explained"
    needs: Need | None = None
    chinese: str = ""
    english: str = ""

    def called(self, language: str) -> str:
        """Return the name of the kind in a language: our word, else sphinx-proof's, else the English one."""
        own = {"zh": self.chinese, "en": self.english}.get(language[:2], "")
        title = self.name.replace("-", " ").capitalize()
        found = catalogue(language).gettext(title)
        return own or (found if found != title else self.english or title)

    @property
    def zh(self) -> str:
        """The name in Chinese."""
        return self.called("zh_CN")

    @property
    def en(self) -> str:
        """The name in English."""
        return self.called("en")

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
    Kind("theorem", "理", "statement", True, _R.STATEMENT, None, Need.PROOF),
    Kind("lemma", "引", "statement", True, _R.STATEMENT, None, Need.PROOF),
    Kind("proposition", "命", "statement", True, _R.STATEMENT, None, Need.PROOF),
    Kind("corollary", "系", "statement", True, _R.STATEMENT, None, Need.PROOF),
    Kind("conjecture", "猜", "statement", True, _R.STATEMENT, None),
    Kind("criterion", "判", "statement", True, _R.STATEMENT, chinese="判据"),
    Kind("property", "性", "statement", True, _R.STATEMENT),
    Kind("proof", "证", "proof", False, _R.PROOF, _DERIVED, chinese="证明"),
    Kind("definition", "定", "premise", True, _R.PREMISE),
    Kind("axiom", "公", "premise", True, _R.PREMISE, None),
    Kind("assumption", "设", "premise", True, _R.PREMISE, None),
    Kind("notation", "记", "premise", True, _R.PREMISE, chinese="记号"),
    Kind("example", "例", "example", True, _R.EXAMPLE, chinese="例"),
    Kind("algorithm", "算", "example", True, _R.ALGORITHM),
    Kind("remark", "注", "note", True, _R.EXPLANATION),
    Kind("observation", "察", "note", True, _R.EXPLANATION),
    Kind("derivation", "推", "derivation", True, _R.DERIVATION, _DERIVED, Need.WORK, chinese="推导"),
    # It says what an equation should be and derives nothing: that is for a derivation to do.
    Kind("erratum", "误", "critique", True, _R.CORRECTION, None, Need.CORRECTION, chinese="勘误", english="Erratum"),
    Kind("intuition", "直", "insight", False, _R.EXPLANATION, chinese="直觉"),
    Kind("comparison", "比", "critique", False, _R.EXPLANATION, chinese="对比"),
    Kind("analysis", "析", "critique", False, _R.EXPLANATION, chinese="批判分析", english="Critical analysis"),
    Kind("panorama", "旁", "horizon", False, _R.EXPLANATION, needs=Need.PARTS, chinese="触类旁通"),
    Kind("deep-dive", "深", "horizon", False, _R.EXPLANATION, chinese="深度解析"),
)

#: Every kind by name: those of sphinx-proof (see ext.annotations.domain), so that pages written for it build
#: unchanged, and ours.
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
