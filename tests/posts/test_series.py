"""Series and numbers are read from titles in every form, and never from what is no number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ext.edition.posts import series
from ext.edition.posts.series import Place
from ext.edition.site.config import Series

KNOWN = (Series(name="生成扩散模型漫谈"), Series(name="升级之路"),
         Series(name="搜索", pattern=r"^【搜索】⋅（(?P<number>.+?)）"), Series(name="引理", pattern="^惊人的引理："))


@given(st.integers(1, 99))
def test_chinese_numerals_read_as_they_are_written(value: int) -> None:
    assert series.number(series.numeral(value)) == series.number(str(value)) == value


@pytest.mark.parametrize(("text", "value"), [
    ("十", 10), ("三十一", 31), ("二〇", 20), ("一百零八", 108), ("一百", 100), ("两", 2), ("１２", 12), ("上", 1),
    ("中", 2), ("下", 3), ("", None), ("甲", None), ("-1", None), ("三个", None)])
def test_numbers(text: str, value: int | None) -> None:
    assert series.number(text) == value


@given(st.integers(1, 99), st.sampled_from([
    "生成扩散模型漫谈（{}）：一般框架", "生成扩散模型漫谈({}): SDE", "生成扩散模型漫谈（{}）"]))
def test_a_listed_series_is_known_in_every_spelling(value: int, form: str) -> None:
    for written in (series.numeral(value), str(value)):
        assert series.place(form.format(written), KNOWN) == Place("生成扩散模型漫谈", value)


@pytest.mark.parametrize(("title", "place"), [
    ("升级之路：10、一种进制编码", Place("升级之路", 10)), ("升级之路：2. 正交", Place("升级之路", 2)),
    ("升级之路：20、好在哪里?（上）", Place("升级之路", 20)), ("升级之路（下）", Place("升级之路", 3)),
    ("【搜索】⋅（四）增删改", Place("搜索", 4)), ("惊人的引理：应用篇", Place("引理", None)),
    ("升级之路上的见闻", None), ("另一条升级之路（一）", None), ("升级之路", None)])
def test_the_place_of_a_title(title: str, place: Place | None) -> None:
    assert series.place(title, KNOWN) == place


@pytest.mark.parametrize("title", ["为什么 RMS 是 0.2？", "版本 2：3.5 倍", "2020年天象", "（一）", "答案：42"])
def test_what_is_no_number_names_no_series(title: str) -> None:
    assert series.guess(title) is None


@given(st.text())
def test_any_title_can_be_read(title: str) -> None:
    found = series.guess(title)
    assert found is None or found.series


def test_series_that_are_not_listed_are_named_once_there_are_two() -> None:
    titles = ["甲（一）", "甲（二）", "乙（一）", "升级之路：1、始"]
    assert series.unlisted(titles, KNOWN) == {"甲": 2}
