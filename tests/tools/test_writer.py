"""One command at a time writes an edition, and nothing is lost, doubled or half-written, whatever happens to it."""

from __future__ import annotations

import inspect
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import REPO

from ext.edition.posts import catalogue, digests
from ext.edition.site.errors import EditionError
from ext.edition.site.files import read_text, write_atomic
from tools import posts
from tools.__main__ import COMMANDS, main
from tools.workspace import open_edition
from tools.writer import HOLDER, LOCK, sweep, writing

TOML = '[edition]\ntitle = "t"\n[fetch]\ndelay = 0\n[site]\npost = "/(?P<id>\\\\d+)$"\n'
PAGE = """<html><head><title>第 {n} 篇</title><link rel="canonical" href="https://blog.example/{n}"></head><body><article>
<h1>第 {n} 篇</h1><p>第一段，说 \\(a_{n}\\) 是什么，为什么这样定义。</p><p>\\[ a_{n} = {x} + b \\]</p>
<p>{text}</p><img src="dot.png"></article></body></html>"""
OLD = "---\ntitle: 旧 {n}\nsource: https://blog.example/{n}\n---\n# 旧 {n}\n\n一段旧文字 $x_{n}$。\n\n$$y_{n} = 1$$\n"
DOT = b"\x89PNG\r\n\x1a\n" + b"\0" * 30
NOTE = "\n::::{prf:remark}\n记一笔。\n::::\n"
#: Calls of the commands by which they are told to write an edition, as far as a name in the source says so.
WRITES = re.compile(r"\b(write_atomic|catalogue\.save|reviews\.append|history\.append|library\.write)\(|\bRun\(")
#: They write, and not an edition: a new one, a folder of one's own, a memory that can be had again.
ELSEWHERE = {"init", "convert", "divide", "linkcheck"}


def edition(root: Path) -> Path:
    (root / "source" / "posts").mkdir(parents=True)
    (root / "edition.toml").write_text(TOML, "utf-8")
    return root


def pages(root: Path, text: str = "最后一段。", x: str = "c") -> Path:
    folder = root.parent / f"{root.name}-saved"
    folder.mkdir(exist_ok=True)
    (folder / "dot.png").write_bytes(DOT)
    page = PAGE.replace("{x}", x).replace("{text}", text)
    for n in range(1, 5):
        (folder / f"{n}.html").write_text(page.replace("{n}", str(n)), "utf-8")
    return folder


# ---- what each command is given, and how it is called

def fetched(root: Path) -> list[str]:
    return ["fetch", "--edition", str(root), "--pages", str(pages(root))]


def imported(root: Path) -> list[str]:
    folder = root.parent / f"{root.name}-old"
    folder.mkdir()
    for n in range(1, 5):
        (folder / f"old-{n}.md").write_text(OLD.replace("{n}", str(n)), "utf-8")
    return ["import-markdown", str(folder), "--edition", str(root), "--quiet"]


def updated(root: Path) -> list[str]:
    assert main(fetched(root)) == 0
    for path in (root / "source" / "posts").glob("*.md"):
        path.write_text(path.read_text("utf-8") + NOTE, "utf-8")
    pages(root, "最后一段，改过了。", "d")
    assert main(["fetch", "--edition", str(root), "--pages", str(pages(root, "改过的一段。", "d")), "--refresh"]) == 0
    assert len(list((root / "source" / "originals").glob("*.new.md"))) == 4
    return ["update", "--edition", str(root)]


def renamed(root: Path) -> list[str]:
    """Let the blog give its labels to other formulas, so that notes, and pages about the posts, are written again."""
    folder = pages(root)

    def change(old: str, new: str) -> None:
        for n in range(1, 5):
            page = folder / f"{n}.html"
            text = page.read_text("utf-8")
            assert old.format(n=n) in text
            page.write_text(text.replace(old.format(n=n), new.format(n=n)), "utf-8")
        assert main(["fetch", "--edition", str(root), "--pages", str(folder), "--refresh"]) == 0

    def labelled(tex: str, label: int) -> str:
        return rf"\begin{{{{equation}}}}{tex}\label{{{{eq:{label}}}}}\end{{{{equation}}}}"

    change(r"\[ a_{n} = c + b \]", labelled("a_{n} = c + b", 1))
    (root / "source" / "topics").mkdir()
    for path in (root / "source" / "posts").glob("*.md"):
        path.write_text(path.read_text("utf-8") + NOTE.replace("记一笔", "由 {eq}`eq:1` 知"), "utf-8")
        (root / "source" / "topics" / path.name).write_text(f"# 题\n\n见 {{eq}}`{path.stem}#eq:1`。\n", "utf-8")
    change(labelled("a_{n} = c + b", 1), f"{labelled('z_{n} = 0', 1)}</p><p>{labelled('a_{n} = c + b', 2)}")
    assert len(list((root / "source" / "originals").glob("*.new.md"))) == 4
    return ["update", "--edition", str(root)]


def joined(root: Path) -> list[str]:
    assert main(fetched(root)) == 0
    place = open_edition(root)
    (_, stays), (drop, goes), *_ = sorted(posts.by_id(place).items())
    stays.write_text(stays.read_text("utf-8") + NOTE, "utf-8")
    shutil.copy(posts.original(place, drop), posts.waiting(place, drop))
    return ["join", "--edition", str(root), stays.stem, goes.stem]


def restored(root: Path) -> list[str]:
    assert main(fetched(root)) == 0
    names = sorted(path.stem for path in (root / "source" / "posts").glob("*.md"))
    for name in names:
        path = root / "source" / "posts" / f"{name}.md"
        path.write_text(path.read_text("utf-8").replace("最后一段", "谁改了一段") + NOTE, "utf-8")
    return ["restore", "--edition", str(root), *names]


def reviewed(root: Path) -> list[str]:
    assert main(fetched(root)) == 0
    name = min(path.stem for path in (root / "source" / "posts").glob("*.md"))
    (root / "source" / "index.md").write_text("# 首页\n", "utf-8")  # what rests on what is read as a build reads it
    assert main(["review", "--edition", str(root), name, "--by", "甲"]) == 0
    return ["review", "--edition", str(root), name, "--by", "乙"]


SCENES: tuple[Callable[[Path], list[str]], ...] = (fetched, imported, updated, renamed, joined, restored, reviewed)


def tree(root: Path) -> dict[str, bytes]:
    """Return every file of an edition but for its cache."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*")
            if path.is_file() and ".cache" not in path.relative_to(root).parts}


def whole(files: dict[str, bytes], before: dict[str, bytes], after: dict[str, bytes]) -> None:
    """Assert that every file is as it was before or as it is to be, and that no annotation and no row is lost."""
    for name, data in files.items():
        if name.endswith(digests.FILE):  # it grows line by line
            assert set(data.splitlines()) <= {*before.get(name, b"").splitlines(), *after.get(name, b"").splitlines()}
        elif not name.endswith(".tmp") and not name.endswith("catalogue.yaml"):
            assert data in (before.get(name), after.get(name)), name
    assert set(before) - set(files) <= set(before) - set(after)
    if text := files.get("source/catalogue.yaml"):
        catalogue.parse(text.decode())


def moments(argv: list[str], root: Path, at: int | None) -> int:
    """Run a command in a process of its own, killed at its write number *at*; return how many writes it does."""
    reading, telling = os.pipe()
    child = os.fork()
    if child == 0:
        count = 0

        def hook(event: str, args: tuple[Any, ...]) -> None:
            nonlocal count
            opens = event == "open" and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR)
            path = args[0] if opens or event in ("os.rename", "os.remove", "os.mkdir") else None
            if isinstance(path, str | os.PathLike) and os.fspath(path).startswith(str(root / "source")):
                count += 1
                if count - 1 == at:
                    os.kill(os.getpid(), signal.SIGKILL)

        try:
            sys.addaudithook(hook)
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            main(argv)
            os.write(telling, str(count).encode())
        finally:
            os._exit(0)
    os.close(telling)
    with os.fdopen(reading) as stream:
        told = stream.read()
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) is (at is not None)
    return int(told or 0)


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_a_command_that_is_killed_is_done_by_the_next(scene: Callable[[Path], list[str]], tmp_path: Path) -> None:
    """KILLS=60 in the environment tries so many moments of each, drawn at random; the suite a few, spread evenly."""
    root = edition(tmp_path / "edition")
    argv = scene(root)
    start = tmp_path / "start"
    shutil.copytree(root, start)
    before = tree(root)
    main(argv)  # here, so that the processes below have loaded what it needs
    after = tree(root)
    shutil.rmtree(root)
    shutil.copytree(start, root)
    writes = moments(argv, root, None)
    assert tree(root) == after
    assert writes >= 2 and before != after
    wanted = int(os.environ.get("KILLS", "0"))
    draw = random.Random(wanted)
    for at in [draw.randrange(writes) for _ in range(wanted)] or sorted({0, 1, writes // 2, writes - 1}):
        shutil.rmtree(root)
        shutil.copytree(start, root)
        moments(argv, root, at)
        whole(tree(root), before, after)
        moments(argv, root, None)
        assert tree(root) == after, at


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_a_full_disk_leaves_what_there_was(
        scene: Callable[[Path], list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str]) -> None:
    root = edition(tmp_path / "edition")
    argv = scene(root)
    before, real, left = tree(root), os.fsync, 0 if scene in (reviewed, joined) else 1

    def full(handle: int) -> None:
        nonlocal left
        # The disk of the edition: what a command builds elsewhere is on another.
        left -= Path(f"/proc/self/fd/{handle}").readlink().is_relative_to(root)
        if left < 0:
            raise OSError(28, "No space left on device")
        real(handle)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        assert main(argv) == 1
    said = capsys.readouterr().err
    assert "cannot be written: No space left on device" in said and "make room" in said
    stopped = tree(root)
    assert main(argv) == 0
    whole(stopped, before, tree(root))
    assert not [name for name in stopped if name.endswith(".tmp")]


# ---- one writer

def test_every_command_that_writes_an_edition_is_declared() -> None:
    for name, command in COMMANDS.items():
        module = __import__(command.module, fromlist=["run"])
        if WRITES.search(inspect.getsource(module)):
            assert (command.writes is not None) is (name not in ELSEWHERE), name


def test_a_second_writer_is_told_who_the_first_is(tmp_path: Path, capsys: pytest.CaptureFixture[str],
                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(writing.__wrapped__.__kwdefaults__, "patience", 0.1)  # type: ignore[attr-defined]
    root = edition(tmp_path / "edition")
    place = open_edition(root)
    with writing(place, "python -m tools fetch"):
        assert main(["classify", "--edition", str(root)]) == 1
        said = capsys.readouterr().err
        assert f"process {os.getpid()}, `python -m tools fetch`, since 20" in said and "remedy: wait" in said
        assert main(["classify", "--edition", str(root), "--dry-run"]) == 0, "who only looks is let in"
        (place.cache / HOLDER).write_bytes(b"{")
        assert main(["classify", "--edition", str(root)]) == 1
        assert "has not said which" in capsys.readouterr().err
    assert main(["classify", "--edition", str(root)]) == 0


def test_a_lock_that_cannot_be_made_is_an_error_with_its_place(tmp_path: Path,
                                                               capsys: pytest.CaptureFixture[str]) -> None:
    root = edition(tmp_path / "edition")
    (root / ".cache").write_text("")
    assert main(["classify", "--edition", str(root)]) == 1
    assert f"{root / '.cache'}: cannot be locked" in capsys.readouterr().err


def test_the_lock_of_a_killed_process_is_no_obstacle(tmp_path: Path) -> None:
    root = edition(tmp_path / "edition")
    child = subprocess.Popen(
        [sys.executable, "-c", "import sys, time\nfrom pathlib import Path\nfrom tools.workspace import open_edition\n"
         "from tools.writer import writing\nwith writing(open_edition(Path(sys.argv[1])), 'first'):\n"
         "    print('held', flush=True)\n    time.sleep(60)", str(root)], cwd=REPO, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None and child.stdout.readline() == "held\n"
    with pytest.raises(EditionError, match="`first`"), writing(open_edition(root), "second", patience=0):
        pytest.fail("two writers")
    child.kill()
    child.wait()
    assert (root / ".cache" / LOCK).exists() and (root / ".cache" / HOLDER).exists()
    with writing(open_edition(root), "second", patience=5):
        pass


def test_two_fetches_at_once_give_each_post_once(tmp_path: Path) -> None:
    root = edition(tmp_path / "edition")
    argv = [sys.executable, "-m", "tools", *fetched(root)]
    children = [subprocess.Popen(argv, cwd=REPO, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
                for _ in range(2)]
    said = [child.communicate()[1] for child in children]
    assert 0 in {child.returncode for child in children}
    assert all(child.returncode == 0 or "another command writes" in text
               for child, text in zip(children, said, strict=True))
    assert len(list((root / "source" / "posts").glob("*.md"))) == 4
    assert len(list((root / "source" / "originals").glob("*.md"))) == 4
    assert len(catalogue.load(root / "source")) == 4


# ---- what killed ones and people leave

def test_temporary_files_of_killed_runs_are_swept_and_no_others(tmp_path: Path) -> None:
    root = edition(tmp_path / "edition")
    ours, theirs = root / "source" / "posts" / ".a.md.x1_y2z3w.tmp", root / "source" / "posts" / ".a.md.swp.tmp"
    for path in (ours, theirs, root / "source" / "notes.tmp"):
        path.write_text("half")
    assert main(["classify", "--edition", str(root), "--dry-run"]) == 0 and ours.exists()
    assert main(["classify", "--edition", str(root)]) == 0
    assert not ours.exists() and theirs.exists() and (root / "source" / "notes.tmp").exists()
    assert sweep(root / "source") == []


@pytest.mark.parametrize("command", [["classify"], ["relevance"], ["update", "a"], ["fetch", "--pages", "saved"],
                                     ["import-markdown", "old"]])
def test_two_posts_with_one_id_are_an_error_that_names_both(
        command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = edition(tmp_path / "edition")
    shutil.move(pages(root), tmp_path / "saved")
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "o.md").write_text(OLD.replace("{n}", "1"), "utf-8")
    (root / "source" / "originals").mkdir()
    (root / "source" / "originals" / "7.new.md").write_text("---\nid: 7\n---\nneu\n", "utf-8")
    for name in "ab":
        (root / "source" / "posts" / f"{name}.md").write_text(f"---\nid: 7\ntitle: {name}\n---\n# {name}\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    assert main([*command, "--edition", str(root)]) == 1
    said = capsys.readouterr().err
    assert "posts/b.md: has the id '7', as source/posts/a.md has" in said and "remedy: delete the one" in said


def test_a_post_that_cannot_be_read_is_not_fetched_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = edition(tmp_path / "edition")
    argv = fetched(root)
    assert main(argv) == 0
    damaged = sorted((root / "source" / "posts").glob("*.md"))
    damaged[0].write_text("---\ntitle: [\n---\n# x\n", "utf-8")
    damaged[1].write_bytes(b"\xff\xfe\0")
    before = tree(root)
    for call in (argv, [*argv, "--refresh"]):
        main(call)
        assert tree(root) == before
    (root / "source" / "catalogue.yaml").unlink()
    capsys.readouterr()
    assert main(argv) == 1
    said = capsys.readouterr().err
    assert damaged[0].name in said and damaged[1].name in said
    assert len(list((root / "source" / "posts").glob("*.md"))) == 4


@pytest.mark.parametrize("kind", ["folder", "pipe", "loop", "nowhere", "zeros", "latin"])
def test_files_of_every_bad_kind_are_named_and_the_others_are_done(
        kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = edition(tmp_path / "edition")
    argv = imported(root)
    bad = Path(argv[1]) / "bad.md"
    make = {"folder": bad.mkdir, "pipe": lambda: os.mkfifo(bad), "loop": lambda: bad.symlink_to("bad.md"),
            "nowhere": lambda: bad.symlink_to("gone.md"), "zeros": lambda: bad.write_bytes(b"\0\0\0"),
            "latin": lambda: bad.write_bytes(b"\xff\xfe")}
    make[kind]()
    shutil.copytree(Path(argv[1]), root / "source" / "posts" / "strange", symlinks=True,
                    ignore=lambda folder, names: [name for name in names if name != "bad.md" or kind == "pipe"])
    status = main([word for word in argv if word != "--quiet"])
    said = capsys.readouterr().out
    assert "bad.md" in said and "Traceback" not in said
    assert status == 1 or kind == "zeros"
    assert len(list((root / "source" / "originals").glob("*.md"))) >= 4 or status == 1


def test_no_file_takes_the_place_of_what_is_none(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").write_text("x")
    for path, word in ((tmp_path / "folder", "no plain file"), (tmp_path / "pipe", "no plain file"),
                       (tmp_path / "file" / "below", "cannot be written")):
        with pytest.raises(EditionError, match=word) as caught:
            write_atomic(path, "text")
        assert caught.value.where == str(path) and caught.value.remedy
    start = time.monotonic()
    for name in ("folder", "pipe", "gone"):
        with pytest.raises(EditionError):
            read_text(tmp_path / name)
    assert time.monotonic() - start < 5 and [p.name for p in posts.files(open_edition(edition(tmp_path / "e")))] == []
