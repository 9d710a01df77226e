"""Formula recall over real pages, where a corpus is at hand: CORPUS names its folder (html/, truth/, score.py)."""

from __future__ import annotations

import importlib.util
import json
import os
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

from tools.convert import convert

CORPUS = Path(os.environ.get("CORPUS") or "/nonexistent")
pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="CORPUS is not set to a folder of real pages")


def scorer() -> ModuleType:
    """Return the corpus's own scorer: it reads MyST independently of ours."""
    spec = importlib.util.spec_from_file_location("score", CORPUS / "score.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("folder", "surplus"), [(".", 1 / 1000), ("wild", 6 / 1000)])
def test_real_pages_keep_their_formulas(folder: str, surplus: float) -> None:
    """The wild pages' surplus is notes at the side and definitions of macros, which their truths leave out."""
    score = scorer()
    wanted, missing, extra, doubtful, pages = Counter[str](), Counter[str](), 0, 0, 0
    for file in sorted((CORPUS / folder / "truth").glob("*.json")):
        truth = json.loads(file.read_text(encoding="utf-8"))
        done = convert((CORPUS / folder / "html" / truth["page"]).read_bytes())
        pages, doubtful = pages + 1, doubtful + bool(done.receipt.doubts)
        text = f"# {done.heading}\n\n{done.markdown}"
        want = Counter(score.normalise(tex) for tex in truth["tex"] if not score.is_reference(tex))
        have = Counter(score.normalise(tex) for tex in score.formulas(text) if not score.is_reference(tex))
        style = truth["page"].split("/")[0]
        wanted[style] += want.total()
        missing[style] += (want - have).total()
        extra += (have - want).total()
        assert len(done.receipt.without_tex) == truth.get("without_tex", 0), truth["page"]
        named = Counter(score.normalise(tex) for one in done.receipt.census.left for tex in one.formulas)
        assert not want - have - named, f"{truth['page']}: lost in silence"
        assert not [finding for finding in done.receipt.lost if finding.kind == "formula"], truth["page"]
    assert missing.total() <= wanted.total() / 1000
    assert extra <= wanted.total() * surplus
    assert doubtful * 50 <= pages
    for style, count in wanted.items():
        assert missing[style] <= count / 200, style
