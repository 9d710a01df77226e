"""Every regular expression of the project takes a time that grows as its text does."""

from __future__ import annotations

import functools
import re

import pytest

from ext.edition.checks.linear import EXPONENTIAL, slow
from ext.edition.site.config import parse
from ext.edition.site.errors import EditionError
from tests.checks.patterns import Use, modules, uses
from tools.fetch.feeds import _is_closed

#: Patterns that are put together while the program runs, as they are spelled, with what they then can be.
MADE = {
    '"|".join(parts)': (
        r"(?P<shortcode>\[(?P<name>latex|katex)(?:\s[^\[\]\n]{0,80})?\]|\$latex(?=[\s\\{]))"
        r"|(?P<start>(?<!\$)\${6}(?!\$)|\$\$|\\\[|\\\(|\$)|\\begin\{(?P<environment>[^{}]*)\}|(?P<escape>\\[\\$])"
        r"|(?P<reference>\\(?:eq)?ref\s*\{[^{}]*\})",),
    "ending": (r"\$\$", r"\$", r"\\\)", r"\\\]", r"\\end\{align\*\}", r"\[/latex\]", r"\${6}"),
    r'rf"(?P<end>{ending})|\\(?:[a-zA-Z]|.)|[{{}}]"': (r"(?P<end>\\end\{align\*\})|\\(?:[a-zA-Z]|.)|[{}]",),
    r'rf"{re.escape(path.stem)}#|\{{include\}}"': (r"a\-post#|\{include\}",),
    r'rf"(?<!\\)((?:\\\\)*)(\{{[\w:.+-]+\}})(?={is_mark.pattern})"':
        ("(?<!\\\\)((?:\\\\\\\\)*)(\\{[\\w:.+-]+\\})(?=\ue000(\\d+)\ue001)",),
    r'_PREFIX + rf"(?={sign})"': tuple(
        r"^([^\S\n]*(?:(?:>|(?:[-*+]|\d{1,9}[.)])(?=[ \t]))[^\S\n]*)*)" + sign
        for sign in ("(?=%)", r"(?=\([^\n]+\)=[^\S\n]*$)", "(?=:{3,})", r"(?=[:~][ \t]+\S)",
                     r"(?=\{[^{}\n]*\}[ \t]*$)")),
    r'r"\\{2}[(\[]" if doubled else r"(?<!\\)\\[(\[]"': (r"\\{2}[(\[]", r"(?<!\\)\\[(\[]"),
    r'rf"(\]\(|\{{figure\}}[ \t]+){re.escape(spelled)}(?=[\s)])"': (r"(\]\(|\{figure\}[ \t]+)https://a(?=[\s)])",),
    r'rf"({is_mark.pattern})(?=\{{)"': ("(\ue000(\\d+)\ue001)(?=\\{)",),
    r'rf"\A(?:[ \t]*>){{{quotes}}}[ \t]?" if quotes else rf"\A[ \t]{{0,{len(prefix)}}}"':
        (r"\A(?:[ \t]*>){3}[ \t]?", r"\A[ \t]{0,80}"),
    r'rf"\\end\{{{re.escape(name)}[}}>\])]$"': (r"\\end\{align\*[}>\])]$",),
    r'f"{self._open}(\\d+){self._close}"': ("\ue000(\\d+)\ue001",),
    r'rf"\A(\s*# ){re.escape(heading_of(old))}[ \t]*$"': (r"\A(\s*# )title[ \t]*$",),
    r'rf"(?m)^{re.escape(key)}:{_EMPTY}\n"':
        (r"""(?m)^tags:[ \t]*+(?:(?:''|""|~|null|\[\])[ \t]*+)?(?:#.*)?\n""",),
    r'rf"^{re.escape(key)}:.*\n(?:(?:[ \t-].*)?\n)*"': (r"(?m)^tags:.*\n(?:(?:[ \t-].*)?\n)*",),
    r'before + r"\s+".join(map(re.escape, core.split())) + after':
        (r"(?<![A-Za-z])flow\s+matching(?:s|es)?(?![A-Za-z])",),
    r'''rf"^[\"']?{re.escape(key)}[\"']?[ \t]*:"''': (r"""^["']?key["']?[ \t]*:""",),
}
#: Written by the maintainer in edition.toml or on the command line; the first is refused when it is exponential.
OWN = {'"|".join(f"(?:{pattern})" for pattern in patterns)', "pattern", "self.post", "one.pattern", "p", "text",
       "_CATEGORIES[category]"}
#: Patterns that are given a piece of a text, by what they begin with: where they stand, and its length.
BOUNDED = {
    r"(?:\[\s*\[?\s*\[?\s*(?:\.{3}": ("tools/convert/api.py", 200),
    r"(\[{1,3}\s*(\.{3}|…|&hellip;": ("tools/fetch/cuts.py", 400),
    r"The post\s.{1,300}\s(first )?": ("tools/fetch/cuts.py", 700),
}
LINEAR = (
    (r"a*b", "match"), (r"\s+", "search"), (r"(?<!`)`+(?!`)", "search"), (r"^[ \t]*x", "search"), (r"\w+\b", "search"),
    (r"(?<!\s)\s*?\n\s*", "search"), (r"(['\"])x\1", "search"), (r"\A\s*x", "search"), (r"<[^<>]*>", "search"),
    (r"x.*$", "search"), (r"(?:a|b)*", "search"), (r"\s*(\||>|[-*+] |---$)", "match"), (r"~{3,}+[^`\n]*$", "match"),
    (r"\s*+(a)?\s*+", "fullmatch"), (r"(?:\\\\)*\$", "match"), (r"%[^\n]*(\n?)", "search"),
)
SLOW = (
    (r"(a+)+b", "match"), (r"(a|a)*b", "match"), (r"(a*)*b", "match"), (r"(?:a|b|ab)*c", "match"),
    (r"a*a*b", "match"), (r"a*b", "search"), (r"\s*\Z", "search"), (r"^\s*x", "search"), (r"<!--.*?-->", "search"),
    (r"(?=[A-Za-z]+\})x", "search"), (r"# +(.+?) *#*$", "match"), (r"(\w+)\s\1", "search"), (r"~{3,}[^`\n]*$", "match"),
    (r"(?:x(?:[xa]+b)?)+", "search"), (r"x.{1,300}y.{1,300}z", "search"), (r"(?:<!--.*?-->\s*)*$", "match"),
    (r" {0,3}#\s|(?:[^\n]*\S[^\n]*\n)+? {0,3}=+[ \t]*(?:\n|\Z)", "match"),
)


def _flags(pattern: str) -> int:
    return re.M | (re.S if "<!--" in pattern else 0)


@pytest.mark.parametrize(("pattern", "mode"), LINEAR)
def test_a_linear_pattern_is_one(pattern: str, mode: str) -> None:
    assert slow(pattern, _flags(pattern), mode) is None


@pytest.mark.parametrize(("pattern", "mode"), SLOW)
def test_a_slow_pattern_is_one(pattern: str, mode: str) -> None:
    assert slow(pattern, _flags(pattern), mode) is not None


def test_a_slow_pattern_names_the_word_that_slows_it() -> None:
    for pattern, word in ((r"(?:x+x+)+y", "x"), (r"a*b", "a"), (r"<!--(?s:.)*?-->", "<!--\x00")):
        found = slow(pattern)
        assert found is not None and found.word == word


@functools.cache
def used(path: str) -> tuple[Use, ...]:
    """Return the patterns of a module, which are looked for when its test runs: to collect them took seconds."""
    return tuple(uses(path))


def every() -> list[Use]:
    return [use for path in modules() for use in used(path)]


def test_the_patterns_are_found() -> None:
    assert len(every()) > 300
    assert {use.where.partition("/")[0] for use in every()} == {"tools", "ext"}
    assert {use.mode for use in every()} == {"search", "match", "fullmatch"}


def _wrong(use: Use) -> str | None:
    """Return in what a pattern differs from what is expected of it: it is linear, or bounded and in the table."""
    bound = any(str(use.pattern).startswith(start) and use.where.startswith(path)
                for start, (path, length) in BOUNDED.items())
    found = slow(use.pattern or "", use.flags, use.mode)
    if bound and found is None:
        return "is linear by now: take it out of the table"
    if found is None or bound and found.reason != EXPONENTIAL:
        return None
    return f"{found.reason} on repeated {found.word!r}"


@pytest.mark.parametrize("path", modules())
def test_every_pattern_is_linear(path: str) -> None:
    assert {f"{use.where}: {use.pattern!r}": wrong for use in used(path) if use.pattern is not None
            for wrong in [_wrong(use)] if wrong} == {}


def test_every_pattern_that_is_made_is_linear() -> None:
    made = {use.spelled for use in every() if use.pattern is None}
    assert made == MADE.keys() | OWN, "list what the pattern can be"
    for patterns in MADE.values():
        for pattern in patterns:
            assert slow(pattern, re.M) is None, pattern
    assert {path for path, _ in BOUNDED.values()} <= {use.where.partition(":")[0] for use in every()}


def test_an_edition_cannot_bring_a_pattern_that_never_ends() -> None:
    assert parse("[edition]\ntitle = 'x'\n[site]\npost = 'a/(?P<id>.+?)/?$'\n").site.archive_id("a/7/") == "7"
    with pytest.raises(EditionError, match="never ends"):
        parse("[edition]\ntitle = 'x'\n[site]\npost = '/(a+)+$'\n")


def test_the_end_of_a_feed_is_told_from_a_comment() -> None:
    assert _is_closed(b"<rss></rss> <!-- a --> <!-- b -->\n") and not _is_closed(b"<rss><!-- </rss> -->")
    assert not _is_closed(b"</rss>" + b"<!---->" * 250 + b"x")
