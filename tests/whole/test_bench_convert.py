"""The benchmark of the converter counts formulas right and leaves out what is not installed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.convert import TOOLS, Tool, find_pages, main, measure, table

PAGE = "<html><body><article><p>a $x_1$ b</p><p>$$y*z*w$$</p></article></body></html>"
OURS = [tool for tool in TOOLS if tool.name == "ours"]


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    (tmp_path / "html").mkdir()
    for name in ("a", "b"):
        (tmp_path / "html" / f"{name}.html").write_text(PAGE, "utf-8")
    return tmp_path / "html"


def test_ours_is_timed_both_ways_and_keeps_all(pages: Path) -> None:
    timings = measure(find_pages(pages), OURS)
    assert [(t.way, t.ratio, t.pages, t.kept, t.formulas) for t in timings] == [
        ("a process a page", 1.0, 2, 4, 4), ("one process", 1.0, 2, 4, 4)]
    assert all(t.seconds > 0 for t in timings) and "4 of 4 (100.00 %)" in table(timings)


def test_another_converter_is_measured_against_the_truth_that_is_given(pages: Path, tmp_path: Path) -> None:
    truth = tmp_path / "truth"
    truth.mkdir()
    (truth / "a.json").write_text(json.dumps({"page": "x/a.html", "tex": ["x_1", "lost", r"\eqref{a}"]}), "utf-8")
    plain = Tool("plain", "one process", "json", code="convert = lambda page: '$x_1$ and $$ y*z*w $$'")
    timings = measure(find_pages(pages), [plain], truth)
    assert [(t.tool, t.kept, t.formulas) for t in timings] == [("plain", 1, 2)]


def test_what_is_not_installed_is_left_out(pages: Path) -> None:
    absent = [Tool("absent", "a process a page", "no-such-program", ("no-such-program",)),
              Tool("absent", "one process", "no_such_module", code="convert = str")]
    assert measure(find_pages(pages), [*absent, OURS[1]])[0].tool == "ours"


def test_a_folder_without_pages_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([str(tmp_path)])
    assert "holds no .html file" in capsys.readouterr().err
