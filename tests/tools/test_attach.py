"""Attaching annotations to equations: what is proposed and asked, what an answer writes, what undo gives back."""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import REPO, EditionFolder
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ext.edition.annotations.kinds import Relation
from ext.edition.audit import reviews
from ext.edition.links import answers, bearing, open_questions
from ext.edition.links.likeness import in_common
from ext.edition.links.proposals import propose
from ext.edition.posts.blocks import blocks
from ext.edition.posts.units import aimed, equations, units
from ext.edition.site.errors import EditionError
from ext.edition.site.files import write_atomic
from tools.__main__ import main
from tools.attaching import Session, finish, questions, queue
from tools.edits import open_post
from tools.workspace import open_edition

ORIGINAL = r"""设

$$
F(x) = \log \sum_{i=1}^n e^{x_i} \label{eq:lse}
$$

求导得

$$
\frac{\partial F}{\partial x_i} = \frac{e^{x_i}}{\sum_j e^{x_j}}
$$

结果是

$$
\begin{array}{c|c} \hline a & b \\ \hline 1 & 2 \\ \hline \end{array}
$$
"""
ADDED = r"""
{.annotation}
## 补充

### 一、梯度的推导

由链式法则，

$$
\frac{\partial F}{\partial x_i} = \frac{1}{\sum_j e^{x_j}} \cdot e^{x_i}
$$

因此

$$
\frac{\partial F}{\partial x_i} = \frac{e^{x_i}}{\sum_j e^{x_j}}
$$

### 二、总结

$$
\frac{\partial F}{\partial x_i} = \frac{e^{x_i}}{\sum_j e^{x_j}}
$$

:::{prf:remark} 光滑的最大值
$$
F(x) = \log \sum_{i=1}^n e^{x_i}
$$
它不小于最大的一个，这正是 $\eqref{eq:lse}$。
:::

### 三、表

$$
\begin{array}{c|c} \hline a & b \\ \hline 1 & 2 \\ \hline \end{array}
$$
"""
BODY = ORIGINAL + ADDED


def titles(body: str) -> list[str]:
    """Return the title of what is proposed for every equation that has a proposal."""
    known = units(body)
    return [known[one.unit].title for one in propose(equations(body), known)]


def test_pieces_are_sections_and_directives_with_their_own_formulas() -> None:
    found = units(BODY)
    assert [(one.kind, one.title, len(one.displays)) for one in found] == [
        ("section", "一、梯度的推导", 2), ("section", "二、总结", 1), ("remark", "光滑的最大值", 1),
        ("section", "三、表", 1)]
    lines = BODY.split("\n")
    assert all(one.displays[0].tex.strip().split("\n")[0] in lines[one.displays[0].line] for one in found)


def test_the_piece_that_derives_is_proposed_before_a_summary_and_a_table_never() -> None:
    assert titles(BODY) == ["光滑的最大值", "一、梯度的推导"]
    first, second = propose(equations(BODY), units(BODY))
    assert first.closes and not second.closes
    assert {"exact", "deriving", "therefore", "first"} <= {name for name, _ in second.reasons}
    only = BODY.replace("一、梯度的推导", "一、总结")
    assert titles(only)[1].endswith("、总结"), "last, not never"
    assert "general" in dict(propose(equations(only), units(only))[1].reasons)


def test_a_bare_number_is_not_resolved_where_the_annotations_have_it_too() -> None:
    one = BODY.replace("{eq:lse}", "{eq:lse} \\tag{3}").replace("它不小于", "由 (3)，它不小于")
    assert "numbered" in dict(propose(equations(one), units(one))[0].reasons)
    two = one.replace("= \\frac{1}{\\sum_j", "= \\tag{3} \\frac{1}{\\sum_j")
    assert "numbered" not in dict(propose(equations(two), units(two))[0].reasons)


def test_the_guide_has_the_weights_that_are_used() -> None:
    page = (REPO / "source/guide/attaching.md").read_text("utf-8")
    told = re.findall(r"^\| `(\w+)` \|[^|]+\| (-?[\d.]+) \|$", page, re.M)
    assert {name: float(weight) for name, weight in told} == dict(bearing.WEIGHTS)
    assert f"常数 {bearing.CONSTANT}" in page


SIGNS = st.lists(st.sampled_from(["x", "y^2", "\\frac{a}{b}", "=", "+", "\\sum_i", "&", "\\\\", "z"]), max_size=9)


@given(SIGNS, SIGNS)
def test_what_bears_on_a_pair_is_measured_from_0_to_1(one: list[str], other: list[str]) -> None:
    body = (f"文。\n\n$$\na = {' '.join(one)} \\quad b\n$$\n\n{{.annotation}}\n## 推导\n\n因此\n\n"
            f"$$\na = {' '.join(other)} \\quad c\n$$\n\n### 又\n\n$$\n{' '.join(one)} = q + r\n$$\n")
    for row in bearing.bearings(equations(body), units(body)).values():
        for pair in row.values():
            assert set(pair.values) == set(bearing.WEIGHTS) and 0 < pair.likely < 1
            assert all(-1e-9 <= value <= 1 + 1e-9 for name, value in pair.values.items() if name != "ahead")


def test_padding_is_never_proposed() -> None:
    draw = random.Random(20261126)
    letters = "ABCGHKLMNPQRSTUVWYZ"
    sums = [" + ".join(draw.choices(letters, k=4)) for _ in range(200)]
    padding = "".join(f"\n### 补充 {at}\n\n因此\n\n$$\n{one} \\to \\Gamma_{{{at}}}\n$$\n"
                      for at, one in enumerate(sums))
    assert len(units(BODY + padding)) == 204 and titles(BODY + padding) == titles(BODY)


def test_common_tokens_are_marked_and_nothing_is_lost() -> None:
    tex = r"\frac{\partial F}{\partial x_i} = q"
    pieces = list(in_common(tex, r"\frac{\partial F}{\partial x_i} = 0"))
    assert "".join(piece for _, piece in pieces) == tex
    assert ("".join(piece for marked, piece in pieces if not marked)).strip(" {}") == "q"


DIRECTIVES = (":::{prf:remark}\n注 $x$。\n:::", ":::{prf:remark} 题\n:label: rem-x\n\n注。\n:::",
              ":::{prf:remark}\n:of: eq-a\n注。\n:::", ":::{prf:remark}\n:explains: eq-a, eq-b\n\n注。\n:::",
              "```{prf:remark}\n---\nlabel: rem-x\nexplains: 'eq-a'\n---\n注。\n```", ":::{prf:remark}\n\n注。\n:::",
              "## 节\n\n文。", "{.annotation}\n## 节\n\n文。", '{#a .annotation of="eq-a"}\n## 节\n\n文。',
              '{.annotation explains="eq-a"}\n## 节\n\n文。', "{.annotation explains=eq-a .x}\n## 节\n\n文。",
              "{.annotation explains=eq-a}\n## 节\n\n文。",
              "{#sec}\n## 节\n\n文。")


@pytest.mark.parametrize("source", DIRECTIVES)
def test_an_answer_writes_one_target_and_nothing_else(source: str) -> None:
    body = f"{ORIGINAL}\n{{.annotation}}\n# 注\n\n文。\n\n{source}\n"
    unit = units(body)[-1]
    after = aimed(body, unit, Relation.EXPLAINS, "eq-new")
    now = units(after)[-1]
    assert set(now.names) == {*unit.names, ("explains", "eq-new")} and now.digest == unit.digest
    assert [one.text for one in blocks(after) if not one.annotation] == [
        one.text for one in blocks(body) if not one.annotation]
    assert aimed(after, now, Relation.EXPLAINS, "eq-new") == after


def test_a_name_that_cannot_be_written_is_refused() -> None:
    with pytest.raises(EditionError, match="cannot be written"):
        aimed(BODY, units(BODY)[0], Relation.DERIVES, 'a" onclick="')


def edition(folder: EditionFolder) -> Path:
    """Write the post, with an id, and return its path."""
    return folder.post("p", BODY, id="7")


def state(folder: EditionFolder) -> dict[str, bytes]:
    """Return the bytes of every file of the source."""
    return {path.relative_to(folder.source).as_posix(): path.read_bytes()
            for path in sorted(folder.source.rglob("*")) if path.is_file()}


def test_answers_are_remembered_by_content_and_asked_again_when_it_changes(edition_folder: EditionFolder) -> None:
    path = edition(edition_folder)
    place = open_edition(edition_folder.root)
    session = Session(place, "甲")
    first, second = session.asked(path)
    session.answer(path, first, "no")
    session.answer(path, second, "derives")
    assert questions(place, path) == () and '{.annotation derives="e-' in path.read_text("utf-8")
    assert [(one.post, one.says, one.by) for one in sorted(answers.load(place.source), key=lambda one: one.says)] == [
        ("7", "derives", "甲"), ("7", "no", "甲")]
    # Whoever rewrites the piece is asked again, and told what was said; whoever moves it is not.
    text = path.read_text("utf-8")
    path.write_text(text.replace("由链式法则，", "由链式法则与商的求导，"), "utf-8")
    (again,) = questions(place, path)
    assert again.equation.name == second.equation.name and again.before is not None and again.before.by == "甲"
    path.write_text(text.replace("## 补充\n", "## 补充\n\n引言。\n"), "utf-8")
    assert questions(place, path) == ()


@pytest.mark.parametrize("says", ["no", "uses"])
def test_where_one_piece_is_not_about_it_the_next_is_asked_about_once(edition_folder: EditionFolder, says: answers.Says
                                                                      ) -> None:
    path = edition_folder.post("p", BODY.replace("二、总结", "二、直接的推导"), id="7")
    session = Session(open_edition(edition_folder.root), "甲")
    first = session.asked(path)[1]
    assert first.second is not None and not first.again
    assert answers.worth([first]) != answers.worth([replace(first, second=None)]), "counted with what it takes"
    session.answer(path, first, says)
    again = session.asked(path)[1]
    assert again.equation == first.equation and again.again and again.proposal == first.second
    assert again.second is None and answers.worth([again]) < answers.worth([replace(again, again=False)])
    session.answer(path, again, "no")
    assert first.equation not in [one.equation for one in session.asked(path)], "not a third time"
    session.undone()
    session.answer(path, session.asked(path)[1], "derives")
    assert first.equation not in [one.equation for one in session.asked(path)]


def test_a_target_written_by_hand_is_not_asked_about(edition_folder: EditionFolder) -> None:
    path = edition(edition_folder)
    text = path.read_text("utf-8").replace("光滑的最大值\n", "光滑的最大值\n:of: eq:lse\n\n")
    path.write_text(text, "utf-8")
    assert [one.equation.shown.labels for one in questions(open_edition(edition_folder.root), path)] == [()]


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_undo_gives_the_bytes_back(edition_folder: EditionFolder, ends: str) -> None:
    path = edition(edition_folder)
    path.write_bytes(path.read_bytes().replace(b"\n", ends.encode()))
    before = state(edition_folder)
    session = Session(open_edition(edition_folder.root), "甲")
    states = []
    for says in ("derives", "split", "uses"):
        states.append(state(edition_folder))
        asked = session.asked(path)[0]
        session.split(path, asked) if says == "split" else session.answer(path, asked, says)  # type: ignore[arg-type]
        assert state(edition_folder) != states[-1]
    while states:
        assert session.undone() == path
        assert state(edition_folder) == states.pop()
    assert session.undone() is None and state(edition_folder) == before


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(["derives", "explains", "uses", "no", "split", "undo"]), max_size=12))
def test_no_answer_touches_the_original(edition_folder: EditionFolder, said: list[str]) -> None:
    path = edition(edition_folder)
    (edition_folder.source / answers.FILE).unlink(missing_ok=True)
    session = Session(open_edition(edition_folder.root), "甲")
    original = [block.text for block in blocks(f"# p\n\n{ORIGINAL}")]
    for one in said:
        if one == "undo":
            session.undone()
        elif one == "split":
            with contextlib.suppress(EditionError):  # nothing is left to be cut
                session.split(path, session.asked(path)[0]) if session.asked(path) else None
        elif asked := session.asked(path):
            session.answer(path, asked[0], one)  # type: ignore[arg-type]
        assert [block.text for block in blocks(open_post(path).body) if not block.annotation] == original


def test_a_change_that_was_noted_is_finished_by_whoever_comes_next(edition_folder: EditionFolder,
                                                                   monkeypatch: pytest.MonkeyPatch) -> None:
    path = edition(edition_folder)
    place = open_edition(edition_folder.root)
    session = Session(place, "甲")
    asked = session.asked(path)[1]
    monkeypatch.setattr("tools.attaching._put", lambda place, noted: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        session.answer(path, asked, "derives")
    monkeypatch.undo()
    assert "derives=" not in path.read_text("utf-8") and answers.load(place.source) == ()
    finish(place)
    assert "derives=" in path.read_text("utf-8") and len(answers.load(place.source)) == 1
    assert not (place.cache / "attach.json").exists()


def test_a_cut_that_is_killed_between_its_writes_is_there_or_is_not(edition_folder: EditionFolder,
                                                                    monkeypatch: pytest.MonkeyPatch) -> None:
    path = edition(edition_folder)
    place = open_edition(edition_folder.root)
    whole = path.read_text("utf-8")
    texts = set()
    for after in range(3):
        path.write_text(whole, "utf-8")
        session = Session(place, "甲")
        asked, left = session.asked(path)[1], after

        def killed(where: Path, text: bytes | str) -> bool:
            nonlocal left
            if not left:
                raise KeyboardInterrupt
            left -= 1
            return write_atomic(where, text)

        monkeypatch.setattr("tools.attaching.write_atomic", killed)
        with contextlib.suppress(KeyboardInterrupt):
            session.split(path, asked)
        monkeypatch.undo()
        finish(place)
        texts.add(path.read_text("utf-8"))
        assert not (place.cache / "attach.json").exists()
    assert len(texts) == 2 and whole in texts, "nothing was noted, or it was finished"


@pytest.mark.parametrize(("keys", "delays"), [(b"dzzzd", (0.0, 0.002, 0.01)), (b"dszszsd", (0.02, 0.1, 0.3))])
def test_killed_at_any_moment_nothing_is_lost(edition_folder: EditionFolder, keys: bytes,
                                              delays: tuple[float, ...]) -> None:
    path = edition(edition_folder)
    place = open_edition(edition_folder.root)
    original = ORIGINAL.strip()
    shown = sorted(display.tex for one in units(BODY) for display in one.displays)
    for delay in delays:
        child = subprocess.Popen(
            [sys.executable, "-m", "tools", "attach", "--edition", str(edition_folder.root), "--by", "甲", "p"],
            cwd=REPO, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert child.stdin and child.stdout
        child.stdout.readline()  # it has asked
        child.stdin.write(keys)
        child.stdin.flush()
        time.sleep(delay)
        child.send_signal(signal.SIGKILL)
        child.wait()
        finish(place)
        body = open_post(path).body
        targets = sum(relation == "derives" for one in units(body) for relation, _ in one.names)
        assert original in body and targets == len(answers.load(place.source)), "both files, or neither"
        assert sorted(display.tex for one in units(body) for display in one.displays) == shown, "cut or not, never lost"


def test_the_command_lists_asks_and_counts(edition_folder: EditionFolder, capsys: pytest.CaptureFixture[str],
                                           monkeypatch: pytest.MonkeyPatch) -> None:
    path = edition(edition_folder)
    before = state(edition_folder)
    call = ["attach", "--edition", str(edition_folder.root)]
    assert main([*call, "--dry-run"]) == 0 and "1 篇里有 2 问" in capsys.readouterr().out
    assert main([*call, "--queue"]) == 0 and "2 问  source/posts/p.md" in capsys.readouterr().out
    assert main([*call, "--json", "p"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [one["closes"] for one in listed] == [True, False] and listed[1]["reasons"][0] == ["exact", "100%"]
    assert listed[1]["match"]["display"] == 2 and listed[1]["unit"]["displays"] == 2
    after = state(edition_folder)
    assert '"post": "7"' in after.pop("questions.yaml").decode() and after == before
    read, write = os.pipe()
    os.write(write, b"mxez" b"ed q")
    os.close(write)
    monkeypatch.setattr("sys.stdin", os.fdopen(read))
    assert main([*call, "--by", "乙"]) == 0
    shown = capsys.readouterr().out
    assert "没有这个键" in shown and "第 1/1 式" in shown and "2 个公式有了回答，6 次按键" in shown
    text = path.read_text("utf-8")
    assert ":explains: eq:lse" in text and '{.annotation derives="e-' in text
    assert main([*call, "--by", "乙"]) == 0 and "0 个公式有了回答" in capsys.readouterr().out


def test_the_words_are_english_in_an_english_edition(edition_folder: EditionFolder,
                                                     capsys: pytest.CaptureFixture[str]) -> None:
    edition(edition_folder)
    edition_folder.speaks("en")
    assert main(["attach", "--edition", str(edition_folder.root), "--dry-run"]) == 0
    shown = capsys.readouterr().out
    assert "2 questions in 1 posts" in shown and "→ line " in shown and "derives, by its title" in shown


def test_where_the_layers_are_unknown_they_are_asked_for_first(edition_folder: EditionFolder,
                                                               capsys: pytest.CaptureFixture[str]) -> None:
    edition_folder.post("p", BODY, id="7", layers="unknown")
    assert main(["attach", "--edition", str(edition_folder.root), "--queue"]) == 0
    shown = capsys.readouterr()
    assert shown.out == "" and "python -m tools layers p" in shown.err


def test_what_is_left_is_kept_as_long_as_text_and_answers_stay(edition_folder: EditionFolder) -> None:
    path = edition(edition_folder)
    place = open_edition(edition_folder.root)
    list(queue(place, [path]))

    def known() -> int | None:
        body, said = open_post(path).body, answers.load(place.source)
        left = open_questions.load(place.source)["7"]
        return left.open if left.text == open_questions.digest(reviews.digest(body), "7", said) else None

    assert known() == 2
    session = Session(place, "甲")
    session.answer(path, session.asked(path)[0], "no")
    assert known() is None, "another answer, and nobody has counted since"
    session.close()
    assert known() == 1
    path.write_text(path.read_text("utf-8") + "\n又一段。\n", "utf-8")
    assert known() is None
    edition_folder.write(open_questions.FILE, "- {post: '7'}\n")
    with pytest.raises(EditionError, match=r"(?s)questions\.yaml.*attach --queue"):
        open_questions.load(place.source)


def test_who_said_so_is_listed_with_what_covers(edition_folder: EditionFolder,
                                                capsys: pytest.CaptureFixture[str]) -> None:
    path = edition(edition_folder)
    session = Session(open_edition(edition_folder.root), "甲")
    session.answer(path, session.asked(path)[1], "derives")
    assert main(["equations", "--edition", str(edition_folder.root), "p", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [one["state"] for one in listed] == ["referenced", "derived", "uncovered"]
    assert [[one["says"], one["by"]] for one in listed[1]["answers"]] == [["derives", "甲"]]
    assert main(["equations", "--edition", str(edition_folder.root), "p"]) == 0
    assert "derives: 甲, " in capsys.readouterr().out


def test_a_file_of_answers_that_says_something_else_is_named(edition_folder: EditionFolder) -> None:
    edition_folder.write(answers.FILE, "- {post: '7', says: maybe}\n")
    with pytest.raises(EditionError, match=r"(?s)attachments\.yaml.*keep the lines of both"):
        answers.load(edition_folder.source)
