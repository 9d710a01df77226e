"""Topics are chosen by words, with the reason; what somebody set stays, and a second run changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import EditionFolder
from hypothesis import given
from hypothesis import strategies as st

from ext.edition.posts import catalogue, classify, keywords
from ext.edition.posts.catalogue import Entry
from ext.edition.site import config, frontmatter
from ext.edition.site.errors import EditionError
from ext.edition.site.fill import fill
from tools.__main__ import main
from tools.catalogue import read_list
from tools.classify import agreements

REPO = Path(__file__).resolve().parent.parent.parent
TOML = """
[edition]
title = "试"
[[topics]]
name = "扩散"
slug = "diffusion"
keywords = ["扩散", "SDE"]
aliases = ["生成"]
[topics.words]
2 = ["DDPM"]
[[topics]]
name = "矩阵"
slug = "matrices"
keywords = ["矩阵", "SVD", "*BERT"]
[topics.words]
-1 = ["DDPM"]
[[series]]
name = "漫谈"
topic = "扩散"
"""
EDITION = config.parse(TOML)
ROWS = [Entry(id="1", title="漫谈（二）：矩阵"), Entry(id="2", title="SVD 与矩阵"),
        Entry(id="3", title="矩阵", topic="扩散"), Entry(id="4", title="日记"), Entry(id="5", title="扩散与矩阵"),
        Entry(id="6", title="DDPM", series="别的", number=7)]


@pytest.fixture
def edition(make_edition: Callable[..., EditionFolder]) -> EditionFolder:
    folder = make_edition(TOML)
    catalogue.save(folder.source, ROWS)
    return folder


def test_words_choose_the_topic_and_say_why(edition: EditionFolder) -> None:
    assert main(["classify", "--edition", str(edition.root)]) == 0
    rows = catalogue.load(edition.source)
    assert [row.topic for row in rows.values()] == ["扩散", "矩阵", "扩散", "", "", "扩散"]
    assert (rows["1"].series, rows["1"].number) == ("漫谈", 2)
    assert rows["2"].guess and rows["2"].guess.why == "SVD 3 (title), 矩阵 3 (title)"
    assert rows["3"].guess is None and (rows["6"].series, rows["6"].number) == ("别的", 7)


def test_the_second_run_changes_nothing(edition: EditionFolder, capsys: pytest.CaptureFixture[str]) -> None:
    post = edition.post("a", "矩阵", id="2")
    for expected in (True, False):
        before = (post.read_bytes(), (edition.source / catalogue.FILE).read_bytes())
        assert main(["classify", "--edition", str(edition.root), "--again"]) == 0
        after = (post.read_bytes(), (edition.source / catalogue.FILE).read_bytes())
        assert (before != after) is expected
    assert "0 rows and 0 posts changed" in capsys.readouterr().out


def test_a_dry_run_shows_the_change_and_writes_nothing(edition: EditionFolder, capsys: pytest.CaptureFixture[str]
                                                       ) -> None:
    post = edition.post("a", "矩阵", id="2")
    before = (post.read_bytes(), (edition.source / catalogue.FILE).read_bytes())
    assert main(["classify", "--edition", str(edition.root), "--dry-run"]) == 0
    assert before == (post.read_bytes(), (edition.source / catalogue.FILE).read_bytes())
    out = capsys.readouterr().out
    assert "+topic: 矩阵" in out and "+  topic: 矩阵" in out and "+  number: 2" in out


def test_the_front_matter_is_filled_where_it_is_empty_only(edition: EditionFolder) -> None:
    kept = edition.post("kept", "矩阵", id="2", topic="扩散")
    filled = edition.post("filled", "扩散", id="1", topic="", tags=["扩散"])
    text = kept.read_text("utf-8")
    assert main(["classify", "--edition", str(edition.root)]) == 0
    assert kept.read_text("utf-8") == text and catalogue.load(edition.source)["2"].topic == "扩散"
    meta = frontmatter.split(filled.read_text("utf-8")).meta
    assert (meta["topic"], meta["series"], meta["number"]) == ("扩散", "漫谈", 2)


def test_again_reconsiders_what_the_words_chose_and_nothing_else(edition: EditionFolder) -> None:
    post = edition.post("a", "文", id="2")
    assert main(["classify", "--edition", str(edition.root)]) == 0
    rows = catalogue.load(edition.source)
    hand = catalogue.msgspec.structs.replace(rows["1"], topic="矩阵")
    catalogue.save(edition.source, (rows | {"1": hand}).values())
    toml = edition.root / "edition.toml"
    other = TOML.replace('"扩散", "SDE"', '"扩散", "SDE", "SVD", "SVD 与"').replace('"矩阵", "SVD"', '"矩"')
    toml.write_text(other, "utf-8")
    assert main(["classify", "--edition", str(edition.root)]) == 0
    assert catalogue.load(edition.source)["2"].topic == "矩阵"
    assert main(["classify", "--edition", str(edition.root), "--again"]) == 0
    rows = catalogue.load(edition.source)
    assert rows["2"].topic == "扩散" and rows["1"].topic == "矩阵" and rows["1"].guess is None
    assert frontmatter.split(post.read_text("utf-8")).meta["topic"] == "扩散"


def test_json_lists_every_choice(edition: EditionFolder, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["classify", "--edition", str(edition.root), "--json", "--dry-run"]) == 0
    choices = {one["id"]: one for one in json.loads(capsys.readouterr().out)}
    assert [choices[known]["by"] for known in "123456"] == ["words", "words", "hand", "nobody", "nobody", "words"]
    assert choices["3"]["otherwise"] == "矩阵" and choices["4"]["why"] == "no word of any topic"
    assert "扩散 3" in choices["5"]["why"] and "矩阵 3" in choices["5"]["why"]


@pytest.mark.parametrize(("word", "text", "found"), [
    ("SDE", "sde", True), ("SDE", "SDEs 与", True), ("SDE", "SDEX", False), ("SDE", "XSDE", False),
    ("SDE", "SDE2", True), ("*BERT", "SimBERT", True), ("BERT", "SimBERT", False), ("BERT*", "BERTology", True),
    ("扩散", "生成扩散模型", True), ("Batch Size", "batch  size", True), ("C++", "C++ 与", True),
    ("a.b", "axb", False)])
def test_what_a_word_is_found_in(word: str, text: str, found: bool) -> None:
    assert bool(keywords.hits(keywords.text_of(text), {word: 1})) is found


@given(st.text(), st.lists(st.text(), max_size=3), st.text())
def test_any_text_gets_the_same_decision_twice_and_its_reason_adds_up(title: str, tags: list[str], body: str) -> None:
    text = keywords.text_of(title, tags, body)
    decision = classify.decide(text, EDITION)
    assert decision == classify.decide(text, EDITION)
    for score in decision.scores:
        assert score.points == pytest.approx(sum(hit.points for hit in score.hits), abs=1e-6) and score.points > 0
    assert not decision.sure or decision.scores[0].points >= EDITION.classify.least


@given(st.integers(1, 30))
def test_more_of_a_word_never_counts_less(times: int) -> None:
    def points(count: int) -> float:
        return keywords.total(keywords.hits(keywords.text_of("", (), "矩阵 " * count), {"矩阵": 1}))
    assert points(times) <= points(times + 1) <= 1.0


def test_addresses_and_rival_words_do_not_count() -> None:
    assert not keywords.hits(keywords.text_of("", (), "[文](https://a.example/SVD) https://b.example/SVD"), {"SVD": 1})
    assert classify.decide(keywords.text_of("DDPM 矩阵 SVD"), EDITION).scores[0].topic == "扩散"


@given(st.dictionaries(st.sampled_from(["topic", "series", "number", "tags"]),
                       st.sampled_from(["", "''", "甲", "null"])),
       st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_filling_changes_empty_keys_only(present: dict[str, str], body: str) -> None:
    keys = "".join(f"{key}: {value}\n" for key, value in present.items())
    text = f"---\ntitle: 题  # 注\n{keys}---\n\n{body}\n"
    values: dict[str, Any] = {"topic": "主: 题", "series": "列", "number": 3}
    before, after = frontmatter.split(text), frontmatter.split(fill(text, values))
    assert after.body == before.body
    for key, value in values.items():
        assert after.meta[key] == (before.meta.get(key) or value)
    assert {k: v for k, v in before.meta.items() if v} == {k: after.meta[k] for k, v in before.meta.items() if v}
    assert fill(fill(text, values), values) == fill(text, values)
    assert "title: 题  # 注\n" in fill(text, values)


def test_agreement_counts_every_post_once_and_only_known_names() -> None:
    lines = read_list("id\ttitle\tsection\ttopic\tpriority\n1\tDDPM\t生成\t矩阵\thigh\n1\tDDP...\t生成\t矩阵\thigh\n"
                      "2\tSVD\t没有\t矩阵\tlow\n3\t矩阵\t\t扩散\t\n")
    assert [(one.same, one.of) for one in agreements(lines, EDITION)] == [(1, 1), (1, 2), (0, 1)]


def test_the_bundled_edition_is_classified() -> None:
    """The committed catalogue is what the command makes of it, and its words decide most of the titles."""
    edition = config.load(REPO / "edition.toml")
    rows = catalogue.load(REPO / "source")
    assert len(edition.topics) == 11 and {row.topic for row in rows.values()} == {"", *edition.topic_names}
    guessed = [row for row in rows.values() if row.guess]
    assert len(guessed) > 90
    for row in guessed:
        assert row.guess and row.topic == row.guess.topic
    hand = [row for row in rows.values() if row.topic and not row.guess and row.state == "known"]
    same = sum(classify.decide(keywords.text_of(row.title), edition).topic == row.topic for row in hand)
    assert same / len(hand) > 0.85


@pytest.mark.parametrize(("toml", "message"), [
    ('[[series]]\nname = "a"\ntopic = "没有"\n', "has the topic '没有', which there is not"),
    ('[[series]]\nname = "a"\npattern = "("\n', "the pattern of series 'a' is not a regular expression"),
    ('[[series]]\nname = "a"\n[[series]]\nname = "a"\n', "two series are called 'a'"),
    ('[[topics]]\nname = "a"\nslug = "a"\nwords = {much = ["b"]}\n', "float")])
def test_a_wrong_configuration_is_named(toml: str, message: str) -> None:
    with pytest.raises(EditionError) as caught:
        config.parse('[edition]\ntitle = "t"\n' + toml)
    assert message in str(caught.value)
