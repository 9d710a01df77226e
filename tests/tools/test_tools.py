"""The command line starts fast, explains itself, and fails with one message and the right status."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import EditionFolder

import tools.__main__ as command_line
from ext.edition.site import config
from ext.edition.site.errors import EditionError
from tools.init import LANGUAGES, TEMPLATES, files

REPO = Path(__file__).resolve().parent.parent.parent
ORIGINAL = """---
id: '{id}'
title: {title}
{extra}receipt:
  inline: {{page: 3, myst: 3}}
  displayed: {{page: 2, myst: 1}}
  lost: [{{kind: formula, snippet: "x^2"}}]
---

text
"""


@pytest.mark.parametrize("name", command_line.COMMANDS)
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    module = importlib.import_module(command_line.COMMANDS[name].module)
    assert module.__doc__ and callable(module.run)
    with pytest.raises(SystemExit) as caught:
        command_line.main([name, "--help"])
    assert caught.value.code == 0
    assert f"python -m tools {name}" in capsys.readouterr().out


def test_help_lists_every_command_without_importing_one() -> None:
    code = ("import sys; sys.argv = ['tools', '--help']\nimport tools.__main__ as m\n"
            "try: m.main()\nexcept SystemExit as e: assert e.code == 0\n"
            "heavy = {'requests', 'lxml', 'bs4', 'feedparser', 'sphinx', 'msgspec'} & set(sys.modules)\n"
            "assert not heavy, heavy")
    done = subprocess.run([sys.executable, "-c", code], cwd=REPO, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for name, command in command_line.COMMANDS.items():
        assert re.search(rf"^  {name} +{re.escape(command.summary)}$", done.stdout, re.M)


#: Modules that a command may load to be explained, Python's own among them; one prints tables as soon as it works.
MOST, OF_THE_IMPORT = 375, 465
#: What only their work takes, and of converting a page only what markdownify's parser would load and never use.
HEAVY = {"requests", "urllib3", "requests_cache", "bs4", "feedparser", "warcio", "sphinx"}


def test_a_command_loads_what_its_work_takes() -> None:
    # What one of the smallest loads stays for the others, which nearly all load it; it is counted with each.
    code = ("import os, sys\nfrom importlib import import_module\nfrom tools.__main__ import COMMANDS, command_parser\n"
            "import_module(COMMANDS['receipt'].module)\n"
            "for name, command in COMMANDS.items():\n"
            "    if os.fork() == 0:\n"
            "        command_parser(name, import_module(command.module))\n"
            "        print(name, len(sys.modules), *{one.partition('.')[0] for one in sys.modules}, flush=True)\n"
            "        os._exit(0)\n"
            "    os.wait()\n"
            "from tools.convert import convert\n"
            "assert convert('<p>$x$</p>', fragment=True).markdown == '$x$\\n'\n"
            "print('convert-a-page', len(sys.modules), *sys.modules)")
    done = subprocess.run([sys.executable, "-c", code], cwd=REPO, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and not done.stderr, done.stderr
    loaded = {name: (int(count), set(names)) for name, count, *names in map(str.split, done.stdout.splitlines())}
    _, page = loaded.pop("convert-a-page")
    assert loaded.keys() == command_line.COMMANDS.keys()
    for name, (count, names) in loaded.items():
        assert not names & HEAVY, f"{name} loads {names & HEAVY} to be explained"
        assert count < (OF_THE_IMPORT if name == "import-markdown" else MOST), (name, count)
    assert "bs4" in page and not page & {"soupsieve.css_parser", "chardet.universaldetector"}


@pytest.mark.parametrize("words", [["nonsense"], ["fetch", "--nonsense"], ["fetch", "--limit", "-3"],
                                   ["fetch", "--since", "yesterday"], ["fetch", "--post", "("], ["init"]])
def test_wrong_usage_is_status_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        command_line.main(words)
    assert caught.value.code == 2 and "usage:" in capsys.readouterr().err


def test_no_command_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main([]) == 2 and "fetch" in capsys.readouterr().out


@pytest.mark.parametrize(("problem", "status", "said"), [
    (EditionError("is broken", where="a.md:3", remedy="mend it"), 1, "error: a.md:3: is broken\n  remedy: mend it\n"),
    (EditionError("has \x1b[31mcolour"), 1, "error: has \ufffd[31mcolour\n"),
    (KeyboardInterrupt(), 130, "run the command again")])
def test_problems_are_told_once(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
                                problem: BaseException, status: int, said: str) -> None:
    def run(args: object) -> int:
        raise problem

    monkeypatch.setattr("tools.receipt.run", run)
    assert command_line.main(["receipt"]) == status
    error = capsys.readouterr().err
    assert error.count(said) == 1 and "Traceback" not in error


def test_our_own_mistakes_are_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.receipt.run", lambda args: {}["bug"])
    with pytest.raises(KeyError):
        command_line.main(["receipt"])


@pytest.mark.parametrize(("toml", "said"), [
    (None, "python -m tools init"), ("title = 'x'", "title"), ("[edition\n", "edition.toml:1"),
    ("[edition]\ntitle = 'x'\n[site]\npost = '('\n", "site.post")])
def test_a_broken_edition_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str], toml: str | None,
                                   said: str) -> None:
    if toml is not None:
        (tmp_path / "edition.toml").write_text(toml, "utf-8")
    assert command_line.main(["fetch", "--edition", str(tmp_path)]) == 1
    assert said in capsys.readouterr().err


def filled(name: str, folder: Path) -> list[str] | None:
    """Return a call of a command on an edition, with a word for whatever it needs; None for one that asks for none."""
    call, known = [name], False
    needed = command_line.command_parser(name, importlib.import_module(command_line.COMMANDS[name].module))
    for action in needed._actions:  # argparse has no other list of what it was told
        known |= "--edition" in action.option_strings
        if action.required and action.nargs != "*":
            call += [*action.option_strings[:1], next(iter(action.choices or ()), "x=https://x.example/")]
    return [*call, "--edition", str(folder)] if known else None


@pytest.mark.parametrize("name", command_line.COMMANDS)
@pytest.mark.parametrize("wrong", ["edition.toml", "nowhere", "build", "source/posts"])
def test_what_is_no_edition_is_not_one_without_posts(edition_folder: EditionFolder, name: str, wrong: str,
                                                     capsys: pytest.CaptureFixture[str]) -> None:
    (edition_folder.root / "build").mkdir()
    edition_folder.post("p", "文。\n")
    call = filled(name, edition_folder.root / wrong)
    if call is None:
        assert name in ("init", "convert")
        return
    before = sorted(edition_folder.root.rglob("*"))
    assert command_line.main(call) == 1
    said = capsys.readouterr().err
    assert wrong in said and "remedy: " in said and sorted(edition_folder.root.rglob("*")) == before


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("title", ["数学 · 注疏", 'A "quoted" title \\ $x$ {y} `z`', "line\nbreak"])
def test_init_makes_an_edition_that_is_valid(tmp_path: Path, language: str, title: str) -> None:
    folder = tmp_path / "new" / "edition"
    assert command_line.main(["init", str(folder), "--title", title, "--language", language]) == 0
    edition = config.load(config.find(folder / "source"))
    assert edition.edition.title == title and edition.edition.language == language
    assert (folder / "source/posts").is_dir() and (folder / "source/originals").is_dir()
    assert (folder / "source/index.md").read_text("utf-8").splitlines()[0].startswith("# ")


def test_init_writes_over_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, _ in files("x", "en"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("mine", "utf-8")
    assert command_line.main(["init", str(tmp_path)]) == 0
    assert {(tmp_path / name).read_text("utf-8") for name, _ in files("x", "en")} == {"mine"}
    assert capsys.readouterr().out.count("left alone:") == 4


def test_init_needs_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("x", "utf-8")
    assert command_line.main(["init", str(tmp_path / "file")]) == 1
    assert "not a folder" in capsys.readouterr().err


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_new_edition_builds_without_a_warning(make_edition: Callable[..., object], tmp_path: Path,
                                                language: str) -> None:
    from conftest import EditionFolder
    folder = tmp_path / "fresh"
    command_line.main(["init", str(folder), "--language", language])
    built = EditionFolder(folder).build()
    assert built.warnings == () and (built.out / "audit.html").is_file()


def test_the_templates_have_what_our_own_edition_has() -> None:
    """All audit pages show the same lists; the Chinese one is our own."""
    directive = re.compile(r"^```\{[^`]*|^\([\w-]+\)=", re.M)
    own = (REPO / "source/audit.md").read_text("utf-8")
    assert (TEMPLATES / "audit.zh_CN.md").read_text("utf-8") == own
    assert directive.findall((TEMPLATES / "audit.en.md").read_text("utf-8")) == directive.findall(own)
    assert directive.findall((TEMPLATES / "index.md").read_text("utf-8")) == directive.findall(
        (REPO / "source/index.md").read_text("utf-8"))


@pytest.fixture
def receipts(tmp_path: Path) -> Path:
    """Return an edition with three originals: one that lost a formula, one truncated, one that waits."""
    (tmp_path / "edition.toml").write_text('[edition]\ntitle = "x"\n', "utf-8")
    folder = tmp_path / "source" / "originals"
    folder.mkdir(parents=True)
    (folder / "10.md").write_text(ORIGINAL.format(id="10", title="十", extra=""), "utf-8")
    (folder / "9.md").write_text(
        ORIGINAL.format(id="9", title="九", extra="truncated: only a part\n").split("  lost")[0].replace(
            "myst: 1", "myst: 2") + "---\n\ntext\n", "utf-8")
    (folder / "9.new.md").write_text("broken: [", "utf-8")
    return tmp_path


def test_receipts_as_a_table(receipts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["receipt", "--edition", str(receipts)]) == 0
    head, nine, ten, _, total = capsys.readouterr().out.splitlines()
    assert head.split()[:3] == ["id", "inline", "displayed"]
    assert nine.split() == ["9", "3", "2", "-", "-", "-", "-", "-", "-", "九", "[truncated]"]
    assert ten.split() == ["10", "3", "2>1", "-", "-", "-", "-", "1", "-", "十"]
    assert total == "2 posts, 0 without loss; of 10 formulas 1 lost, 0 without TeX; 1 posts truncated, 0 doubtful"


def test_receipts_of_one_post_and_as_json(receipts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["receipt", "--edition", str(receipts), "10"]) == 0
    assert "lost: formula: x^2" in capsys.readouterr().out
    assert command_line.main(["receipt", "--edition", str(receipts), "--json", "9"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["truncated"] == "only a part"
    assert command_line.main(["receipt", "--edition", str(receipts), "77"]) == 1
    assert "'77'" in capsys.readouterr().err


def test_receipts_that_cannot_be_read_are_named(receipts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = receipts / "source/originals/10.md"
    path.write_text("---\nid: 10\nreceipt: {inline: 3}\n---\n\nx\n", "utf-8")
    assert command_line.main(["receipt", "--edition", str(receipts)]) == 1
    assert str(path) in capsys.readouterr().err
