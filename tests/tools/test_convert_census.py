"""The census of the whole page, and what a receipt says of what is not in the post: nothing is lost in silence."""

from __future__ import annotations

import pytest

from tests.tools.test_convert import MARKUPS
from tests.tools.test_convert_content import LONG, page
from tests.tools.test_convert_markup import DISPLAYED, INLINE
from tools.convert import Profile, Receipt, api, convert, markups
from tools.convert.census import count
from tools.convert.dom import parse

PAGE = page(f"<nav>on $n_1$</nav><article><h1>Sums</h1>{LONG}<p>So \\(x_1\\) and <code>$y_1$</code>.</p>"
            '<p style="display: none">$h_1$</p></article>'
            f'<div id="comments">{LONG}<p>See $c_1$ and $x_1$.</p></div><footer>$f_1$</footer>')


def left_out(receipt: Receipt) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in receipt.census.left:
        found.setdefault(one.reason, []).extend(one.formulas)
    return found


def test_every_formula_of_the_page_has_an_end() -> None:
    receipt = convert(PAGE).receipt
    assert left_out(receipt) == {
        "navigation": ["n_1", "f_1"], "text in code": ["y_1"], "comments": ["c_1", "x_1"]}
    named = sum(len(one.formulas) for one in receipt.census.left)
    assert receipt.census.formulas == receipt.census.kept + named == 7
    assert not receipt.doubts and not receipt.lost


@pytest.mark.parametrize("name", sorted({*MARKUPS, *INLINE, *DISPLAYED} - {"latex2html comment"}))
def test_census_sees_every_markup_without_the_converter(name: str) -> None:
    html = (MARKUPS[name][0] if name in MARKUPS else {**INLINE, **DISPLAYED}[name])
    assert len(count(parse(f"<html><body><div>{html}</div></body></html>")).formulas) >= 1


@pytest.mark.parametrize("name", sorted({*INLINE} - {"latex2html comment"}))
def test_converter_that_knows_no_markup_is_found_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markups, "MARKUPS", ())
    monkeypatch.setattr(api, "scan", lambda *_: None)
    receipt = convert(INLINE[name], fragment=True).receipt
    named = [snippet for one in receipt.census.left for snippet in one.formulas]
    named += [found.snippet for found in (*receipt.lost, *receipt.without_tex)]
    assert "u_i" in " ".join(named) and receipt.census.kept == 0


def test_choice_that_takes_a_part_is_doubtful(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "choose", lambda root, *_: (root.find(".//section"), []))
    sections = "".join(f"<section><h2>Part {i}</h2><p>So $x_{i}$ and $y_{i}$.</p>{LONG}</section>" for i in range(9))
    receipt = convert(page(f"<article><h1>Sums</h1>{sections}</article>")).receipt
    assert [doubt.kind for doubt in receipt.doubts] == ["formulas", "text"]
    assert left_out(receipt)["outside the post"] == [f"{name}_{i}" for i in range(1, 9) for name in "xy"]


def test_share_of_the_profile_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "choose", lambda root, *_: (root.find(".//section"), []))
    html = page(f"<section><p>$a_1$ $a_2$ $a_3$</p>{LONG}</section><div><p>$b_1$, $b_2$, $b_3$.</p></div>")
    for share, doubtful in ((0.4, False), (0.6, True)):
        assert bool(convert(html, profile=Profile(share=share)).receipt.doubts) is doubtful


def test_receipt_with_a_census_is_read_back() -> None:
    receipt = convert(PAGE).receipt
    assert Receipt.from_dict(receipt.to_dict()) == receipt
    assert (receipt + receipt).census.formulas == 14


@pytest.mark.parametrize("html", ["<p>" + r"\( " * 40_000 + "</p>", "<p>" + "$a{ " * 40_000 + "</p>",
                                  "<p>" + r"\begin{a} " * 40_000 + "</p>", "<div>" * 1_500 + "$x$" + "</div>" * 1_500])
def test_hostile_text_is_counted_in_one_pass(html: str) -> None:
    count(parse(html))
