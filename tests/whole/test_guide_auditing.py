"""The guide to the audit names every criterion, measure, output, claim and key, and its examples are valid."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from ext.audit.past import BASELINE
from ext.edition.audit import history, reviews
from ext.edition.audit.claims import Mismatch, TopicClaim
from ext.edition.audit.coverage import Cover
from ext.edition.audit.criteria import ABOUT_MATHEMATICS, CRITERIA
from ext.edition.audit.facts import measures
from ext.edition.audit.gate import metrics
from ext.edition.audit.rules import holds
from ext.edition.audit.summary import summarise
from ext.edition.site import config
from ext.edition.site.config import Bands, Batch, Coverage, Grade, Standard
from tests.audit.test_summary import EDITION, record

GUIDE = (Path(__file__).resolve().parent.parent.parent / "source" / "guide" / "auditing.md").read_text("utf-8")
WORDS = frozenset(re.findall(r"`([^`\n]+)`", GUIDE))
EXAMPLES = re.findall(r"^```toml\n(.*?)^```$", GUIDE, re.M | re.S)


def test_criteria_have_a_row_each() -> None:
    table = GUIDE.partition("## 准则")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| [^|]+ \| [^|]+ \|$", table, re.M)
    assert rows == list(CRITERIA)
    sentence = next(line for line in GUIDE.splitlines() if line.startswith("不是数学的文章"))
    assert set(re.findall(r"`(\w+)`", sentence)) == ABOUT_MATHEMATICS | {"mathematics"}


def test_measures_of_the_gate_and_of_rules_are_named() -> None:
    assert set(metrics(summarise([], {}, EDITION))) <= WORDS
    known: dict[str, Any] = dict(measures(record()))
    assert set(known) <= WORDS
    for group in ("original", "added", "total", "coverage"):
        assert set(known[group]) <= WORDS


def test_states_claims_and_files_are_named(edition_folder: Any) -> None:
    assert {cover.value for cover in Cover} <= WORDS
    differences = {name for name in vars(TopicClaim) if "_not_" in name}
    assert len(differences) == 3 and {*get_args(Mismatch), *differences} <= WORDS
    assert {BASELINE, history.FILE, f"source/{reviews.FILE}"} <= WORDS
    edition_folder.post("a", "$x$")
    written = {path.name for path in edition_folder.build("audit").out.iterdir() if path.is_file()}
    assert written and written <= WORDS


def test_keys_of_the_audit_are_in_the_examples() -> None:
    shown: dict[str, Any] = {}
    for text in EXAMPLES:
        shown |= tomllib.loads(text)
    for key, table in (("audit", Bands), ("coverage", Coverage)):
        assert set(shown[key]) == {field.name for field in msgspec.structs.fields(table)}
    for key, table in (("standards", Standard), ("grades", Grade), ("batches", Batch)):
        given = {name for one in shown[key] for name in one}
        missing = {field.name for field in msgspec.structs.fields(table)} - given
        assert missing <= WORDS, f"{key}: {missing - WORDS}"
    assert {"mathematics", "priorities", "fail_under"} <= set(shown)


@pytest.mark.parametrize("text", EXAMPLES)
def test_examples_are_valid(text: str) -> None:
    edition = config.parse('[edition]\ntitle = "试"\n' + text if "mathematics" not in text
                           else text + '\n[edition]\ntitle = "试"\n')
    asked = measures(record())
    for one in (*edition.grades, *edition.batches):
        if one.rule:
            holds(one.rule, asked)
    assert set(edition.fail_under) <= {*metrics(summarise([], {}, EDITION)), *CRITERIA}
    if edition.coverage != Coverage(window=1):
        assert edition.coverage == Coverage(), "the guide shows the defaults"
