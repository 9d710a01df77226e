"""A style sheet dealt out by the classes in it."""

from __future__ import annotations

import tinycss2
from hypothesis import given
from hypothesis import strategies as st

from ext.edition.site.style import sort_rules

PARTS = {"btn": "gone", "list-group": "gone", "fa": "icons", "bd": "gone", "bd-article": "rest"}


def test_rules_go_where_their_classes_belong() -> None:
    css = """/*! Licence */ /* remark */ a{b:c}
    .btn, .btn-lg .x, p.btn:hover, .x > .btn { d: e }
    .x, .btn { f: g }
    .list-group-item{h:i} .list{j:k} .btnx{l:m}
    .fa-x:before{content:"}.btn{"}
    .bd-article{n:o} .bd-article .bd-main{p:q}
    :not(.btn){r:s} :is(.btn, a){t:u}
    @media (min-width:1px){.btn{v:w}.y{x:y}}
    @media print{.btn{z:a}}
    @font-face{font-family:"F";src:url(x)}
    @keyframes k{from{b:c}}"""
    sheets = sort_rules(css, PARTS, "rest")
    assert sheets["rest"].replace(" ", "") == (
        "/*!Licence*/a{b:c}.x{f:g}.list{j:k}.btnx{l:m}.bd-article{n:o}:not(.btn){r:s}:is(.btn,a){t:u}"
        '@media(min-width:1px){.y{x:y}}@font-face{font-family:"F";src:url(x)}@keyframesk{from{b:c}}')
    assert sheets["icons"] == '/*! Licence */.fa-x:before{content:"}.btn{"}'
    assert ".btn,.btn-lg .x,p.btn:hover,.x > .btn{" in sheets["gone"] and ".bd-article .bd-main{" in sheets["gone"]


@given(st.lists(st.sampled_from([
    ".btn{a:b}", ".x{a:b}", ".x,.btn{a:b}", "@media m{.btn{a:b}.x{c:d}}", "p{a:url(b)}", ".fa{a:b}", "@x y;"])))
def test_nothing_is_lost_or_doubled_or_reordered(rules: list[str]) -> None:
    sheets = sort_rules("".join(rules), PARTS, "rest")
    for part, classes in (("rest", "x"), ("gone", "btn"), ("icons", "fa")):
        assert sheets[part].count(f".{classes}{{") == sum(rule.count(f".{classes}") for rule in rules)
    plain = [rule for rule in rules if "btn" not in rule and ".fa" not in rule]
    kept = tinycss2.parse_stylesheet(sort_rules("".join(plain), PARTS, "rest")["rest"], skip_whitespace=True)
    assert "".join(rule.serialize() for rule in kept) == "".join(plain)
