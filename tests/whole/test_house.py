"""The house: the same rooms on both sides, and a contract that notices what is in the wrong one."""

from __future__ import annotations

import importlib
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import grimp
import pytest
from conftest import REPO

from ext.edition.audit.outputs import audit_json
from ext.site import reference
from tests.house import doubled

ROOMS = ("site", "posts", "math", "annotations", "audit", "search", "links", "checks", "build")


def check(folder: Path) -> subprocess.CompletedProcess[str]:
    """Do what ``make check`` does about imports."""
    return subprocess.run([Path(sys.executable).parent / "lint-imports", "--no-cache"], cwd=folder, capture_output=True,
                          text=True, check=False, env={"COLUMNS": "400", "PATH": "/usr/bin:/bin"})


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the code, to plant mistakes in."""
    copy = tmp_path_factory.mktemp("house")
    for name in ("ext", "tools"):
        shutil.copytree(REPO / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "static", "templates"))
    (copy / "tests").mkdir()
    shutil.copy(REPO / "tests" / "house.py", copy / "tests")
    shutil.copy(REPO / "pyproject.toml", copy)
    return copy


def test_the_house_is_in_order(house: Path) -> None:
    done = check(house)
    assert done.returncode == 0 and "0 broken" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize(("place", "line", "says"), [
    ("ext/edition/math/tex.py", "from docutils import nodes", "ext.edition.math.tex -> docutils"),
    ("ext/edition/posts/blocks.py", "import requests", "ext.edition.posts.blocks -> requests"),
    ("ext/edition/math/tex.py", "from ext.math import equations", "ext.edition.math.tex -> ext.math.equations"),
    ("ext/edition/math/tex.py", "from ext.edition.audit import criteria", "ext.edition.math.tex -> ext.edition.audit"),
    ("ext/math/equations.py", "from ext.audit import assess", "ext.math.equations -> ext.audit.assess"),
    ("ext/build/kept.py", "from ext.site import home", "ext.build.kept -> ext.site.home"),
    ("tools/measure.py", "from ext.posts.measure import records", "tools.measure -> ext.posts.measure"),
    ("ext/search/fulltext.py", "from tools import next", "ext.search.fulltext -> tools.next"),
    ("tools/convert/dom.py", "from tools.fetch import http", "tools.convert.dom -> tools.fetch.http"),
])
def test_an_import_in_the_wrong_direction_is_found(house: Path, place: str, line: str, says: str) -> None:
    path = house / place
    text = path.read_text("utf-8")
    try:
        path.write_text(f"{text}\n\ndef planted() -> None:\n    {line}\n", "utf-8")
        done = check(house)
    finally:
        path.write_text(text, "utf-8")
    assert done.returncode == 1 and says in done.stdout, done.stdout


@pytest.mark.parametrize("place", ["ext/links/tex.py", "ext/edition/search/equations.py", "tools/fetch/escape.py"])
def test_a_doubled_basename_is_found(house: Path, place: str) -> None:
    path = house / place
    try:
        path.write_text('"""Planted."""\n', "utf-8")
        done = check(house)
    finally:
        path.unlink()
    module = place.removesuffix(".py").replace("/", ".")
    assert done.returncode == 1 and module in done.stdout, done.stdout


def test_a_command_may_be_called_what_it_is_about() -> None:
    assert doubled(["tools.history", "ext.audit.history"], ["tools.history"]) == {}
    assert doubled(["tools.history", "ext.audit.history", "ext.site.history"], ["tools.history"]) == {
        "history": ("ext.audit.history", "ext.site.history", "tools.history")}
    assert doubled(["tools.a.command", "tools.b.command"], []) == {}


def test_both_halves_and_the_tests_have_the_same_rooms() -> None:
    def folders(name: str) -> set[str]:
        return {path.parent.name for path in (REPO / name).glob("*/*.py")}

    assert folders("ext") == {*ROOMS, "edition"}
    assert folders("ext/edition") <= set(ROOMS)
    assert folders("tests") - {"roots"} == {*ROOMS, "tools", "whole"}


def test_a_room_registers_its_parts_and_is_registered() -> None:
    names: dict[str, list[str]] = {}
    exec((REPO / "conf.py").read_text("utf-8"), {"__file__": str(REPO / "conf.py")}, names)
    assert sorted(name for name in names["extensions"] if name.startswith("ext.")) == sorted(
        f"ext.{room}" for room in ROOMS)
    for room in set(ROOMS) - {"audit"}:  # the audit is one extension of several modules
        package = importlib.import_module(f"ext.{room}")
        own = {path.stem for path in (REPO / "ext" / room).glob("*.py")
               if "\ndef setup(" in path.read_text("utf-8")} - {"__init__"}
        assert set(package.PARTS) == own, room


@pytest.mark.parametrize("room", ["site", "checks"])
def test_the_contract_knows_every_module_of_the_rooms_at_both_ends(room: str) -> None:
    contracts = tomllib.loads((REPO / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    layers = " ".join(layer for one in contracts for layer in one.get("layers", ()))
    for path in (REPO / "ext" / room).glob("[!_]*.py"):
        assert f"ext.{room}.{path.stem}" in layers.split(), path


def test_the_pure_half_loads_nothing_that_it_must_not_know() -> None:
    """What a library loads is no import of ours: only a run shows it."""
    reader = "ext.edition.checks.reader"  # MyST's own, see pyproject.toml
    graph = grimp.build_graph("ext", cache_dir=None)
    modules = sorted(name for name in graph.modules - graph.find_downstream_modules(reader) - {reader}
                     if name.startswith("ext.edition."))
    assert len(modules) > 50
    code = (f"import importlib, sys\nfor name in {modules!r}: importlib.import_module(name)\n"
            "print(*sorted({'sphinx', 'docutils', 'requests', 'urllib3', 'myst_parser'} & set(sys.modules)))")
    done = subprocess.run([sys.executable, "-c", code], cwd=REPO, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_the_notes_for_contributors_name_every_room_and_files_that_exist() -> None:
    notes = (REPO / "CONTRIBUTING.md").read_text("utf-8")
    nouns, changes = (re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", table, re.M)[1:]
                      for table in re.findall(r"(?:^\|.*\|\n)+", notes, re.M))
    assert [noun for noun, _ in nouns] == list(ROOMS)
    assert len(changes) >= 10
    for sentence, where in changes:
        files = re.findall(r"`([\w./]+)`", where)
        assert files and all((REPO / file).is_file() for file in files), sentence


@pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
def test_the_trees_name_every_room(name: str) -> None:
    tree = re.search(r"^ext/ .*?(?=^tools/ )", (REPO / name).read_text("utf-8"), re.M | re.S)
    assert tree is not None
    assert set(re.findall(r"^  (\w+)/ ", tree[0], re.M)) == {
        path.name for path in (REPO / "ext").iterdir() if path.is_dir() and any(path.glob("[!_]*.*"))} | {"edition"}


def test_the_map_names_every_module_and_what_it_does() -> None:
    rows = dict(re.findall(r"^\| `(.+?)` \| (.+) \|$", "\n".join(reference.rooms()), re.M))
    there = {path.relative_to(REPO).as_posix() for path in (REPO / "ext").rglob("*.py")
             if not path.name.startswith("__")}
    assert set(rows) == there and tuple(reference.ROOMS) == ROOMS
    assert {module: line for module, line in rows.items() if not line.endswith((".", ":"))} == {}


def test_the_picture_of_the_rooms_has_a_row_for_each_that_knows_only_those_above() -> None:
    picture = "\n".join(reference.rooms()).partition("```text\n")[2].partition("```")[0].splitlines()
    seen: set[str] = set()
    for row in picture:
        room, _, used = row.lstrip("│ ├─").partition("  ◄─  ")
        assert set(filter(None, used.split("、"))) <= seen, row
        seen.add(room)
    assert seen == set(ROOMS) - {"build"}


def test_files_that_code_names_are_there() -> None:
    """A comment that names a file is believed; after a move it would lead nowhere."""
    for folder in ("ext", "tools", "benchmarks"):
        for path in (REPO / folder).rglob("*.*"):
            if path.suffix in (".py", ".js", ".css", ".html", ".toml"):
                text = path.read_text("utf-8")
                named = re.findall(r"(?<![\w./])(?:ext|tools|tests)/[\w/]+\.(?:py|js|css|html|toml)\b", text)
                assert all((REPO / one).is_file() for one in named), path


def test_what_others_read_names_no_module_of_ours() -> None:
    """The house may move again: a schema that is published must not."""
    assert b"ext." not in audit_json.schema()


READERS = """
import importlib, pkgutil, sys
from importlib.metadata import packages_distributions
missing = set(sys.argv[1:])
for name, makers in packages_distributions().items():
    if {maker.lower() for maker in makers} <= missing:
        sys.modules[name] = None
sys.path.insert(0, ".")
import conf, tools
for name in conf.extensions:
    module = importlib.import_module(name)
    for found in pkgutil.iter_modules(getattr(module, "__path__", ()), name + ".") if name.startswith("ext.") else ():
        importlib.import_module(found.name)
for found in pkgutil.walk_packages(tools.__path__, "tools."):
    if found.name not in {"tools.live", "tools.live_panel", "tools.subset_font", "tools.__main__"}:
        importlib.import_module(found.name)
"""


def test_who_builds_and_fetches_needs_no_package_of_those_who_develop_and_verify() -> None:
    wanted = {line.split("[")[0].split(">")[0].split("=")[0].strip().lower()
              for line in (REPO / "requirements-dev.txt").read_text("utf-8").splitlines() if line[:1].isalpha()}
    assert {"numpy", "pytest"} <= wanted
    done = subprocess.run([sys.executable, "-c", READERS, *sorted(wanted)], cwd=REPO, capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, done.stderr[-2000:]
