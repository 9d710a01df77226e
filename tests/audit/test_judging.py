"""Coverage, grades, queue and ledger: what holds for every post, whatever it is."""

from __future__ import annotations

import importlib
import shlex
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ext.edition.audit.claims import finished, status_claim, topic_claims
from ext.edition.audit.coverage import Cover, CoverCounts, EquationCover, restated_ids
from ext.edition.audit.criteria import ABOUT_MATHEMATICS, CRITERIA, Bar, Result, Verdict, bar_for, judge
from ext.edition.audit.facts import Facts, Intact, Panorama, Review, Section
from ext.edition.audit.grades import UNASSESSED, grade, grid
from ext.edition.audit.phrases import amount, missing
from ext.edition.audit.rules import holds
from ext.edition.audit.summary import summarise
from ext.edition.audit.work import ORDERS, STEPS, Task, command, lack, queue
from ext.edition.checks.lint import Finding, Lint
from ext.edition.math.equation import Equation
from ext.edition.math.tex import comparable
from ext.edition.posts.catalogue import Entry, Targets
from ext.edition.posts.measures import Counts
from ext.edition.site.config import Batch, Grade, Standard
from ext.edition.site.errors import EditionError
from tests.audit.test_summary import EDITION, record
from tools.__main__ import COMMANDS, command_parser

#: Pieces that are one token each, so that lengths can be counted.
PIECES = st.sampled_from([*"abcxyz+-=12", r"\alpha", r"\frac", r"\sum"])
TEX = st.lists(PIECES, min_size=1, max_size=25).map(" ".join)
SPACE = st.sampled_from(["", " ", "  ", "\n", " % comment\n"])


def equation(name: str, tex: str, origin: str = "original") -> Equation:
    return Equation(name, name, (), (), tex, origin, 1, name)  # type: ignore[arg-type]


def restated(original: str, *added: str, window: int = 10, share: float = 0.4) -> bool:
    known = [equation("o", original), *(equation(f"a{at}", tex, "added") for at, tex in enumerate(added))]
    return "o" in restated_ids(known, window, share)


@given(TEX, SPACE, st.sampled_from(["{}", r"\begin{{equation}}{}\end{{equation}}", r"{}\tag{{7}}", r"{}\label{{q}}"]))
def test_an_equal_formula_restates_however_it_is_spelt(tex: str, space: str, wrapped: str) -> None:
    assert restated(tex, wrapped.format(tex.replace(" ", f"{space} ")))


@given(TEX)
def test_nothing_is_restated_by_nothing(tex: str) -> None:
    assert not restated(tex)
    assert restated_ids([equation("a", tex, "added")], 10, 0.4) == frozenset()


@given(TEX, st.lists(TEX, max_size=3), TEX, st.integers(1, 12), st.floats(0, 1))
def test_more_added_formulas_never_restate_less(
    tex: str, added: list[str], more: str, window: int, share: float
) -> None:
    if restated(tex, *added, window=window, share=share):
        assert restated(tex, *added, more, window=window, share=share)


@given(TEX, TEX, st.integers(1, 12), st.floats(0.01, 1), st.floats(0.01, 1))
def test_asking_for_more_never_finds_more(tex: str, added: str, window: int, one: float, other: float) -> None:
    if restated(tex, added, window=window, share=max(one, other)):
        assert restated(tex, added, window=window, share=min(one, other))


@given(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=9), TEX)
def test_a_short_formula_is_restated_by_an_equal_one_only(pieces: list[str], rest: str) -> None:
    tex = " ".join(pieces)
    assume(comparable(rest))
    assert not restated(tex, f"{tex} {rest}")


@given(st.integers(0, 20), st.integers(1, 12), st.floats(0.01, 1))
def test_the_share_of_the_runs_decides_exactly(common: int, window: int, share: float) -> None:
    """Of a formula with distinct tokens, the first *common* are added: as many runs are found as fit into them."""
    original = [rf"\m{chr(97 + at)}" for at in range(20)]
    runs, found = 20 - window + 1, max(0, common - window + 1)
    added = " ".join(original[:common]) + r" \end"
    assert restated(" ".join(original), added, window=window, share=share) == (found >= share * runs)


def test_the_edge_of_the_share() -> None:
    assert restated("p+q+r+s+t+u+2v", "p+q+r+s+t+u=0")                  # 2 of 5 runs: 40 %
    assert not restated("a+b+c+d+e+f+g=h", "a+b+c+d+e+f")               # 2 of 6 runs
    assert restated(r"\left\Vert a\right\Vert\le b^{\top}", r"\| a \| \leq b^T")  # spelling does not count
    assert restated("a+b+c+d+e+f+g=h", "a+b+c+d+e+f", "{}+d+e+f+g=h")    # runs of several formulas add up


COUNTS = st.builds(Counts, inline=st.integers(0, 9), displayed=st.integers(0, 9))
FINDINGS = st.lists(st.builds(Finding, st.none() | st.integers(1, 9), st.sampled_from(Lint), st.just("m")), max_size=3)


@st.composite
def posts(draw: st.DrawFn) -> Facts:
    """Draw the facts of any post."""
    known = draw(st.booleans())
    original, added = draw(COUNTS), draw(COUNTS)
    name = draw(st.text("abcdefgh", min_size=1, max_size=4))
    base = record(name, original=original if known else None, added=added if known else None, total=original + added,
                  bytes=draw(st.integers(0, 40_000)), original_bytes=draw(st.integers(0, 20_000)) if known else None,
                  added_bytes=draw(st.integers(0, 20_000)) if known else None,
                  blocks=draw(st.sampled_from([(), (("remark", 1),)])),
                  status=draw(st.sampled_from(["", "draft", "completed"])), topic=draw(st.sampled_from(["", "矩阵"])))
    states = draw(st.lists(st.sampled_from(Cover), max_size=5))
    return replace(
        base, findings=tuple(draw(FINDINGS)), statements=draw(st.integers(0, 2)),
        equations=tuple(EquationCover(str(at), str(at), "", at, "x", state, (), False)
                        for at, state in enumerate(states)),
        sections=tuple(Section("s", "s", 1, done) for done in draw(st.lists(st.booleans(), max_size=3))),
        intact=Intact(draw(st.sampled_from(["intact", "changed", "unknown", "local"]))),
        panoramas=tuple(Panorama(1, whole) for whole in draw(st.lists(st.booleans(), max_size=2))),
        review=draw(st.sampled_from([Review("reviewed", times=1), Review("objected", times=1, objections=1),
                                     Review("stale"), Review()])))


@given(posts(), st.sampled_from([True, False, None]), st.booleans())
def test_every_criterion_gives_one_consistent_result(facts: Facts, mathematics: bool | None, truncated: bool) -> None:
    results = judge(facts, Bar(tuple(CRITERIA)), mathematics=mathematics, truncated=truncated)
    assert [result.criterion for result in results] == list(CRITERIA)
    for result in results:
        assert (result.missing > 0) == (result.verdict is Verdict.FAIL) or result.criterion == "intact"
        assert 0 <= lack(result) <= 1
        assert bool(missing(result, english=True)) == (result.verdict in (Verdict.FAIL, Verdict.UNKNOWN))
        if result.verdict in (Verdict.UNKNOWN, Verdict.NOT_APPLICABLE):
            assert result.value is None and result.line is None or result.criterion == "intact"
        if result.criterion in ABOUT_MATHEMATICS and mathematics is not True:
            assert result.verdict is (Verdict.UNKNOWN if mathematics is None else Verdict.NOT_APPLICABLE)
        if truncated and result.criterion in ("intact", "coverage", "sections"):
            assert result.verdict is not Verdict.PASS


@given(posts())
def test_what_is_unknown_is_never_judged(facts: Facts) -> None:
    if facts.record.original is None:
        verdicts = {result.criterion: result.verdict for result in judge(facts, Bar(tuple(CRITERIA)), mathematics=True)}
        assert {verdicts[name] for name in ("coverage", "sections", "formulas")} == {Verdict.UNKNOWN}
        whole = summarise([facts], {}, EDITION)
        assert whole.coverage == CoverCounts() and whole.rows[0].coverage is None
        assert all(one.equations is None for one in whole.queue)


RESULTS = st.lists(st.builds(Result, st.sampled_from(list(CRITERIA)), st.sampled_from(Verdict)), max_size=6,
                   unique_by=lambda result: result.criterion)
GRADES = st.lists(st.builds(
    Grade, key=st.text("abc", min_size=1, max_size=3), name=st.just("n"),
    needs=st.lists(st.sampled_from(list(CRITERIA)), max_size=3, unique=True).map(tuple),
    rule=st.sampled_from(["", "structured > 0", "coverage.percent >= 40"])), max_size=4)
MEASURES = st.fixed_dictionaries({
    "structured": st.integers(0, 2), "coverage": st.fixed_dictionaries({"percent": st.none() | st.floats(0, 100)})})


@given(GRADES, RESULTS, MEASURES)
def test_a_grade_is_the_first_that_nothing_speaks_against(
    grades: list[Grade], results: list[Result], measures: dict[str, Any]
) -> None:
    verdicts = {result.criterion: result.verdict for result in results}
    key = grade(grades, results, measures)
    for one in grades:
        rule = holds(one.rule, measures) if one.rule else True
        needed = {verdicts.get(name) for name in one.needs} | ({Verdict.UNKNOWN} if rule is None else set())
        if rule is not False and Verdict.FAIL not in needed:
            assert key == (UNASSESSED if Verdict.UNKNOWN in needed else one.key)
            return
    assert key == UNASSESSED


@given(st.lists(st.tuples(st.sampled_from(["fine", "bare", ""]), st.sampled_from(["high", "low", "other", ""]))))
def test_the_grid_counts_every_post_once(posts: list[tuple[str, str]]) -> None:
    grades = [Grade(key="fine", name="典范", en="Fine"), Grade(key="bare", name="白文")]
    rows = grid(grades, ("high", "low"), posts)
    assert sum(row.total for row in rows) == len(posts)
    assert [row.key for row in rows] == ["fine", "bare", ""]
    assert rows[-1].counts[-1] == sum(key == "" and priority in ("other", "") for key, priority in posts)
    assert [row.name for row in grid(grades, (), posts, english=True)] == ["Fine", "白文", ""]


@given(st.lists(posts(), max_size=8, unique_by=lambda facts: facts.record.docname),
       st.lists(st.sampled_from(["high", "medium", "low", "", "?"]), min_size=8, max_size=8))
def test_the_queue_holds_what_fails_or_is_unverified(facts: list[Facts], priorities: list[str]) -> None:
    entries = {post.record.id: Entry(id=post.record.id, title="", priority=priority)
               for post, priority in zip(facts, priorities, strict=False)}
    edition = msgspec.structs.replace(EDITION, standards=(Standard(name="一", criteria=tuple(CRITERIA)),))
    whole = summarise(facts, entries, edition)
    rows = {row.record.docname: row for row in whole.rows}
    failing = {name: [one for one in row.results if one.verdict is Verdict.FAIL] for name, row in rows.items()}
    assert {one.docname for one in whole.queue} == {
        name for name, row in rows.items() if failing[name] or row.stage == "unverified"}
    for by in ORDERS:
        ordered = queue(whole.queue, whole.priorities, by)
        assert set(ordered) == set(whole.queue)
        assert queue(reversed(ordered), whole.priorities, by) == ordered
    rank = {"high": 0, "medium": 1, "low": 2}

    def place(one: Task) -> tuple[float, ...]:
        return rank.get(one.importance.level, 3), -one.importance.score, -len(one.failing), -one.lack

    assert list(map(place, whole.queue)) == sorted(map(place, whole.queue))
    for one in whole.queue:
        assert STEPS[one.step].applies(rows[one.docname])
        earlier = list(STEPS)[:list(STEPS).index(one.step)]
        assert not any(STEPS[name].applies(rows[one.docname]) for name in earlier)
        assert set(one.failing) == set(failing[one.docname]) and 0 <= one.lack <= 1
        lacks = [lack(result) for result in one.failing]
        assert lacks == sorted(lacks, reverse=True)
        assert (one.equations is None) == (one.sections is None) == (rows[one.docname].coverage is None)


@pytest.mark.parametrize("name", sorted(STEPS))
def test_every_step_is_a_command_that_exists(name: str) -> None:
    words = shlex.split(command(name, "posts/它's x", 7))
    assert words[0] in ("python", "make", "$EDITOR")
    # What is done for all posts at once names none.
    assert ("source/posts/它's x.md" in words) == (name not in ("fetch", "receipt", "verify"))
    if words[0] == "$EDITOR":
        assert words[1] == "+7"
    elif words[:3] == ["python", "-m", "tools"]:
        module = importlib.import_module(COMMANDS[words[3]].module)
        command_parser(words[3], module).parse_args(words[4:])


@given(RESULTS, st.sampled_from(["", "draft", "in-progress", "completed"]))
def test_the_ledger_names_every_disagreement_and_no_agreement(results: list[Result], status: str) -> None:
    claim = status_claim("d", "t", status, results)
    met = finished(results)
    assert (met is True) == (bool(results) and all(result.verdict in (Verdict.PASS, Verdict.NOT_APPLICABLE)
                                                   for result in results))
    agree = met is True if status == "completed" else met is not True
    assert (claim is None) == agree
    if claim is not None:
        assert claim.kind == {True: "unclaimed", False: "claimed", None: "unmeasured"}[met]
        open_ = [result.criterion for result in results if result.verdict in (Verdict.FAIL, Verdict.UNKNOWN)]
        assert list(claim.criteria) == open_ and bool(open_) == (met is not True and bool(results))


IDS = st.lists(st.sampled_from("abcdef"), unique=True, max_size=5).map(tuple)


@given(IDS, IDS, IDS)
def test_a_topic_page_is_held_to_its_list_in_both_directions(
    claimed: tuple[str, ...], cited: tuple[str, ...], existing: tuple[str, ...]
) -> None:
    one, = topic_claims({"topics/x": ("x", claimed)}, {"topics/x": cited}, {"x": existing, "y": ("z",)})
    assert set(one.claimed_not_cited) == set(claimed) - set(cited)
    assert set(one.claimed_not_existing) == set(claimed) - set(existing)
    assert set(one.existing_not_cited) == set(existing) - set(cited)


def test_standards_are_laid_over_each_other_and_targets_win() -> None:
    standards = (Standard(name="all", coverage=10, kb=1, criteria=("size",)), Standard(name="t", topics=("t",), kb=2),
                 Standard(name="b", batches=("b",), coverage=30), Standard(name="p", posts=("p",), formulas=7, kb=3))
    assert bar_for((), "p", "t", (), Targets()).criteria
    assert bar_for(standards, "x", "", (), Targets()) == Bar(("size",), 10, 100, 20, 1)
    assert bar_for(standards, "x", "t", ("b",), Targets()) == Bar(("size",), 30, 100, 20, 2)
    assert bar_for(standards, "p", "t", ("b",), Targets()) == Bar(("size",), 30, 100, 7, 3)
    assert bar_for(standards, "p", "t", ("b",), Targets(kb=0.5, formulas=0)) == Bar(("size",), 30, 100, 0, 0.5)
    with pytest.raises(EditionError, match="no criterion 'sise'"):
        bar_for((Standard(name="all", criteria=("sise",)),), "p", "", (), Targets())


@pytest.mark.parametrize(("rule", "says"), [
    ("original.kb <", "cannot be read"), ("orginal.kb < 9", "'orginal', which is not measured"),
    ("original.size < 9", "'size', which is not measured"), ("original < 9", "cannot be answered"),
    ("len(original) < 9", "cannot be answered"), ("original.kb / 0 > 1", "cannot be answered"),
    ("9 ** 9 ** 9 > 1", "cannot be answered"), ("original.__class__ == 1", "cannot be answered")])
def test_a_rule_that_asks_for_nothing_known_is_an_error(rule: str, says: str) -> None:
    edition = replace_batches(rule)
    with pytest.raises(EditionError, match=says):
        summarise([record(original=Counts(), original_bytes=1)], {}, edition)


@pytest.mark.parametrize(("rule", "answer"), [
    ("a.x < 3", True), ("a.x >= 3", False), ("a.none < 3", None), ("not a.none < 3", None), ("a.none + 1 > 0", None),
    ("a.x < 3 or a.none < 3", True), ("a.x > 3 and a.none < 3", False), ("a.none == null", True), ("a.x != null", True),
    ("'x' in tags", True), ('"z" in tags', False), ("year == '2020'", True), ("2 * a.x - 1 == 3", True)])
def test_rules_know_the_unknown(rule: str, answer: bool | None) -> None:
    assert holds(rule, {"a": {"x": 2, "none": None}, "tags": ["x", "y"], "year": "2020"}) is answer


def replace_batches(rule: str) -> Any:
    return msgspec.structs.replace(EDITION, batches=(Batch(key="b", name="批", rule=rule, posts=("gone",)),))


@given(st.integers(0, 20_000), st.integers(0, 9), st.integers(0, 20_000), st.integers(0, 9))
def test_a_batch_is_about_the_original_whatever_is_added(size: int, formulas: int, more: int, added: int) -> None:
    edition = replace_batches("original.kb < 9 and original.formulas < 5")
    facts = record(original_bytes=size, original=Counts(inline=formulas), added_bytes=more, added=Counts(inline=added),
                   total=Counts(inline=formulas + added), bytes=size + more)
    row, = summarise([facts], {}, edition).rows
    assert (row.batches == ("b",)) == (size < 9000 and formulas < 5)


def test_a_batch_closes_itself_only_when_all_its_posts_are_built_and_met() -> None:
    done = record("a", original=Counts(), original_bytes=1)
    standards = (Standard(name="s", criteria=("renders",)),)
    edition = msgspec.structs.replace(replace_batches("original.kb < 9"), standards=standards)
    row, = summarise([done], {}, edition).batches
    assert (row.posts, row.done, row.missing, row.complete) == (1, 1, ("gone",), False)
    edition = msgspec.structs.replace(edition, batches=(Batch(key="b", name="批", rule="original.kb < 9"),))
    assert summarise([done], {}, edition).batches[0].complete
    waiting = {"w": Entry(id="w", title="w", batch="b"), "s": Entry(id="s", title="s", batch="b", state="skipped")}
    row, = summarise([done], waiting, edition).batches
    assert row.missing == ("w",) and not row.complete
    assert not summarise([], {}, edition).batches[0].complete, "an empty batch is not complete"


@given(st.floats(0, 1000), st.floats(0, 1000))
def test_a_shown_amount_never_makes_a_shortfall_vanish(value: float, threshold: float) -> None:
    assume(value < threshold - 1e-4)
    assert amount(threshold - value, up=True) != "0"
    assert float(amount(value)) <= value < threshold
