"""The guide, the README and the notes for contributors say what the code does: nothing missing, nothing invented."""

from __future__ import annotations

import argparse
import html
import importlib
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from bs4 import BeautifulSoup
from conftest import Build, EditionFolder
from sphinx.application import Sphinx

from ext.audit.page import PARTS as VIEWS
from ext.edition.annotations.kinds import KINDS, PARTS
from ext.edition.audit.criteria import CRITERIA
from ext.edition.checks.lint import Lint
from ext.edition.site import config
from ext.site.reference import _struct, _tables
from tools.__main__ import COMMANDS, command_parser

REPO = Path(__file__).resolve().parent.parent.parent
GUIDE = REPO / "source" / "guide"
PAGES = sorted(GUIDE.glob("*.md"))
PROSE = [*PAGES, REPO / "README.md", REPO / "README.zh.md", REPO / "CONTRIBUTING.md"]
TEXT = "\n".join(page.read_text("utf-8") for page in PAGES)
MAKEFILE = (REPO / "Makefile").read_text("utf-8")
TARGETS = re.findall(r"^([a-z]+):.*?## (.+)$", MAKEFILE, re.M)
named = pytest.mark.parametrize("page", PROSE, ids=lambda page: page.name)
guide = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def parser(name: str) -> argparse.ArgumentParser:
    return command_parser(name, importlib.import_module(COMMANDS[name].module))


def options(name: str) -> set[str]:
    return {option for action in parser(name)._actions for option in action.option_strings}


@pytest.fixture(scope="module")
def references(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Return a build of the pages that are made of the code."""
    folder = EditionFolder(tmp_path_factory.mktemp("references"))
    folder.write("index.md", "# 首页\n")
    (folder.root / "edition.toml").write_text('[edition]\ntitle = "试验版"\n', "utf-8")
    for name in ("configuration", "commands", "troubleshooting"):
        folder.write(f"guide/{name}.md", (GUIDE / f"{name}.md").read_text("utf-8"))
    return folder.build()


def page(build: Build, name: str) -> BeautifulSoup:
    return BeautifulSoup(build.html(f"guide/{name}"), "html.parser")


# ---- everything is in the guide

def test_every_configuration_key_is_explained(references: Build) -> None:
    rows = {(section.find(["h2", "h3"]).get_text().rstrip("#"), cells[0].get_text()): cells[2].get_text()
            for section in page(references, "configuration").select("section section section")
            for cells in ([cell for cell in row.find_all("td")] for row in section.select("tbody tr"))}
    for path, table in _tables("", config.Edition):
        for field in msgspec.structs.fields(table):
            if _struct(field.type) is None:
                assert rows.pop((path or "edition.toml", field.name)).strip(), f"{path} {field.name}: explain it"
    assert not rows, "no key is invented"


def test_every_command_and_option_is_explained(references: Build) -> None:
    text = page(references, "commands").get_text()
    for name in COMMANDS:
        assert f"usage: python -m tools {name} " in text
        assert options(name) - set(re.findall(r"--?[a-z][a-z-]*", text)) == set()
        for action in parser(name)._actions:
            assert action.help, f"{name} {action.option_strings or action.dest}: give it a help"


def test_every_warning_is_explained(references: Build) -> None:
    rows = {row.find("td").get_text(): row.find_all("td")[2].get_text().replace("\\", "")
            for row in page(references, "troubleshooting").select("tbody tr")}
    assert set(rows) == {f"zhushu.{lint}" for lint in Lint}
    for lint in Lint:
        assert rows[f"zhushu.{lint}"].strip()


def test_references_show_code_and_marks_as_they_are(references: Build) -> None:
    assert not [line for line in references.warnings if "guide/" in line and "xref_missing" not in line]
    text = page(references, "configuration").get_text()
    assert "$…$" in text and ":mod:" not in text and ":func:" not in text and "`" not in text


def test_every_directive_and_role_is_named(edition_folder: EditionFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    added: dict[str, Any] = {}
    add = Sphinx.add_directive

    def record(app: Sphinx, name: str, cls: Any, override: bool = False) -> None:
        added[name] = cls
        add(app, name, cls, override)

    monkeypatch.setattr(Sphinx, "add_directive", record)
    env = edition_folder.build().env
    ours = {name for name, found in added.items() if found.__module__.startswith("ext.")}
    ours |= {f"prf:{name}" for name, found in env.domains["prf"].directives.items()
             if found.__module__.startswith("ext.")}
    assert {f"prf:{name}" for name in KINDS} <= ours and set(PARTS) <= ours
    for name in sorted(ours):
        assert f"{{{name}}}" in TEXT, f"directive {name}"
    for role in ("eq", "prf:ref"):
        assert f"{{{role}}}`" in TEXT, f"role {role}"


def test_every_view_and_criterion_of_the_audit_is_named(references: Build) -> None:
    for name in (*VIEWS, *CRITERIA):
        assert re.search(rf"`{name}`|{{audit}} {name}\b", TEXT), name


def test_every_setting_of_the_audit_builder_is_named(references: Build) -> None:
    ours = [name for name in references.env.config.values if name.startswith("audit_")]
    assert ours and [name for name in ours if name not in TEXT] == []


def test_every_target_of_make_is_named_and_explained() -> None:
    done = subprocess.run(["make", "-C", str(REPO), "help"], capture_output=True, text=True, check=True)
    for target, explanation in TARGETS:
        assert f"make {target}" in TEXT, f"make {target} is not in the guide"
        assert re.search(rf"^  {target} +{re.escape(explanation)}$", done.stdout, re.M)
    columns = {len(line) - len(line[14:].lstrip()) for line in done.stdout.splitlines()
               if line.startswith("  ") and not line.startswith("   ")}
    assert len(columns) == 1, "the explanations are aligned"
    phony = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.M)
    assert phony is not None and set(phony[1].split()) == {target for target, _ in TARGETS}


# ---- nothing in the guide is invented

def code(path: Path) -> Iterator[str]:
    """Yield the code of a page, in fences and in lines."""
    text = path.read_text("utf-8")
    for fence in re.finditer(r"^(`{3,})[^\n`]*\n(.*?)^\1$", text, re.M | re.S):
        yield fence[2].replace("\\\n", " ")
    yield from re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)


@named
def test_named_commands_and_options_exist(page: Path) -> None:
    for piece in code(page):
        for name, rest in re.findall(r"python -m tools ([a-z-]+)([^\n#|)]*)", piece):
            assert name in COMMANDS, f"{page.name}: {piece}"
            given = set(re.findall(r"(?<!\S)--[a-z][a-z-]*", rest))
            assert given <= options(name) | {"--help"}, f"{page.name}: {piece}"


@named
def test_named_targets_exist(page: Path) -> None:
    for piece in code(page):
        for target in re.findall(r"(?:^|\s)make ([a-z]+)", piece):
            assert target in dict(TARGETS), f"{page.name}: {piece}"


@named
def test_named_files_exist(page: Path) -> None:
    for piece in code(page):
        folders = r"(?:ext|tools|tests|benchmarks|\.github|\.ci)"
        for path in re.findall(rf"(?<![\w./<-])({folders}/[\w./-]*)(?![\w<{{*])", piece):
            assert (REPO / path).exists(), f"{page.name}: {path}"


@named
def test_named_warnings_exist(page: Path) -> None:
    for subtype in re.findall(r"zhushu\.([a-z_]+)", page.read_text("utf-8")):
        assert subtype in {str(lint) for lint in Lint}, f"{page.name}: zhushu.{subtype}"


# ---- form

@guide
def test_chinese_first_and_one_english_paragraph(page: Path) -> None:
    paragraphs = page.read_text("utf-8").split("\n\n")
    assert re.match(r"# .*[\u4e00-\u9fff]", paragraphs[0]), "a Chinese title"
    assert re.search(r"[\u4e00-\u9fff]{4}", paragraphs[1]) and not paragraphs[1].startswith(("*", "#", "```"))
    english = [number for number, text in enumerate(paragraphs) if text.startswith("*English.*")]
    assert english == [2], "the English summary is one paragraph, right after the first"
    assert len(paragraphs[2].split()) >= 20
    text = re.sub(r"`[^`]*`", "", paragraphs[2])
    assert not re.search(r"[\u4e00-\u9fff]", text)


@guide
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:\s]+\.md)(?:#[^)]*)?\)", page.read_text("utf-8")):
        assert (page.parent / target).resolve().is_file(), f"{page.name}: {target}"


def test_every_page_is_reached_from_start() -> None:
    seen, todo = set(), ["start.md"]
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo += re.findall(r"\]\(([\w-]+\.md)", (GUIDE / name).read_text("utf-8"))
    assert {page.name for page in PAGES} == seen


def test_fences_say_their_language() -> None:
    for page in PROSE:
        opened = re.findall(r"^(`{3,})(.*)\n(?:.*\n)*?\1$", page.read_text("utf-8"), re.M)
        assert [line for line in opened if not line[1].strip() and page.parent == GUIDE] == [], page.name


# ---- the README

def tracked() -> set[str]:
    done = subprocess.run(["git", "-C", str(REPO), "-c", "core.quotepath=off", "ls-files"], capture_output=True,
                          text=True, check=True)
    return {name.partition("/")[0] for name in done.stdout.splitlines()}


@pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
def test_the_tree_is_the_tree(name: str) -> None:
    text = (REPO / name).read_text("utf-8")
    tree = re.search(r"^```text\n(conf\.py.*?)^```$", text, re.M | re.S)
    assert tree is not None, "a tree in a fence"
    top: list[str] = []
    folder = ""
    for line in tree[1].splitlines():
        if entry := re.match(r"( *)(\S+)", line):
            inside = bool(entry[1])
            words = re.split(r" {2,}", line.strip())
            for word in re.findall(r"[\w./*-]+", words[0]):
                path = REPO / folder / word if inside else REPO / word
                found = list(path.parent.glob(path.name)) if "*" in word else [path]
                assert found and all(one.exists() for one in found), f"{name}: {line}"
                if not inside:
                    top += [one.relative_to(REPO).parts[0] for one in found]
            if not inside:
                folder = words[0] if words[0].endswith("/") else ""
    assert tracked() - set(top) == set(), f"{name}: the tree lacks entries"


def test_both_readmes_have_the_same_parts() -> None:
    english, chinese = ((REPO / name).read_text("utf-8") for name in ("README.md", "README.zh.md"))

    def parts(text: str) -> tuple[int, list[str], int]:
        shell = [re.sub(r"\s*#.*", "", line) for fence in re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S)
                 for line in fence.splitlines() if line.strip()]
        return len(re.findall(r"^## ", text, re.M)), shell, len(re.findall(r"^\|", text, re.M))

    assert parts(english) == parts(chinese)


def test_the_screenshot_is_real_and_small() -> None:
    path = REPO / "source" / "guide" / "sample.png"
    assert path.stat().st_size <= 250_000
    assert int.from_bytes(path.read_bytes()[16:20]) == 1440, "the width in the head of a PNG"
    for name in ("README.md", "README.zh.md"):
        assert "](source/guide/sample.png)" in (REPO / name).read_text("utf-8")


def test_figures_of_the_comparison_have_their_source() -> None:
    for name in ("README.md", "README.zh.md"):
        links = re.findall(r"\]\((source/guide/[\w-]+\.md)\)", (REPO / name).read_text("utf-8"))
        assert links and all((REPO / link).is_file() for link in links)


def test_the_templates_of_issues_are_forms() -> None:
    for path in (REPO / ".github" / "ISSUE_TEMPLATE").glob("*.yml"):
        form = yaml.safe_load(path.read_text("utf-8"))
        assert {"name", "description", "body"} <= set(form), path.name


def test_the_shown_form_of_code_is_unescaped(references: Build) -> None:
    cells: Callable[[str], list[Any]] = page(references, "configuration").select
    assert any(html.unescape(cell.get_text()) == "total.formulas > 0" for cell in cells("td code"))
