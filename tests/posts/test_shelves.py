"""The shelves and the frames of pages, without Sphinx."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ext.edition.posts.shelves import WINDOW, Link, arrange, digest, frames, window
from ext.edition.site.config import Topic

TOPICS = (Topic(name="扩散模型", slug="diffusion", description="加噪与去噪"), Topic(name="优化器", slug="optimizers"))


def post(name: str, **values: Any) -> Any:
    """Make what the shelves read of a record."""
    blank = {"date": "", "topic": "", "series": "", "number": None, "status": "", "tags": ()}
    return SimpleNamespace(docname=f"posts/{name}", title=name.upper(), **blank | values)


def test_topics_come_in_the_order_of_the_file_then_unknown_ones_then_the_unsorted() -> None:
    shelves = arrange([post("a", topic="optimizers"), post("b", topic="博弈论"), post("c"),
                       post("d", topic="扩散模型")], TOPICS)
    assert [(topic.name, topic.docname) for topic in shelves.topics] == [
        ("扩散模型", "browse/topic-diffusion"), ("优化器", "browse/topic-optimizers"),
        ("博弈论", "browse/topic-博弈论"), ("其他", "browse/topic-unsorted")]
    assert [[leaf.docname for leaf in topic.posts] for topic in shelves.topics] == [
        ["posts/d"], ["posts/a"], ["posts/b"], ["posts/c"]]


def test_a_summary_is_the_page_of_its_topic() -> None:
    shelves = arrange([], TOPICS, {"topics/diffusion": "扩散模型", "guide/index": "指南", "guide/a": "甲", "index": ""})
    assert shelves.by_page["topics/diffusion"].summary
    assert not shelves.by_page["browse/topic-optimizers"].summary
    assert shelves.guide == (Link("guide/index", "指南"), Link("guide/a", "甲"))


def test_a_series_is_read_by_number_then_by_date() -> None:
    shelves = arrange([post("a", series="S", date="2020-01-01"), post("b", series="S", number=2),
                       post("c", series="S", number=1, date="2024-01-01"), post("d", series="S")], TOPICS)
    assert [leaf.docname[-1] for leaf in shelves.series[0].posts] == ["c", "b", "a", "d"]


def test_tags_that_differ_by_case_are_one_spelt_as_most_have_it() -> None:
    shelves = arrange([post("a", tags=("RoPE", "rope")), post("b", tags=("ROPE",)), post("c", tags=("RoPE", "注意力"))],
                      TOPICS)
    assert [(tag.name, len(tag.posts)) for tag in shelves.tags] == [("RoPE", 3), ("注意力", 1)]
    assert shelves.by_post["posts/a"].tags == ("RoPE",) and set(shelves.tag_pages) == {"RoPE", "注意力"}


def test_a_series_says_which_of_its_numbers_are_missing() -> None:
    numbers = {"a": 2, "b": 3, "c": 7, "d": None, "e": 9}
    shelves = arrange([post(name, series="甲", number=number) for name, number in numbers.items()], TOPICS)
    assert [shelves.series[0].missing(at) for at in range(5)] == ["1", "", "4–6", "8", ""]


def test_names_that_fall_together_get_pages_of_their_own() -> None:
    tags = arrange([post("a", tags=("C", "C++", "c#"))], TOPICS).tag_pages
    assert len(set(tags.values())) == 3


def test_neighbours_walk_along_the_series_or_else_along_the_topic_in_time() -> None:
    shelves = arrange([post("a", topic="优化器", date="2020-01-01"), post("b", topic="优化器", date="2021-01-01"),
                       post("c", topic="优化器", series="S", number=1),
                       post("d", topic="优化器", series="S", number=2)], TOPICS)
    framed = frames(shelves, "其余")
    assert framed["posts/a"].next == Link("posts/b", "B")
    assert framed["posts/b"].previous == Link("posts/a", "A")
    assert (framed["posts/c"].next, framed["posts/c"].along) == (Link("posts/d", "D"), "S")
    assert [crumb.title for crumb in framed["posts/d"].crumbs] == ["优化器", "S"]
    assert [(group.heading, len(group.links)) for group in framed["posts/c"].groups] == [("S", 2), ("其余", 0)]
    assert [(group.heading, len(group.links)) for group in framed["posts/a"].groups] == [("S", 0), ("其余", 2)]


def test_a_frame_does_not_grow_with_the_edition_and_a_new_post_touches_its_neighbours_only() -> None:
    posts = [post(f"p{n:03}", topic="优化器", date=f"20{n // 12:02}-{n % 12 + 1:02}-01") for n in range(200)]
    before = frames(arrange(posts, TOPICS))
    after = frames(arrange([*posts, post("new", topic="优化器", date="2008-05-15")], TOPICS))
    touched = {name for name in before if digest(before[name]) != digest(after[name])}
    assert all(len(group.links) <= WINDOW for frame in after.values() for group in frame.groups)
    assert 0 < len(touched) <= WINDOW + 2


def test_a_changed_text_changes_no_frame() -> None:
    posts = [post("a", topic="优化器", kb=1), post("b", topic="优化器", kb=2)]
    other = [post("a", topic="优化器", kb=9), posts[1]]
    assert digest(frames(arrange(posts, TOPICS))) == digest(frames(arrange(other, TOPICS)))


@given(st.integers(1, 60), st.integers(0, 59), st.integers(1, 30))
def test_a_window_shows_the_current_post(length: int, at: int, size: int) -> None:
    leaves = arrange([post(f"p{n:02}") for n in range(length)], ()).posts
    at %= length
    shown = window(leaves, at, size)
    assert leaves[at] in shown
    assert len(shown) == min(size, length)


@given(st.lists(st.tuples(st.sampled_from(["", "优化器", "x"]), st.sampled_from(["", "S", "T"])), max_size=30))
def test_every_post_has_one_frame_and_stands_on_its_shelves(kinds: list[tuple[str, str]]) -> None:
    posts = [post(f"p{n}", topic=topic, series=series) for n, (topic, series) in enumerate(kinds)]
    shelves = arrange(posts, TOPICS)
    framed = frames(shelves)
    assert {one.docname for one in posts} <= framed.keys()
    assert sorted(leaf.docname for topic in shelves.topics for leaf in topic.posts) == sorted(
        one.docname for one in posts)
    for one in posts:
        links = [link.docname for group in framed[one.docname].groups for link in group.links]
        assert links.count(one.docname) == 1
