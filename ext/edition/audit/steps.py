"""What changed between two audits, post by post and topic by topic: what got better and what got worse."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import msgspec


class PostState(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a baseline remembers of a post."""

    title: str
    #: Criteria that pass or do not apply.
    met: tuple[str, ...] = ()
    failing: tuple[str, ...] = ()
    equations: int | None = None
    #: Derived and explained equations of the original.
    covered: int | None = None
    added: int | None = None
    #: Derivations and proofs whose checks passed, and equations that were evaluated and held.
    checked: int = 0
    computed: int = 0
    blocks: int = 0
    findings: int = 0
    topic: str = ""
    #: The keys of its derivations and proofs, see :mod:`ext.edition.audit.newwork`; None in an older baseline.
    derivations: tuple[str, ...] | None = None


State = Mapping[str, PostState]


class Step(msgspec.Struct, frozen=True):
    """One measure of a post before and after; None where it was or is unknown."""

    name: str
    before: float | None
    after: float | None


class PostChange(msgspec.Struct, frozen=True):
    """What became of one post; ``kind`` is ``added``, ``removed`` or ``changed``."""

    id: str
    title: str
    kind: str
    better: tuple[Step, ...] = ()
    worse: tuple[Step, ...] = ()
    #: Lines added and removed; None where nobody can tell.
    lines: tuple[int, int] | None = None


#: The compared measures; for each, whether more is better.
MEASURES: Mapping[str, tuple[Callable[[PostState], float | None], bool]] = MappingProxyType({
    "covered": (lambda post: post.covered, True),
    "added": (lambda post: post.added, True),
    "checked": (lambda post: post.checked, True),
    "computed": (lambda post: post.computed, True),
    "blocks": (lambda post: post.blocks, True),
    "findings": (lambda post: post.findings, False),
})
def compare(before: State, after: State) -> tuple[PostChange, ...]:
    """Return the posts that differ, in the order of *after*, then those that are gone."""
    changes = []
    for post, now in after.items():
        then = before.get(post)
        if then is None:
            changes.append(PostChange(post, now.title, "added"))
            continue
        better, worse = _steps(then, now)
        if better or worse:
            changes.append(PostChange(post, now.title, "changed", better, worse))
    return (*changes, *(PostChange(post, then.title, "removed") for post, then in before.items() if post not in after))


def _steps(then: PostState, now: PostState) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
    better: list[Step] = []
    worse: list[Step] = []
    for name, (measure, more_is_better) in MEASURES.items():
        old, new = measure(then), measure(now)
        if old is not None and new is not None and old != new:
            (better if (new > old) == more_is_better else worse).append(Step(name, old, new))
    for name in [*then.met, *then.failing]:
        if name in then.failing and name in now.met:
            better.append(Step(name, 0, 1))
        elif name in then.met and name in now.failing:
            worse.append(Step(name, 1, 0))
    return tuple(better), tuple(worse)


def with_lines(changes: Iterable[PostChange], lines: Mapping[str, tuple[int, int]], titles: Mapping[str, str]
               ) -> tuple[PostChange, ...]:
    """Return changes with the lines that posts gained and lost, by id; posts of which only lines changed come last."""
    known = tuple(msgspec.structs.replace(one, lines=lines.get(one.id)) for one in changes)
    others = [post for post in titles if post in lines and post not in {one.id for one in known}]
    return (*known, *(PostChange(post, titles[post], "changed", lines=lines[post]) for post in others))


@dataclass(frozen=True, slots=True)
class TopicChange:
    """A topic then and now: covered and all equations of the originals, over the posts that are known both times."""

    topic: str
    posts: int
    covered: tuple[int, int]
    equations: tuple[int, int]


def by_topic(before: State, after: State) -> tuple[TopicChange, ...]:
    """Return what became of the equations of every topic in which anything changed; unknown counts are left out."""
    found: dict[str, list[tuple[PostState, PostState]]] = {}
    for post, now in after.items():
        if post in before and None not in (before[post].equations, now.equations):
            found.setdefault(now.topic, []).append((before[post], now))
    changes = (TopicChange(topic, len(pairs), _sums(pairs, "covered"), _sums(pairs, "equations"))
               for topic, pairs in sorted(found.items()))
    return tuple(one for one in changes if one.covered[0] != one.covered[1] or one.equations[0] != one.equations[1])


def _sums(pairs: Iterable[tuple[PostState, PostState]], name: str) -> tuple[int, int]:
    known = [(getattr(then, name) or 0, getattr(now, name) or 0) for then, now in pairs]
    return sum(then for then, _ in known), sum(now for _, now in known)
