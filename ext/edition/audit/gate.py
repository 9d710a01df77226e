"""The gate of ``make audit``: the shares of the edition that must not fall under what ``edition.toml`` asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ext.edition.audit.criteria import CRITERIA
from ext.edition.audit.shares import Share
from ext.edition.audit.summary import Summary
from ext.edition.site.errors import EditionError


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A metric under its threshold, in percent."""

    metric: str
    share: Share
    threshold: float


def metrics(whole: Summary) -> dict[str, Share]:
    """Return every share that can be asked for; unknown posts and those it does not apply to are in no denominator.

    ``equations`` and ``derived`` are shares of the original's displayed equations, ``computed`` of all displayed ones,
    ``checked`` of derivations and proofs, all others of posts.
    """
    coverage = whole.coverage
    own = {"equations": Share(coverage.covered, coverage.total), "derived": Share(coverage.derived, coverage.total),
           "met": whole.met, "completed": whole.completed, "layers": whole.layers_known,
           "checked": Share(whole.evidence.passed, whole.evidence.derivations),
           "computed": Share(whole.evidence.computed, whole.evidence.equations),
           "with_formulas": whole.with_formulas, "with_blocks": whole.with_blocks}
    return own | {tally.criterion: Share(tally.passed, tally.passed + tally.failed) for tally in whole.tallies}


def shortfalls(whole: Summary, fail_under: Mapping[str, float]) -> tuple[Shortfall, ...]:
    """Return the metrics under their thresholds; a share of nothing falls short of nothing."""
    known = metrics(whole)
    found = []
    for name, threshold in fail_under.items():
        # A criterion that no standard asks for is a share of nothing, not a misspelt name.
        if name not in known and name not in CRITERIA:
            raise EditionError(f"fail_under asks for {name!r}, which is not measured", where="edition.toml",
                               remedy=f"choose from {', '.join(sorted({*known, *CRITERIA}))}")
        share = known.get(name, Share(0, 0))
        if share.of and share.count * 100 < threshold * share.of:
            found.append(Shortfall(name, share, threshold))
    return tuple(found)
