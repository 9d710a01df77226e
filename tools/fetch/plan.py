"""Decide what a run does: listed posts against the catalogue and the files there are, before any page is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

import msgspec

from ext.edition.posts.catalogue import Entry
from ext.edition.posts.identity import NEVER, digest_id, ids, not_a_post
from ext.edition.site.config import Site
from tools.fetch.entries import Listed

#: Begins the reason of a post whose page the site refuses: it is asked for again only by name.
REFUSED = "refused: "
#: The reason of a post that is here and no longer at its address.
GONE = "gone upstream"


class Step(StrEnum):
    """What is done with one post."""

    CONTENT = "content"
    """Take what the source gives; no request is needed."""
    PAGE = "page"
    """Ask for the page of the post."""
    PASS = "pass"  # noqa: S105 - a step, not a password
    """Leave it as it is."""


@dataclass(frozen=True, slots=True)
class Held:
    """What the edition's files hold of one post."""

    original: bool = False
    post: bool = False
    via: str = ""
    fetched: str = ""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line asks for."""

    only: frozenset[str] = frozenset()
    since: str = ""
    limit: int | None = None
    refresh: bool = False


@dataclass(frozen=True, slots=True)
class Action:
    """One post and what to do with it; ``why`` explains a pass."""

    row: Entry
    listed: Listed
    step: Step
    why: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """All of a run: the actions in the order listed, the catalogue with the posts that are new in it."""

    actions: tuple[Action, ...] = ()
    rows: Mapping[str, Entry] = field(default_factory=dict)
    passed_over: tuple[tuple[str, str], ...] = ()

    @property
    def work(self) -> tuple[Action, ...]:
        """The actions that do something."""
        return tuple(action for action in self.actions if action.step is not Step.PASS)


def index(rows: Iterable[Entry]) -> dict[str, str]:
    """Return the id of a row by everything it may be found by: id, aliases, digest of its address."""
    rows = list(rows)
    known = {digest_id(row.source): row.id for row in rows if row.source}
    known |= {alias: row.id for row in rows for alias in row.aliases}
    return known | {row.id: row.id for row in rows}


def resolve(listed: Iterable[Listed], rows: Mapping[str, Entry], site: Site
            ) -> tuple[dict[str, Listed], dict[str, Entry], list[tuple[str, str]]]:
    """Return the listed posts by id, the catalogue grown by those it lacked, and what is no post and why.

    The same post from several sources becomes one: the richest listing wins, the others fill its gaps.
    """
    by_key, grown, found, passed = index(rows.values()), dict(rows), dict[str, Listed](), []
    for post in listed:
        why = not_a_post(site, post.url) if post.url else None
        # A feed lists posts by its nature, so only what is plainly something else is left out of it.
        if why is not None and (post.kind not in ("feed", "row", "url") or why in NEVER):
            passed.append((post.url, why))
            continue
        keys = ids(site, [post.url, post.guid]) or ((digest_id(post.guid),) if post.guid else ())
        if not keys:
            passed.append((post.title or "an entry", "has neither address nor guid"))
            continue
        known = next((by_key[key] for key in keys if key in by_key), keys[0])
        row = grown.get(known) or Entry(id=known, title=post.title or known, source=post.url)
        source = row.source or post.url
        aliases = tuple(key for key in keys if key not in (known, digest_id(source)))
        row = msgspec.structs.replace(
            row, source=source, date=row.date or post.date,
            title=post.title if row.title in ("", row.id) and post.title else row.title,
            aliases=tuple(dict.fromkeys([*row.aliases, *aliases])))
        grown[known] = row
        by_key |= dict.fromkeys(keys, known)
        found[known] = _merge(found[known], post) if known in found else post
    return found, grown, passed


def _merge(one: Listed, other: Listed) -> Listed:
    """Return one listing out of two of the same post."""
    best, rest = (one, other) if _rank(one) >= _rank(other) else (other, one)
    return replace(best, **{name: getattr(best, name) or getattr(rest, name)
                            for name in ("url", "title", "guid", "date", "updated", "author", "licence", "tags")})


def _rank(post: Listed) -> tuple[bool, bool]:
    return (post.whole, bool(post.html))


def plan(listed: Iterable[Listed], rows: Mapping[str, Entry], held: Mapping[str, Held], site: Site,
         wishes: Wishes) -> Plan:
    """Return what to do. Pure: the same arguments give the same plan."""
    found, grown, passed = resolve(listed, rows, site)
    actions: list[Action] = []
    left = wishes.limit
    # New posts first: with a limit, those that stay truncated must not take all the turns.
    for known, post in sorted(found.items(), key=lambda item: grown[item[0]].state == "truncated"):
        row, have = grown[known], held.get(known, Held())
        step, why = _step(row, post, have, wishes)
        costs = step is Step.PAGE or (step is Step.CONTENT and not (have.original and have.post))
        if costs and left is not None:
            if left <= 0:
                step, why = Step.PASS, "past the limit"
            left -= 1
        actions.append(Action(row, post, step, why))
    return Plan(tuple(actions), grown, tuple(passed))


def _step(row: Entry, post: Listed, have: Held, wishes: Wishes) -> tuple[Step, str]:
    named = row.id in wishes.only or bool(wishes.only.intersection(row.aliases))
    if wishes.only and not named:
        return Step.PASS, "not asked for"
    if row.state in ("skipped", "local"):
        return Step.PASS, f"{row.state}{f': {row.reason}' if row.reason else ''}"
    date = row.date or post.date
    if wishes.since and not named and (not date or date < wishes.since):
        return Step.PASS, f"before {wishes.since}" if date else "has no date to compare"
    whole = post.html is not None and post.whole
    complete = have.original and have.post and row.state == "fetched"
    if not complete:
        if whole:
            return Step.CONTENT, ""
        if not post.url and not row.source:
            return (Step.CONTENT, "") if post.html is not None else (Step.PASS, "has no address")
        if row.state == "refused" or (row.state == "truncated" and row.reason.startswith(REFUSED)):
            return (Step.PAGE, "") if named else (Step.PASS, f"{row.reason or 'refused'}; --only asks again")
        return Step.PAGE, ""
    again = named or wishes.refresh
    if whole and (have.via in ("", _via(post)) or again):
        return Step.CONTENT, ""
    if wishes.refresh and not named and have.via == "feed":
        return Step.PASS, "came from a feed that no longer lists it"
    if again or (have.via == "page" and post.kind in ("feed", "sitemap") and _stale(post, have)):
        return Step.PAGE, ""
    return Step.PASS, "fetched"


def _via(post: Listed) -> str:
    return "feed" if post.kind == "feed" else "file"


def _stale(post: Listed, have: Held) -> bool:
    """Return whether the page may have changed since it was fetched: the listing says so, or cannot say."""
    if post.updated:
        return post.updated >= have.fetched
    return post.kind == "feed"
