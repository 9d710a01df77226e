"""`make demo` makes, from nothing, an edition in which the whole life of a post has taken place."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from demo.__main__ import is_sample
from demo.serving import Blog

REPO = Path(__file__).resolve().parents[2]
STATIC = REPO / "demo"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return the folder of an edition that was just made, and what was told meanwhile."""
    folder = tmp_path_factory.mktemp("demo") / "edition"
    run = subprocess.run([sys.executable, "-m", "demo", "--folder", str(folder), "--port", "0"], cwd=REPO, text=True,
                         encoding="utf-8", capture_output=True, timeout=300, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    return folder, run.stdout


@pytest.fixture(scope="module")
def audit(made: tuple[Path, str]) -> dict[str, Any]:
    return json.loads((made[0] / "build/html/audit.json").read_text("utf-8"))


def test_nothing_is_warned_of_but_the_formula_that_is_wrong(made: tuple[Path, str]) -> None:
    warned = [line for line in made[1].splitlines() if "WARNING" in line or "error" in line.lower()]
    assert not warned, warned


def test_three_posts_meet_their_standard_and_the_cut_one_does_not(audit: dict[str, Any]) -> None:
    met = {row["record"]["id"]: row["met"] for row in audit["rows"]}
    assert met == {"101": True, "102": True, "103": True, "104": False}
    assert {row["record"]["id"]: row["intact"]["state"] for row in audit["rows"]}["102"] == "intact"


def test_the_cut_post_and_the_refused_one_are_called_so(made: tuple[Path, str]) -> None:
    rows = {row["id"]: row["state"] for row in yaml.safe_load((made[0] / "source/catalogue.yaml").read_text("utf-8"))}
    assert (rows["104"], rows["105"]) == ("truncated", "refused")


def test_only_what_the_change_touched_was_marked_stale(made: tuple[Path, str]) -> None:
    assert "1 annotations marked stale" in made[1]
    assert "2 annotations marked stale" in made[1]
    assert not [path for path in (made[0] / "source/posts").glob("*.md") if ":stale:" in path.read_text("utf-8")]


def test_the_wrong_formula_is_asked_about_and_its_erratum_adopted(made: tuple[Path, str]) -> None:
    asked = subprocess.run(["git", "-C", str(made[0]), "show", "HEAD~1:source/checks.json"], text=True,
                           encoding="utf-8", capture_output=True, check=True).stdout
    assert '"question"' in asked
    assert '"question"' not in (made[0] / "source/checks.json").read_text("utf-8")


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "edition.toml").write_text("# mine\n", "utf-8")
    assert not is_sample(tmp_path)
    run = subprocess.run([sys.executable, "-m", "demo", "--folder", str(tmp_path)], cwd=REPO, text=True,
                         capture_output=True, check=False)
    assert run.returncode == 2
    assert (tmp_path / "edition.toml").read_text("utf-8") == "# mine\n"


def test_the_blog_keeps_within_its_folders() -> None:
    blog = Blog(STATIC / "blog/first", STATIC / "blog/second")
    assert blog.answer("/archives/103/", "http://here")[2].decode().count("sqrt{2n") == 1
    assert [blog.answer(path, "")[0] for path in ("/archives/105/", "/../notes/first/101.md", "/nowhere")] == [
        403, 404, 404]
