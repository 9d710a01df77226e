"""The summary: thresholds, shares and denominators."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ext.edition.audit.coverage import Cover, EquationCover
from ext.edition.audit.facts import Facts, Review
from ext.edition.audit.importance import OPENS
from ext.edition.audit.shares import histogram, percent
from ext.edition.audit.summary import summarise
from ext.edition.posts.catalogue import Entry
from ext.edition.posts.measures import Counts, PostRecord, count_text
from ext.edition.site.config import About, Bands, Edition, Standard, Topic

EDITION = Edition(edition=About(title="试"), topics=(Topic(name="矩阵", slug="matrices"),))
COUNTS = st.builds(Counts, *[st.integers(0, 99)] * 10)


def record(name: str = "a", **given: Any) -> Facts:
    """Return the facts of a post in which only the given fields matter."""
    plain: dict[str, Any] = {
        "docname": f"posts/{name}", "title": name, "id": name, "date": "", "source": "", "author": "", "licence": "",
        "tags": (), "topic": "", "series": "", "number": None, "status": "", "origin": "", "fetched": "",
        "bytes": 20_000, "original_bytes": None, "added_bytes": None, "original": None, "added": None,
        "total": Counts(), "blocks": (), "links_to": ()}
    return Facts(PostRecord(**{**plain, **given}))


@pytest.mark.parametrize(("count", "of", "text"), [
    (199, 200, "99 %"), (1, 300, "<1 %"), (0, 0, "–"), (0, 5, "0 %"), (5, 5, "100 %"), (1, 2, "50 %"), (3, 300, "1 %")])
def test_nothing_rounds_to_none_or_to_all(count: int, of: int, text: str) -> None:
    assert percent(count, of) == text


@given(st.integers(0, 500), st.integers(1, 500))
def test_all_and_none_are_exact(count: int, of: int) -> None:
    text = percent(min(count, of), of)
    assert (text == "100 %") == (count >= of)
    assert (text == "0 %") == (count == 0)


@given(COUNTS, COUNTS)
def test_counts_add_field_by_field(one: Counts, other: Counts) -> None:
    both = one + other
    assert both.formulas == one.formulas + other.formulas
    assert both.characters == one.characters + other.characters
    assert sum([one, other], Counts()) == both == other + one


def test_characters_count_each_sign_and_know_chinese() -> None:
    assert count_text("设 SVD 为\n三。") == Counts(characters=7, cjk=3)


@given(st.lists(st.floats(0, 1000)))
def test_every_value_is_in_one_bar(values: list[float]) -> None:
    bars = histogram(values, (5, 10, 80))
    assert sum(bar.posts for bar in bars) == len(values)
    for bar in bars:
        assert bar.posts == sum(bar.lower <= v and (bar.upper is None or v < bar.upper) for v in values)


@pytest.mark.parametrize(("size", "formulas", "short"), [
    (14_900, 4, True), (15_000, 4, False), (14_900, 5, False), (15_000, 5, False)])
def test_the_edges_of_the_short_band(size: int, formulas: int, short: bool) -> None:
    summary = summarise([record(bytes=size, total=Counts(inline=formulas))], {}, EDITION)
    assert summary.rows[0].short is short
    assert summary.short.count == short


@pytest.mark.parametrize(("size", "formulas", "long"), [
    (50_100, 21, True), (50_000, 21, False), (50_100, 20, False)])
def test_the_edges_of_the_long_band(size: int, formulas: int, long: bool) -> None:
    edition = Edition(edition=About(title="试"), standards=(Standard(name="一", criteria=("renders",)),))
    summary = summarise([record(bytes=size, total=Counts(displayed=formulas))], {}, edition)
    assert summary.rows[0].long is summary.rows[0].exemplary is long


def test_length_alone_is_long_and_not_exemplary() -> None:
    summary = summarise([record(bytes=60_000, total=Counts(displayed=30))], {}, EDITION)
    assert (summary.long.count, summary.exemplary.count) == (1, 0)


@pytest.mark.parametrize(("given", "review", "stage"), [
    ({"original": None, "added": None}, "reviewed", "unverified"),
    ({"added": Counts()}, "none", "bare"),
    ({"added": Counts()}, "reviewed", "met"),
    ({"added": Counts(characters=1)}, "none", "nearly"),
    ({"added": Counts(inline=1)}, "stale", "nearly"),
    ({"added": Counts(inline=1)}, "reviewed", "met")])
def test_the_stage_of_a_post_without_equations(given: dict[str, Any], review: Any, stage: str) -> None:
    edition = Edition(edition=About(title="试"), standards=(Standard(name="一", criteria=("coverage", "reviewed")),))
    facts = replace(record(**{"original": Counts(), "total": Counts(inline=1), **given}),
                    review=Review(review, times=int(review == "reviewed")))
    assert summarise([facts], {}, edition).rows[0].stage == stage


@pytest.mark.parametrize(("states", "stage"), [
    ("uuu", "unattached"), ("uru", "begun"), ("ddd", "nearly"), ("eed", "nearly"), ("dur", "begun")])
def test_the_stage_says_whether_anything_is_attached(states: str, stage: str) -> None:
    named = {"d": Cover.DERIVED, "e": Cover.EXPLAINED, "r": Cover.REFERENCED, "u": Cover.UNCOVERED}
    edition = Edition(edition=About(title="试"), standards=(Standard(name="一", criteria=("coverage", "reviewed")),))
    facts = replace(record(original=Counts(displayed=3), added=Counts(displayed=9), total=Counts(displayed=12)),
                    equations=tuple(EquationCover(str(at), str(at), "", at, "x", named[one], (), False)
                                    for at, one in enumerate(states)))
    whole = summarise([facts], {}, edition)
    assert whole.rows[0].stage == stage
    assert {action.name: action.posts for action in whole.actions}["unreviewed"] == (stage == "nearly")


def test_importance_says_where_it_comes_from() -> None:
    posts = [record("a", series="列", number=1), record("b", series="列", number=2, links_to=("c", "b")),
             record("c"), record("d", links_to=("c", "a", "c")), record("e", links_to=("c",)), record("f")]
    rows = summarise(posts, {"f": Entry(id="f", title="己", priority="low")}, EDITION).rows
    found = {row.record.id: (row.importance.level, row.importance.by, row.importance.links) for row in rows}
    assert found == {"a": ("high", "links", 1), "b": ("", "", 0), "c": ("high", "links", 3), "d": ("", "", 0),
                     "e": ("", "", 0), "f": ("low", "hand", 0)}
    assert rows[0].importance.opens and rows[0].importance.score == 1 + OPENS


@given(st.lists(st.integers(0, 5), min_size=1, max_size=12))
def test_more_links_never_make_a_post_less_important(links: list[int]) -> None:
    names = [f"p{at}" for at in range(len(links))]
    posts = [record(name) for name in names] + [
        record(f"q{at}", links_to=tuple(name for name, count in zip(names, links, strict=True) if count > at))
        for at in range(5)]
    ranks = {"high": 0, "medium": 1, "low": 2, "": 3}
    rows = summarise(posts, {}, EDITION).rows[:len(links)]
    order = sorted((row.importance.links, ranks[row.importance.level]) for row in rows)
    assert [rank for _, rank in order] == sorted((rank for _, rank in order), reverse=True)
    assert all((row.importance.level == "") == (row.importance.links == 0) for row in rows)


def test_thresholds_come_from_the_configuration() -> None:
    edition = Edition(edition=About(title="试"), audit=Bands(short_kb=30, short_formulas=100))
    assert summarise([record(total=Counts(inline=50))], {}, edition).short.count == 1


def test_unknown_layers_are_in_neither_numerator_nor_denominator() -> None:
    known = record("a", original=Counts(inline=3), added=Counts(inline=2), total=Counts(inline=5))
    unknown = record("b", total=Counts(inline=100))
    summary = summarise([known, unknown], {}, EDITION)
    assert (summary.original.inline, summary.added.inline, summary.total.inline) == (3, 2, 105)
    assert (summary.layers_known.count, summary.layers_known.of) == (1, 2)


def test_the_catalogue_is_the_denominator_of_what_was_fetched() -> None:
    catalogue = {entry.id: entry for entry in [
        Entry(id="a", title="甲", state="fetched"), Entry(id="b", title="乙", topic="矩阵"),
        Entry(id="c", title="丙", state="skipped"), Entry(id="d", title="丁", state="refused")]}
    summary = summarise([record("a", topic="矩阵"), record("z", origin="local")], catalogue, EDITION)
    assert (summary.fetched.count, summary.fetched.of) == (1, 3)
    assert dict(summary.states) == {"fetched": 1, "known": 1, "local": 1, "refused": 1, "skipped": 1}


def test_topics_keep_their_order_and_none_is_lost() -> None:
    summary = summarise([record("a", topic="别的"), record("b"), record("c", topic="矩阵")], {}, EDITION)
    assert [(topic.name, topic.posts) for topic in summary.topics] == [("矩阵", 1), ("别的", 1), ("", 1)]


def test_a_topic_may_be_called_by_its_slug() -> None:
    summary = summarise([record("a", topic="matrices"), record("b", topic="矩阵")], {}, EDITION)
    assert [(topic.name, topic.posts) for topic in summary.topics] == [("矩阵", 2)]


def test_pages_that_are_no_posts_are_not_counted() -> None:
    assert summarise([record(docname="guide/start")], {}, EDITION).rows == ()
