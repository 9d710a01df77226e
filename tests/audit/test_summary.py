"""The summary: thresholds, shares and denominators."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ext.edition.audit.facts import Facts
from ext.edition.audit.shares import histogram, percent
from ext.edition.audit.summary import summarise
from ext.edition.posts.catalogue import Entry
from ext.edition.posts.measures import Counts, PostRecord, count_text
from ext.edition.site.config import About, Bands, Edition, Topic

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


@pytest.mark.parametrize(("size", "formulas", "exemplary"), [
    (50_100, 21, True), (50_000, 21, False), (50_100, 20, False)])
def test_the_edges_of_the_exemplary_band(size: int, formulas: int, exemplary: bool) -> None:
    summary = summarise([record(bytes=size, total=Counts(displayed=formulas))], {}, EDITION)
    assert summary.rows[0].exemplary is exemplary


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
