"""Change, new work and the plan: against numbers derived by hand, and over a history in git."""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from audited import checked_edition
from conftest import Build, EditionFolder
from hypothesis import given
from hypothesis import strategies as st

import tools.__main__ as command_line
from ext.edition.annotations.kinds import Relation
from ext.edition.annotations.targets import Aim, AnnotationRecord
from ext.edition.audit import change, history, weeks
from ext.edition.audit.facts import Derivation
from ext.edition.audit.newwork import key_of, new_work
from ext.edition.audit.outputs import pull, reports
from ext.edition.audit.progress import Past, progress
from ext.edition.audit.rows import Row
from ext.edition.audit.steps import PostState, by_topic, compare, with_lines
from ext.edition.audit.summary import summarise
from ext.edition.audit.weeks import Pace, PlanPost, Tick
from ext.edition.posts import catalogue
from ext.edition.posts.catalogue import Entry
from ext.edition.site.config import New
from ext.edition.site.errors import EditionError
from tests.audit.test_summary import EDITION, record
from tools.catalogue import demand

RULE = New(needs=("target", "check", "reviewer"))


def derivation(key: str, *, target: bool = True, check: str = "passed", kind: str = "derivation") -> Derivation:
    return Derivation(key, kind, "", "derivation-1", 9, target, check)


def rows(*posts: tuple[str, list[Derivation], str]) -> tuple[Row, ...]:
    made = [replace(record(name), derivations=tuple(replace(one, reviewer=by) for one in found))
            for name, found, by in posts]
    return summarise(made, {}, EDITION).rows


# new work


def test_each_new_derivation_is_judged_for_itself() -> None:
    now = rows(("a", [derivation("old"), derivation("good"), derivation("bare", target=False, check="none"),
                      derivation("failed", check="failed"), derivation("stale", check="stale")], "某"),
               ("b", [derivation("new"), derivation("p", kind="proof", check="unknown")], ""))
    found = new_work(now, {"a": PostState("a", derivations=("old",))}, RULE)
    assert found is not None
    assert [(one.post, one.derivation.key, one.reviewer, one.lacks) for one in found] == [
        ("a", "good", "某", ()), ("a", "bare", "某", ("target", "check")), ("a", "failed", "某", ("check",)),
        ("a", "stale", "某", ("check",)), ("b", "new", "", ("reviewer",)), ("b", "p", "", ("check", "reviewer"))]
    assert new_work(now, {}, New(kinds=("proof",))) == (replace(found[-1], lacks=()),), "nothing is asked"


def test_a_base_that_lists_no_derivations_tells_nothing() -> None:
    assert new_work(rows(("a", [derivation("x")], "")), {"a": PostState("a")}, RULE) is None


@given(st.lists(st.sampled_from("xyz")), st.lists(st.sampled_from("xyz")))
def test_as_many_are_new_as_there_are_more_of_one_key(before: list[str], now: list[str]) -> None:
    found = new_work(rows(("a", [derivation(key) for key in now], "")),
                     {"a": PostState("a", derivations=tuple(before))}, RULE)
    assert found is not None
    assert Counter(one.derivation.key for one in found) == Counter(now) - Counter(before)


def test_an_updated_baseline_does_not_hide_what_is_not_finished() -> None:
    ends = {"good": "passed", "bad": "none"}
    both = (replace(derivation(key, check=check), reviewer="某") for key, check in ends.items())
    whole = summarise([replace(record("a"), derivations=tuple(both))], {}, msgspec.structs.replace(EDITION, new=RULE))
    state = change.state(whole)
    found = progress(whole.rows, state, (), {}, msgspec.structs.replace(EDITION, new=RULE),
                     Past(audit={"a": PostState("a", derivations=())}))
    tight = change.tighten({}, change.without(state, found))
    assert tight["a"].derivations == ("good",)
    assert change.parse(change.to_json(tight), where="baseline") == tight


@pytest.mark.parametrize(("given", "key"), [
    ({"label": "der-a", "of": ("eq-a",)}, "der-a"), ({"of": ("eq-a", "eq-b")}, "derivation:eq-a,eq-b"),
    ({"follows": "e-123456"}, "derivation:e-123456"), ({"kind": "proof", "subject": "thm-a"}, "proof:thm-a"),
    ({"title": "移项"}, "derivation=移项")])
def test_what_a_derivation_is_known_by(given: dict[str, Any], key: str) -> None:
    plain: dict[str, Any] = {
        "kind": "derivation", "label": "", "number": 3, "title": "", "anchor": "derivation-3", "line": 1, "parent": "",
        "stale": "", "follows": "", "subject": "", "parts": (), "inline": 0, "displayed": 0, "characters": 0,
        "written": True}
    aims = tuple(Aim(Relation.OF, name) for name in given.get("of", ()))
    rest = {name: value for name, value in given.items() if name != "of"}
    assert key_of(AnnotationRecord(aims=aims, **plain | rest)) == key


# change


def test_change_by_topic_and_by_lines() -> None:
    before = {"a": PostState("甲", equations=4, covered=1, topic="旧"), "b": PostState("乙", equations=2, covered=2),
              "c": PostState("丙")}
    after = {"a": PostState("甲", equations=4, covered=3, topic="数"), "b": PostState("乙", equations=2, covered=2),
             "c": PostState("丙", equations=9, covered=9), "d": PostState("丁", equations=1, covered=1, topic="数")}
    (topic,) = by_topic(before, after)
    assert (topic.topic, topic.posts, topic.covered, topic.equations) == ("数", 1, (1, 3), (4, 4))
    changes = with_lines(compare(before, after), {"a": (5, 1), "b": (2, 0)}, {"a": "甲", "b": "乙", "c": "丙"})
    assert [(one.id, one.kind, one.lines) for one in changes] == [
        ("a", "changed", (5, 1)), ("d", "added", None), ("b", "changed", (2, 0))]


def test_the_history_has_every_topic_and_old_points_stay_readable(tmp_path: Path) -> None:
    (tmp_path / history.FILE).write_text(
        '{"date":"2026-01-01","revision":"a","posts":1,"met":0,"equations":2,"covered":1,"formulas":9}\n', "utf-8")
    whole = summarise([record("a", topic="矩阵")], {}, EDITION)
    assert history.append(tmp_path, history.point(whole, "2026-02-01", "b"))
    old, new = history.load(tmp_path)
    assert old.topics == {} and new.topics == {"矩阵": (0, 0, 0)}
    trended = [replace(old, topics={"矩阵": (0, 4, one)}, covered=1) for one in (1, 2)]
    found = progress(whole.rows, {}, (), {}, EDITION, Past(points=tuple(trended)))
    assert [(one.topic, one.shares) for one in found.trends] == [("", (0.5, 0.5)), ("矩阵", (0.25, 0.5))]
    assert history.polyline((0, 0.5, 1), 10, 4) == "0.0,4.0 5.0,2.0 10.0,0.0"


# the plan

POST = PlanPost("a", "甲", "posts/a", "", 2, 4, 3, 1, 2)


def test_hours_left_follow_the_items() -> None:
    entry = Entry(id="a", title="甲", hours=(4, 2), required={"r1": "一", "r2": "二", "r3": "三"})
    assert weeks.planned(entry, "posts/a", "", 1, finished=False) == POST
    bare = msgspec.structs.replace(entry, required={})
    assert [post and post.left for post in (weeks.planned(bare, "", "", 0, finished=True),
                                            weeks.planned(bare, "", "", 0, finished=False))] == [0, 3]
    assert weeks.planned(Entry(id="a", title="甲"), "", "", 0, finished=False) is None


def test_the_pace_is_what_was_fulfilled_in_the_window() -> None:
    worth = {("posts/a", key): 1.5 for key in ("r1", "r2", "r3")}
    ticks = [Tick("2026-03-20", "posts/a", ("r2",)), Tick("2026-03-18", "posts/a", ("r1", "r2", "gone")),
             Tick("2026-01-01", "posts/a", ("r3",)), Tick("2026-03-18", "posts/other", ("r1",))]
    pace = weeks.measured(ticks, worth, "2026-03-20", 8)
    # r1 and r2 within eight weeks; r3 before them. 3 hours in 8 weeks.
    assert (pace.kind, pace.hours, pace.earned, pace.weeks) == ("measured", 0.375, 3, 8)
    young = weeks.measured(ticks[:2], worth, "2026-03-20", 8)
    assert (young.hours, young.weeks) == (3, 1), "an edition of three days is measured over one week"
    assert weeks.measured([], worth, "2026-03-20", 8).kind == "unknown"
    assert weeks.measured(ticks, worth, "", 8).kind == "unknown"


def test_weeks_begin_on_the_monday_after_the_last_commit() -> None:
    posts = [replace(POST, id="a", left=3), replace(POST, id="b", left=0), replace(POST, id="c", left=1.5)]
    made, later = weeks.in_weeks(posts, Pace("set", 2, until="2026-03-20"))  # a Friday
    assert [(one.monday, one.hours, one.posts) for one in made] == [
        ("2026-03-23", 2, ("a",)), ("2026-03-30", 2, ("a", "c")), ("2026-04-06", 0.5, ("c",))]
    assert later == 0 and weeks.in_weeks(posts, Pace()) == ((), 0)
    assert weeks.in_weeks([replace(POST, left=100)], Pace("set", 1))[1] == 100 - weeks.MOST


@given(st.lists(st.floats(0, 50), max_size=8), st.floats(0.5, 40))
def test_no_hour_is_lost_between_the_weeks(lefts: list[float], pace: float) -> None:
    posts = [replace(POST, id=str(at), left=left) for at, left in enumerate(lefts)]
    made, later = weeks.in_weeks(posts, Pace("set", pace))
    assert all(week.hours <= pace + 1e-6 and week.posts for week in made)
    if not later:
        assert sum(week.hours for week in made) == pytest.approx(sum(lefts), abs=1e-6)


# the list


LIST = "batch\tslug\thours\titem\np\tone\t3-4\t定义 “甲”\np\tone\t3-4\t证明\n\tzwei\t\t推导\n\tonne\t\t没有\n"


def test_a_list_of_required_content_is_read() -> None:
    entries = {"1": Entry(id="1", title="甲", slug="one"), "2": Entry(id="2", title="乙", slug="two", aliases=("zwei",),
                                                                      hours=(1, 1), required={"r2": "旧"})}
    found, lost = demand(entries, LIST, where="list.tsv")
    assert found["1"].required == {"r1": "定义 “甲”", "r2": "证明"} and found["1"].hours == (3, 4)
    assert found["1"].batch == "p" and found["2"].required == {"r2": "旧", "r3": "推导"} and found["2"].hours == (1, 1)
    assert lost == ("list.tsv:5: the catalogue has no post 'onne' (near: one)",)
    assert demand(found, LIST)[0] == found, "twice changes nothing"
    assert catalogue.parse(catalogue.text(found.values())) == found


@pytest.mark.parametrize(("text", "said"), [
    ("slug\thours\n", "no column 'item'"), ("slug\titem\none\t\n", "list:2: a line has no item"),
    ("slug\titem\thours\none\tx\tsoon\n", "list:2: 'soon' is no number of hours")])
def test_a_broken_list_says_where(text: str, said: str) -> None:
    with pytest.raises(EditionError, match=said):
        demand({"1": Entry(id="1", title="甲", slug="one")}, text)


# over a history


def git(root: Path, *words: str, day: str = "2026-03-02") -> str:
    env = {**os.environ, "GIT_AUTHOR_DATE": f"{day}T12:00:00", "GIT_COMMITTER_DATE": f"{day}T12:00:00",
           "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    name = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    return subprocess.run(["git", *name, *words], cwd=root, env=env, check=True, capture_output=True, text=True).stdout


NEW = """
:::{prf:derivation} 有名
:label: der-new
:of: eq-l
:fulfils: r-1

又得 $l=3$。
:::

插一句。

:::{prf:derivation} 无所论
:fulfils: r-3

只有 $q=0$。
:::
"""


@pytest.fixture(scope="module")
def over_time(tmp_path_factory: pytest.TempPathFactory) -> tuple[EditionFolder, Build, Build, str]:
    """Return the hand-checked edition with a week of history after its baseline, and its audits since and now."""
    folder = checked_edition(tmp_path_factory.mktemp("time") / "edition")
    toml = folder.root / "edition.toml"
    toml.write_text(toml.read_text("utf-8").replace("hours_per_week = 2", "window = 4"), "utf-8")
    rows_ = catalogue.load(folder.source)
    rows_["7"] = Entry(id="7", title="庚", state="fetched", slug="seven", hours=(6, 6),
                       required={"r-1": "一", "r-2": "二", "r-3": "三"})
    catalogue.save(folder.source, rows_.values())
    seven = folder.source / "posts/seven.md"
    seven.write_text(seven.read_text("utf-8").replace("id: local-7", "id: '7'"), "utf-8")
    git(folder.root, "init", "-q", "-b", "main")
    git(folder.root, "add", "source", "edition.toml")
    git(folder.root, "commit", "-qm", "begin", day="2026-03-02")
    folder.build("audit", out="audit", audit_update=True)
    git(folder.root, "add", "audit-baseline.json")
    git(folder.root, "commit", "-qm", "baseline", day="2026-03-03")
    seven.write_text(seven.read_text("utf-8").rstrip("\n") + "\n" + NEW, "utf-8")
    one = folder.source / "posts/one.md"
    one.write_text(one.read_text("utf-8").replace("由 $a=1$ 得 $b=2$。", "由 $a=1$ 得 $b=2$。\n\n改过。"), "utf-8")
    git(folder.root, "add", "source")
    git(folder.root, "commit", "-qm", "annotate", day="2026-03-13")
    html = folder.build(audit_base="HEAD~1")
    return folder, html, folder.build("audit", out="audit", audit_base="HEAD~1"), seven.read_text("utf-8")


def test_new_work_fails_the_audit_item_by_item(over_time: Any, capsys: pytest.CaptureFixture[str]) -> None:
    folder, _, audit, text = over_time
    found = json.loads((audit.out / "audit.json").read_text("utf-8"))["progress"]
    line = text.split("\n").index(":::{prf:derivation} 有名") + 1
    assert [(one["derivation"]["key"], one["derivation"]["line"], one["lacks"]) for one in found["new"]] == [
        ("der-new", line, ["check", "reviewer"]), ("derivation=无所论", line + 10, ["target", "check", "reviewer"])]
    assert audit.status == 1
    capsys.readouterr()
    folder.build("audit", out="audit", audit_base="HEAD~1")
    said = " ".join(capsys.readouterr().out.split())
    assert f"posts/seven.md:{line}: derivation 'der-new' has no check, no reviewer" in said
    assert "new work: 2 derivations, 0 with target, check, reviewer" in said


def test_lines_and_measures_since_the_base(over_time: Any) -> None:
    _, html, audit, _ = over_time
    found = json.loads((audit.out / "audit.json").read_text("utf-8"))["progress"]
    since = {one["kind"]: one for one in found["since"]}
    assert since["base"]["name"] == "HEAD~1"
    lines = {one["id"]: one["lines"] for one in since["base"]["posts"]}
    assert lines == {"1": [2, 0], "7": [NEW.count("\n"), 0]}
    steps = {step["name"]: (step["before"], step["after"])
             for one in since["base"]["posts"] if one["id"] == "7" for step in one["better"]}
    assert steps["covered"] == (2, 3) and steps["added"] == (1, 3) and steps["blocks"] == (1, 3)
    assert [(one["topic"], one["covered"]) for one in since["base"]["topics"]] == [("代数", [2, 3])]
    # Both reviews came in by the first commit, before any baseline; that of post 5 was never of this text.
    assert [(one["id"], one["lines"], one["worse"]) for one in since["review"]["posts"]] == [
        ("5", [0, 0], []), ("1", [2, 0], [])]
    page = html.html("audit")
    assert "自 HEAD~1" in page and "+2 −0" in page and "复核之后又有改动的文章" in page
    assert "新推导 2 条，其中 2 条" in page


def test_the_plan_is_computed_from_the_history(over_time: Any) -> None:
    _, html, audit, _ = over_time
    plan = json.loads((audit.out / "audit.json").read_text("utf-8"))["progress"]["plan"]
    # Four items were fulfilled within twelve days: two of post 1 (3 hours / 2) and two of post 7 (6 hours / 3).
    assert plan["pace"] == {"kind": "measured", "hours": 3.5, "earned": 7, "weeks": 2, "until": "2026-03-13"}
    assert {post["id"]: post["left"] for post in plan["posts"]} == {"1": 0, "2": 3, "7": 2, "20": 1.5}
    assert [week["monday"] for week in plan["weeks"]] == ["2026-03-16", "2026-03-23"]
    assert sum(week["hours"] for week in plan["weeks"]) == 6.5
    page = html.html("audit")
    assert "2026-03-16" in page and "☑" in page and "☐" in page and "每周 3.5 小时" in page


def test_the_reports_are_in_the_build_folder_only(over_time: Any) -> None:
    folder, html, audit, _ = over_time
    status = (audit.out / "STATUS_REPORT.md").read_text("utf-8")
    assert "| equations |" in status and "每周 3.5 小时" in status and "| 2026-03-16 | 3.5 |" in status
    report = (audit.out / "PROGRESS_REPORT.md").read_text("utf-8")
    assert "## 自 HEAD~1" in report and "+2 −0" in report and "还没有历史" in report
    assert not list(html.out.glob("*_REPORT.md")) and not list(folder.source.rglob("*_REPORT.md"))


def test_the_progress_report_has_the_newest_first(over_time: Any) -> None:
    folder, _, audit, _ = over_time
    for day, revision in (("2026-03-02", "a" * 40), ("2026-03-13", "b" * 40)):
        assert command_line.main(["history", "--edition", str(folder.root), "--revision", revision, "--date", day,
                                  "--audit", str(audit.out / "audit.json")]) == 0
    points = history.load(folder.root)
    (folder.root / history.FILE).unlink()
    earlier = replace(points[0], covered=1, topics={**points[0].topics, "代数": (1, 4, 1)})
    from ext.edition.audit.outputs import audit_json

    whole = audit_json.load(audit.out / "audit.json")
    report = reports.progress(whole, (earlier, points[1]), english=True)
    assert report.index("## 2026-03-13") < report.index("## 2026-03-02")
    assert f"- Covered: {points[1].covered} (+{points[1].covered - 1})" in report
    assert f"- 代数: 1 → {points[1].topics['代数'][2]} / 4" in report and "The history begins here." in report
    said = pull.to_markdown(whole, ())
    assert "**New derivations: 2, unfinished: 2.**" in said and "der-new: no check, no reviewer" in said


def test_what_nobody_requires_cannot_be_fulfilled(edition_folder: EditionFolder) -> None:
    catalogue.save(edition_folder.source, [Entry(id="9", title="九", state="fetched", required={"r1": "定义"})])
    edition_folder.post("p", ":::{prf:remark}\n:fulfils: r1, r11\n\n文字。\n:::\n\n:::{prf:remark}\n:fulfils: r1\n:::",
                        id="9", origin="feed")
    built = edition_folder.build()
    assert len([one for one in built.warnings if "posts/p.md:9: WARNING: nothing is required of this post as 'r11' "
                                                 "(near: r1)" in one]) == 1
    row = json.loads((built.out / "audit.json").read_text("utf-8"))["rows"][0]
    assert row["required"] == [{"key": "r1", "text": "定义", "by": ["remark-1"]}], "the empty one fulfils nothing"
