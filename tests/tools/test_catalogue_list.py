"""A list becomes rows: one per post, nothing overwritten, the same the second time."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from conftest import EditionFolder
from hypothesis import given
from hypothesis import strategies as st

from ext.edition.posts import catalogue
from ext.edition.posts.catalogue import Entry, Targets
from ext.edition.site import config
from ext.edition.site.errors import EditionError
from tools.__main__ import main
from tools.catalogue import entries, merge, plain_slug, read_list

TOML = """
[edition]
title = "试"
[[topics]]
name = "优化器"
slug = "optimizers"
aliases = ["优化理论", "训练"]
[[series]]
name = "漫谈"
topic = "优化器"
"""
EDITION = config.parse(TOML)
LIST = ("id\tdate\ttitle\tslug\tsection\ttopic\tpriority\tlisted\tbatch\ttarget_kb\ttarget_formulas\n"
        "7\t2024-01-02\tAdam 的...\tadam-的\t训练\t其他\thigh\tx\t2\t25\t20\n"
        "7\t\tAdam 的估计\tadam-的估计\t训练\t其他\thigh\tx\t\t\t\n"
        "7\t\tAdam 的估计\t某人-说的话\t\t其他\t\tx\t\t\t\n"
        "9\t\t漫谈（十二）：始\t漫谈十二始\t\t其他\t\tx\t\t\t\n"
        "10\t\t\"说\"\"话\"\"\"\t说话\t\t优化理论\tlow\tx\t\t\t\n"
        "11\t\t没人评过\t没人评过\t训练\t优化理论\t\tx\t\t\t\n"
        + "".join(f"{n}\t\t第{n}篇\t第{n}篇\t\t\t\t\t\t\t\n" for n in range(20, 30)))


def rows() -> dict[str, Entry]:
    found = entries(read_list(LIST), EDITION, address="https://b.example/{id}", batch="p0-{}")
    return {entry.id: entry for entry in found}


def test_lines_of_one_id_are_one_post_with_its_whole_title() -> None:
    row = rows()["7"]
    assert (row.title, row.slug, row.date, row.batch, row.priority) == (
        "Adam 的估计", "adam-的估计", "2024-01-02", "p0-2", "high")
    assert row.targets == Targets(kb=25, formulas=20) and row.source == "https://b.example/7"
    assert row.aliases == ("Adam 的...", "adam-的") and row.state == "known"


def test_topics_are_translated_where_somebody_rated_the_post() -> None:
    found = rows()
    assert [found[known].topic for known in ("7", "10", "11")] == ["优化器", "优化器", ""]
    assert (found["9"].topic, found["9"].series, found["9"].number) == ("优化器", "漫谈", 12)
    assert found["10"].title == '说"话"'


def test_slugs_of_another_kind_are_kept() -> None:
    lines = read_list("id\ttitle\tslug\n1\t优化\toptimisation\n2\t矩阵\tmatrices\n3\t扩散\t\n")
    assert [entry.slug for entry in entries(lines, EDITION)] == ["optimisation", "matrices", "扩散"]


def test_what_the_catalogue_has_is_never_overwritten() -> None:
    mine = Entry(id="7", title="我的题", state="fetched", slug="mine", topic="别的", priority="low")
    row = merge({"7": mine}, rows().values(), ("high", "low"))["7"]
    assert (row.title, row.state, row.slug, row.topic, row.priority) == ("我的题", "fetched", "mine", "别的", "low")
    assert row.date == "2024-01-02" and "Adam 的估计" in row.aliases


def test_the_most_important_come_first() -> None:
    assert list(merge({}, rows().values(), ("high", "low")))[:4] == ["7", "10", "9", "11"]


@given(st.lists(st.tuples(st.sampled_from("12345"), st.text("甲乙ab（）一：. ", min_size=1).filter(str.strip),
                          st.sampled_from(["", "high", "low"])), max_size=9))
def test_every_id_has_one_row_and_a_second_import_adds_nothing(listed: list[tuple[str, str, str]]) -> None:
    lines = read_list("id\ttitle\tpriority\n" + "".join("\t".join(line) + "\n" for line in listed))
    once = merge({}, entries(lines, EDITION), EDITION.priorities)
    assert set(once) == {known for known, _, _ in listed}
    assert merge(once, entries(lines, EDITION), EDITION.priorities) == once
    assert catalogue.parse(catalogue.text(once.values())) == once


@given(st.text())
def test_a_slug_is_its_own_slug(title: str) -> None:
    assert plain_slug(plain_slug(title)) == plain_slug(title)


@pytest.mark.parametrize(("text", "message"), [
    ("id\tname\n1\ta\n", ":1: has no column 'title'"), ("id\ttitle\n1\t\n", ":2: a line has no id or no title"),
    ("", ":1: has no column 'id'")])
def test_a_broken_list_is_named_with_its_line(text: str, message: str) -> None:
    with pytest.raises(EditionError, match=message):
        read_list(text)


def test_the_command_imports_the_list_and_our_own_posts_once(
    make_edition: Callable[..., EditionFolder], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = make_edition(TOML)
    folder.post("essay", "文", id="local-essay", topic="优化器", date="2026-01-02", number=3)
    folder.post("fetched", "文", id="20", origin="feed")
    path = folder.root / "list.tsv"
    path.write_text(LIST, "utf-8")
    words = ["catalogue", "import", str(path), "--edition", str(folder.root)]
    assert main([*words, "--dry-run"]) == 0 and not (folder.source / catalogue.FILE).exists()
    assert "+- id: local-essay" in capsys.readouterr().out
    assert main(words) == 0
    found = catalogue.load(folder.source)
    assert len(found) == 15 and found["local-essay"].state == "local" and found["local-essay"].number == 3
    before = (folder.source / catalogue.FILE).read_bytes()
    assert main(words) == 0 and main(["catalogue", "local", "--edition", str(folder.root)]) == 0
    assert (folder.source / catalogue.FILE).read_bytes() == before
    assert "0 of them new" in capsys.readouterr().out
