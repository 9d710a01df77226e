"""The audit of a small edition against numbers that were derived by reading it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from audited import checked_edition, differences, document, expected

from ext.edition.audit.claims import TopicClaim
from ext.edition.audit.criteria import CRITERIA, Verdict

#: The verdicts that a criterion can give: what is counted by the build itself is never unknown.
VERDICTS = {"intact": "all", "coverage": "all", "sections": "all", "formulas": "all", "size": "all", "panorama": "all",
            "required": {"pass", "fail", "n/a"}, "renders": {"pass", "fail"},
            "resolves": {"pass", "fail"}, "proofs": {"pass", "fail", "n/a"},
            "reviewed": {"pass", "fail"}}


@pytest.fixture(scope="module")
def audit(tmp_path_factory: pytest.TempPathFactory) -> Any:
    built = checked_edition(tmp_path_factory.mktemp("hand") / "edition").build("audit")
    return json.loads((built.out / "audit.json").read_text("utf-8")), built


def test_every_field_is_what_reading_the_posts_gives(audit: Any) -> None:
    got, _ = audit
    for row in got["rows"]:
        for finding in row["findings"]:
            assert finding.pop("message")
    assert differences(document(expected()), got) == []


def test_only_the_broken_post_warns(audit: Any) -> None:
    warned = [line for line in audit[1].warnings if "WARNING" in line]
    assert len(warned) == 2
    assert all("posts/two.md" in line for line in warned)


def test_the_ledger_reads_in_both_directions(audit: Any) -> None:
    want = expected()["ledger"]
    for one in audit[0]["topic_claims"]:
        claim = TopicClaim(**{key: tuple(value) if isinstance(value, list) else value for key, value in one.items()})
        assert {name: list(getattr(claim, name)) for name in want[claim.docname]} == want[claim.docname]


def test_the_expectation_covers_every_case() -> None:
    """The fixture is only worth its name while it has every verdict, grade, state, review and mismatch."""
    want = document(expected())
    seen: dict[str, set[str]] = {}
    for row in want["rows"]:
        for result in row["results"]:
            seen.setdefault(result["criterion"], set()).add(result["verdict"])
    everything = {verdict.value for verdict in Verdict}
    assert seen == {name: everything if VERDICTS[name] == "all" else VERDICTS[name] for name in CRITERIA}
    assert {row["grade"] for row in want["rows"]} == {one["key"] for one in want["grid"]}
    assert {state for state, _ in want["states"]} == {"known", "fetched", "truncated", "skipped", "refused", "local"}
    assert {row["review"]["state"] for row in want["rows"]} == {"reviewed", "stale", "none"}
    assert {row["intact"]["state"] for row in want["rows"]} == {"intact", "changed", "unknown", "local"}
    assert {claim["kind"] for claim in want["status_claims"]} == {"claimed", "unclaimed", "unmeasured"}
    assert {row["mathematics"] for row in want["rows"]} == {True, False, None}
    assert {row["met"] for row in want["rows"]} == {True, False, None}
    assert Path(__file__).parent.parent.joinpath("roots/test-audit/expected.json").is_file() and len(want["rows"]) >= 14
