"""What ``attach`` says: the keys of its answers, and the reasons of a proposal in words."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ext.edition.links.answers import Says
from ext.edition.links.proposals import Proposal
from ext.edition.site.terminal import printable

#: What the keys say.
ANSWERS: Mapping[str, Says] = MappingProxyType({"d": "derives", "e": "explains", "u": "uses", "n": "no"})
_REASONS = {
    "exact": "exact", "part": "stands whole in it", "left": "same left side, {}", "runs": "{} of its runs",
    "closes": "closes with “this is ({})”", "titled": "its title names ({})", "named": "refers to {}",
    "numbered": "names ({})", "deriving": "derives, by its title", "lead": "lead: {}", "last": "its last display",
    "only": "its only display", "first": "the first to say so", "general": "a general title",
    "crowd": "repeats {} equations"}


def reasons(proposal: Proposal) -> list[str]:
    """Return why a piece is proposed, in words."""
    return [_REASONS[name].format(printable(what)) for name, what in proposal.reasons]
