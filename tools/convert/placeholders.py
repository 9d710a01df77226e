"""What stands for a thing of which the page gives too little, in the language of the edition."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Words(NamedTuple):
    """The placeholders of one language."""

    picture: str
    formula_named: str
    formula_bare: str
    boxes: Mapping[str, str]

    def formula(self, snippet: str) -> str:
        """Return what stands for a formula without TeX, with what a reader saw of it."""
        return self.formula_named.format(snippet) if snippet else self.formula_bare


    def box(self, kind: str) -> str:
        """Return the title of a box that has none, by its kind as the writer notes it ("note dropdown")."""
        return self.boxes.get(kind.partition(" ")[0], "…")


_KINDS = {"attention": "注意", "caution": "小心", "danger": "危险", "error": "错误", "hint": "提示",
          "important": "重要", "note": "注", "seealso": "参见", "tip": "提示", "warning": "警告"}
CHINESE = Words("图", "〔公式：{}〕", "〔公式〕", MappingProxyType(_KINDS))
ENGLISH = Words("figure", "(formula: {})", "(formula)", MappingProxyType({
    kind: "See also" if kind == "seealso" else kind.capitalize() for kind in _KINDS}))


def words_of(language: str) -> Words:
    """Return the placeholders of a language as ``edition.language`` names it."""
    return CHINESE if language.startswith("zh") else ENGLISH
