"""One post is one post, whatever it is called; a plan does what is missing and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ext.edition.posts.catalogue import Entry
from ext.edition.posts.identity import canonical, digest_id, ids, not_a_post
from ext.edition.site.config import Site
from tools.fetch.entries import Listed
from tools.fetch.plan import Held, Plan, Step, Wishes, plan, resolve

BLOG = "https://blog.example"
SITE = Site(post=r"^https?://(www\.)?blog\.example/archives/(?P<id>\d+)")
POST = Listed(url=f"{BLOG}/archives/7", title="七", html="<p>x</p>", whole=True, kind="feed")


@pytest.mark.parametrize("url", [
    "https://blog.example/2024/post", "http://blog.example/2024/post/", "https://www.blog.example:443/2024/post/#top",
    "HTTPS://Blog.Example/2024/post/index.html", "https://blog.example/2024/post?utm_source=rss&utm_medium=feed",
    "https://blog.example/2024/x/../post/", "https://blog.example/2024/post/?replytocom=5#respond",
    "https://blog.example/2024/%70ost", "https://blog.example/2024/post/comment-page-2/#comments",
    " https://blog.example/2024/post ", "https://blog.example/2024/post/amp/"])
def test_spellings_of_one_address_are_one(url: str) -> None:
    assert canonical(url) == "blog.example/2024/post"


@pytest.mark.parametrize("url", [
    "https://blog.example/2024/post2", "https://blog.example/2024/post?id=2", "https://other.example/2024/post",
    "https://blog.example:8080/2024/post", "https://blog.example/2024/Post"])
def test_other_addresses_stay_others(url: str) -> None:
    assert canonical(url) != "blog.example/2024/post"


def test_percent_encoded_and_plain_chinese_are_one() -> None:
    assert digest_id("http://x.example/2019/%E7%AD%96%E7%95%A5/") == digest_id("http://x.example/2019/策略/")


@given(st.text(max_size=60))
def test_any_text_has_an_identity(text: str) -> None:
    assert canonical(text) == canonical(text)
    for known in ids(Site(), [text, f"https://x.example/{text}"]):
        assert known.startswith("u-") and len(known) == 12


@pytest.mark.parametrize("address", ["../../etc/passwd", "a/b", "..", ".git", "a\x00b", "CON", "x" * 500])
def test_an_archive_id_cannot_leave_its_folder(address: str) -> None:
    known, *_ = ids(Site(post=r"/p/(?P<id>.+)"), [f"https://x.example/p/{address}"])
    assert "/" not in known and "." not in known and "\x00" not in known and 0 < len(known.encode()) <= 120


@pytest.mark.parametrize(("url", "why"), [
    (f"{BLOG}/p/1#comment-12", "a comment"), (f"{BLOG}/p/1#li-comment-3", "a comment"),
    (f"{BLOG}/tag/x", "a list of posts"), (f"{BLOG}/category/a/b", "a list of posts"), (f"{BLOG}/", "the home page"),
    (f"{BLOG}/page/2", "a list of posts"), (f"{BLOG}/p/1/feed/", "a list of posts"), (f"{BLOG}", "the home page"),
    (f"{BLOG}/wp-content/uploads/a.jpg", "an attachment"), (f"{BLOG}/paper.PDF", "an attachment"),
    (f"{BLOG}/?attachment_id=9", "an attachment"), ("mailto:a@b.example", "not a web address"),
    ("javascript:alert(1)", "not a web address"), ("http://[", "not a web address"), ("", "not a web address")])
def test_what_is_no_post(url: str, why: str) -> None:
    assert not_a_post(Site(), url) == why


@pytest.mark.parametrize("url", [f"{BLOG}/p/1#comments", f"{BLOG}/?p=5", f"{BLOG}/p/1/comment-page-2/",
                                 f"{BLOG}/2024/tagging-data", f"{BLOG}/posts/feedback/"])
def test_what_may_be_a_post(url: str) -> None:
    assert not_a_post(Site(), url) is None


def test_the_pattern_decides_when_there_is_one() -> None:
    assert not_a_post(SITE, f"{BLOG}/about") == "does not match site.post"
    assert not_a_post(SITE, f"{BLOG}/archives/7#comment-3") == "a comment"
    assert not_a_post(SITE, f"{BLOG}/archives/7") is None


def test_one_post_from_feed_archive_and_saved_page() -> None:
    listed = [POST, Listed(url="http://www.blog.example/archives/7#more", kind="archive", date="2024-01-02"),
              Listed(url=f"{BLOG}/archives/7?utm_source=x", html=b"<html>", fragment=False, whole=True, kind="file")]
    found, rows, passed = resolve(listed, {}, SITE)
    assert list(found) == list(rows) == ["7"] and not passed
    assert found["7"].date == "2024-01-02" and found["7"].title == "七"


def test_a_guid_of_the_form_p_id_is_remembered() -> None:
    feed = Listed(url=f"{BLOG}/2024/slug/", guid=f"{BLOG}/?p=123", title="t", kind="feed")
    first, rows, _ = resolve([feed], {}, Site())
    page = Listed(url=f"{BLOG}/?p=123", kind="file", html=b"x", whole=True)
    second, again, _ = resolve([page], rows, Site())
    assert list(first) == list(second) and len(again) == 1


def test_a_pattern_that_comes_later_does_not_double_posts() -> None:
    _, rows, _ = resolve([replace(POST, url=f"{BLOG}/archives/7")], {}, Site())
    found, again, _ = resolve([POST], rows, SITE)
    assert list(found) == list(rows) and len(again) == 1


def test_an_alias_of_the_catalogue_is_the_post() -> None:
    rows = {"7": Entry(id="7", title="七", aliases=("8",))}
    found, grown, _ = resolve([Listed(url=f"{BLOG}/archives/8", kind="archive")], rows, SITE)
    assert list(found) == ["7"] and list(grown) == ["7"]


def test_what_was_set_by_hand_stays() -> None:
    mine = Entry(id="7", title="我的标题", topic="优化", series="s", number=2, priority="high", date="2020-01-01")
    _, grown, _ = resolve([replace(POST, date="2024-01-01")], {"7": mine}, SITE)
    assert grown["7"] == Entry(id="7", title="我的标题", topic="优化", series="s", number=2, priority="high",
                               date="2020-01-01", source=POST.url)


def test_comments_of_a_comment_feed_are_no_posts() -> None:
    found, rows, passed = resolve([replace(POST, url=f"{BLOG}/archives/7#comment-5")], {}, SITE)
    assert not found and not rows and passed == [(f"{BLOG}/archives/7#comment-5", "a comment")]


def test_a_feed_may_list_posts_that_the_pattern_does_not_know() -> None:
    found, _, _ = resolve([replace(POST, url="https://elsewhere.example/x")], {}, SITE)
    assert list(found) == [digest_id("https://elsewhere.example/x")]


def test_entries_without_address_are_known_by_guid_or_named() -> None:
    found, _, passed = resolve([Listed(url="", guid="tag:x,2024:1", html="<p>x</p>", kind="feed"),
                                Listed(url="", title="lost", kind="feed")], {}, Site())
    assert len(found) == 1 and passed == [("lost", "has neither address nor guid")]


def made(listed: list[Listed], rows: dict[str, Entry], held: dict[str, Held], site: Site = SITE,
         **wishes: object) -> Plan:
    return plan(listed, rows, held, site, Wishes(**wishes))  # type: ignore[arg-type]


def row(**changes: object) -> dict[str, Entry]:
    return {"7": Entry(**{"id": "7", "title": "七", "source": POST.url} | changes)}  # type: ignore[arg-type]


HELD = {"7": Held(original=True, post=True, via="page", fetched="2024-06-01")}
LINK = replace(POST, html=None, whole=False, kind="archive")
SUMMARY = replace(POST, whole=False)


@pytest.mark.parametrize(("listed", "state", "held", "wishes", "step"), [
    (POST, "known", {}, {}, Step.CONTENT),
    (SUMMARY, "known", {}, {}, Step.PAGE),
    (LINK, "known", {}, {}, Step.PAGE),
    (LINK, "fetched", HELD, {}, Step.PASS),
    (LINK, "fetched", HELD, {"refresh": True}, Step.PAGE),
    (LINK, "fetched", HELD, {"only": frozenset({"7"})}, Step.PAGE),
    (LINK, "fetched", {}, {}, Step.PAGE),  # its files are gone
    (LINK, "fetched", {"7": Held(post=True)}, {}, Step.PAGE),
    (SUMMARY, "fetched", HELD, {}, Step.PAGE),  # the feed cannot say whether it changed
    (replace(SUMMARY, updated="2024-05-01"), "fetched", HELD, {}, Step.PASS),
    (replace(SUMMARY, updated="2024-06-01"), "fetched", HELD, {}, Step.PAGE),
    (replace(LINK, kind="sitemap", updated="2024-07-01"), "fetched", HELD, {}, Step.PAGE),
    (replace(LINK, kind="sitemap"), "fetched", HELD, {}, Step.PASS),
    (POST, "fetched", {"7": replace(HELD["7"], via="feed")}, {}, Step.CONTENT),
    (LINK, "fetched", {"7": replace(HELD["7"], via="feed")}, {"refresh": True}, Step.PASS),
    (LINK, "refused", {}, {}, Step.PASS),
    (LINK, "refused", {}, {"only": frozenset({"7"})}, Step.PAGE),
    (POST, "refused", {}, {}, Step.CONTENT),  # the feed gives what the site refused
    (LINK, "skipped", {}, {"only": frozenset({"7"})}, Step.PASS),
    (LINK, "local", {}, {"refresh": True}, Step.PASS),
    (SUMMARY, "truncated", HELD, {}, Step.PAGE),
    (LINK, "known", {}, {"only": frozenset({"8"})}, Step.PASS),
    (LINK, "known", {}, {"since": "2024-01-01"}, Step.PASS),
    (replace(LINK, date="2024-01-01"), "known", {}, {"since": "2024-01-01"}, Step.PAGE),
    (replace(LINK, date="2023-12-31"), "known", {}, {"since": "2024-01-01"}, Step.PASS),
])
def test_steps(listed: Listed, state: str, held: dict[str, Held], wishes: dict[str, object], step: Step) -> None:
    action, = made([listed], row(state=state), held, **wishes).actions
    assert action.step is step, action.why
    assert action.why or step is not Step.PASS


def test_a_refused_page_of_a_truncated_post_is_not_hammered() -> None:
    rows = row(state="truncated", reason="refused: 403: is forbidden")
    assert made([SUMMARY], rows, HELD).actions[0].step is Step.PASS
    assert made([SUMMARY], rows, HELD, only=frozenset({"7"})).actions[0].step is Step.PAGE


def test_the_limit_counts_work_and_prefers_what_is_new() -> None:
    rows = {str(n): Entry(id=str(n), title="t", state="truncated" if n < 3 else "known",
                          source=f"{BLOG}/archives/{n}") for n in range(6)}
    listed = [Listed(url=entry.source, kind="archive") for entry in rows.values()]
    made_plan = made(listed, rows, {}, limit=2)
    assert [action.row.id for action in made_plan.work] == ["3", "4"]
    assert [action.why for action in made_plan.actions].count("past the limit") == 4


def test_a_plan_is_the_same_twice() -> None:
    listed = [POST, LINK, SUMMARY, replace(POST, url=f"{BLOG}/archives/8")]
    assert made(listed, {}, {}) == made(listed, {}, {})
