"""The ledger: what is claimed against what was measured, in both directions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from ext.edition.audit.criteria import Result, Verdict

Mismatch = Literal["claimed", "unclaimed", "unmeasured"]


@dataclass(frozen=True, slots=True)
class StatusClaim:
    """A post whose status and measures disagree.

    ``claimed``: it is called completed and some criterion fails. ``unclaimed``: every criterion passes and it is not
    called completed. ``unmeasured``: it is called completed and something could not be measured.
    """

    docname: str
    title: str
    kind: Mismatch
    status: str
    #: The criteria that fail or are unknown.
    criteria: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TopicClaim:
    """A topic summary's list of posts against those it truly cites and those that exist.

    ``claimed``: listed in its front matter; ``cited``: linked to from its text; ``existing``: posts of the topic.
    Each is a tuple of post ids.
    """

    docname: str
    topic: str
    claimed: tuple[str, ...]
    cited: tuple[str, ...]
    existing: tuple[str, ...]

    @property
    def claimed_not_cited(self) -> tuple[str, ...]:
        """Posts that the summary lists and never cites."""
        return tuple(post for post in self.claimed if post not in self.cited)

    @property
    def claimed_not_existing(self) -> tuple[str, ...]:
        """Posts that the summary lists and the topic does not have."""
        return tuple(post for post in self.claimed if post not in self.existing)

    @property
    def existing_not_cited(self) -> tuple[str, ...]:
        """Posts of the topic that the summary does not cite."""
        return tuple(post for post in self.existing if post not in self.cited)


def finished(results: Iterable[Result]) -> bool | None:
    """Return whether a post meets its standard; None when that is unknown."""
    verdicts = {result.verdict for result in results}
    if Verdict.FAIL in verdicts:
        return False
    return None if Verdict.UNKNOWN in verdicts or not verdicts else True


def status_claim(docname: str, title: str, status: str, results: Iterable[Result]) -> StatusClaim | None:
    """Return the entry of one post in the ledger, or None where claim and measure agree."""
    known = tuple(results)
    met = finished(known)
    completed = status == "completed"
    kind: Mismatch | None = {(True, False): "claimed", (True, None): "unmeasured",  # type: ignore[assignment]
                             (False, True): "unclaimed"}.get((completed, met))
    if kind is None:
        return None
    open_ = tuple(result.criterion for result in known if result.verdict in (Verdict.FAIL, Verdict.UNKNOWN))
    return StatusClaim(docname, title, kind, status, open_)


def topic_claims(
    claimed: Mapping[str, tuple[str, tuple[str, ...]]], cited: Mapping[str, tuple[str, ...]],
    existing: Mapping[str, tuple[str, ...]],
) -> tuple[TopicClaim, ...]:
    """Return one entry for every topic summary, in the order of their names.

    ``claimed`` maps the summary's document to its topic and list; ``cited`` the document to the ids it links to;
    ``existing`` a topic to the ids of its posts.
    """
    return tuple(TopicClaim(docname, topic, posts, cited.get(docname, ()), existing.get(topic, ()))
                 for docname, (topic, posts) in sorted(claimed.items()))
