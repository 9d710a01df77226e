"""Work in other processes and on other machines gives what work here gives, whatever dies meanwhile."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing import forkserver
from pathlib import Path
from typing import Any

import pytest
from conftest import TOML
from labour import choosy, deadly, double

from ext.edition.site.errors import EditionError
from tools import workers
from tools.__main__ import main
from tools.workers import Workers, run_all

REPO = Path(__file__).resolve().parent.parent.parent


def told(results: Iterator[Any]) -> list[Any]:
    """Return the results, errors by what they say."""
    return [str(result) if isinstance(result, EditionError) else result for result in results]


@pytest.mark.parametrize("count", [1, 2])
def test_results_come_in_the_order_of_the_items(count: int) -> None:
    assert list(run_all(double, range(40), int, Workers(count))) == [2 * number for number in range(40)]


@pytest.mark.parametrize("count", [1, 2])
def test_what_fails_is_named_and_the_others_go_on(count: int) -> None:
    def prepare(number: int) -> int:
        if number == 1:
            raise FileNotFoundError(2, "No such file")
        return number

    found = told(run_all(choosy, range(7), prepare, Workers(count)))
    assert found[0] == 0 and found[2] == 2 and found[4] == 4 and found[6] == 6
    assert found[1] == "1: cannot be read: No such file\n  remedy: give files that can be read"
    assert found[3] == "3: is not wanted\n  remedy: leave it out"
    assert found[5].startswith("5: a mistake of this program: KeyError: 'missing' (") and "labour.py:" in found[5]


def test_what_kills_its_worker_is_named_and_nothing_else_is_lost(tmp_path: Path) -> None:
    found = told(run_all(deadly, range(30), lambda number: (tmp_path, number), Workers(2)))
    assert found.pop(4).startswith("4: the process that worked on it died, again")
    assert found == [number for number in range(30) if number != 4]


def test_only_a_few_items_are_read_ahead() -> None:
    read: list[int] = []

    def prepare(number: int) -> int:
        read.append(number)
        return number

    results = run_all(double, range(1000), prepare, Workers(2))
    assert next(results) == 0 and len(read) <= 20
    results.close()
    assert len(read) <= 20


def test_errors_travel() -> None:
    error = pickle.loads(pickle.dumps(EditionError("is bad", where="a.md:3", remedy="mend it")))
    assert (type(error), error.what, error.where, error.remedy) == (EditionError, "is bad", "a.md:3", "mend it")


# ---- the commands

def page(number: int, formulas: int = 15) -> str:
    body = "".join(f"<p>No. {n}: <span class='math'>\\(x_{{{number},{n}}}^2\\)</span> and $$y_{{{n}}} < {number}$$</p>"
                   for n in range(formulas))
    return f"<html><head><title>Page {number}</title></head><body><article>{body}</article></body></html>"


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    folder = tmp_path / "saved"
    (folder / "deep").mkdir(parents=True)
    for number in range(60):
        (folder / ("deep" if number % 2 else "") / f"{number:02}.html").write_text(page(number), "utf-8")
    (folder / "00_files").mkdir()
    (folder / "00_files" / "frame.html").write_text("<p>advertising</p>", "utf-8")
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*"))
            if path.is_file()}


def convert(pages: Path, output: Path, *options: str) -> int:
    return main(["convert", str(pages), "--output", str(output), *options])


def test_pages_are_the_same_from_one_process_and_from_two(pages: Path, tmp_path: Path,
                                                          capsys: pytest.CaptureFixture[str]) -> None:
    assert convert(pages, tmp_path / "one", "--workers", "1") == 0
    assert "60 pages: 60 converted, 0 failed; 60 files changed\nformulas: 1800, 0 lost" in capsys.readouterr().out
    assert convert(pages, tmp_path / "two", "--workers", "2") == 0
    one = contents(tmp_path / "one")
    assert one == contents(tmp_path / "two") and len(one) == 60 and "deep/01.md" in one
    assert "60 files changed" in capsys.readouterr().out
    assert convert(pages, tmp_path / "two") == 0
    assert "0 files changed" in capsys.readouterr().out


def test_a_page_that_fails_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, gone = tmp_path / "good.html", tmp_path / "gone.html"
    good.write_text(page(1, 2), "utf-8")
    assert main(["convert", str(gone), str(good), "--output", str(tmp_path / "out")]) == 1
    said = capsys.readouterr()
    assert said.err.startswith(f"error: {gone}: cannot be read") and "1 converted, 1 failed" in said.out
    assert list(contents(tmp_path / "out")) == ["good.md"]


def test_wrong_use_of_convert_is_explained(pages: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, same, empty = pages / "00.html", tmp_path / "00.html", tmp_path / "empty"
    same.write_text(page(1), "utf-8")
    empty.mkdir()
    for words, said in (([one, same], "--output DIR"), ([one, same, "--output", empty], "the same file"),
                        (["-", "--output", empty], "no name"), ([empty, "--output", empty], "no saved page"),
                        ([pages, "--url", "https://blog.example", "--output", empty], "one page"),
                        ([pages], "a folder")):
        assert main(["convert", *map(str, words)]) == 1
        assert said in capsys.readouterr().err
    assert contents(empty) == {}


def test_an_import_is_the_same_from_one_process_and_from_two(tmp_path: Path,
                                                             capsys: pytest.CaptureFixture[str]) -> None:
    old = tmp_path / "old"
    old.mkdir()
    for number in range(12):
        (old / f"{number:02}.md").write_text(f"---\ntitle: t{number}\n---\n\n# t{number}\n\n$x_{number}$\n", "utf-8")
    (old / "05.md").write_bytes(b"\xff\xfe")
    said = []
    for count in ("1", "2"):
        root = tmp_path / count
        (root / "source").mkdir(parents=True)
        (root / "edition.toml").write_text(TOML, "utf-8")
        assert main(["import-markdown", str(old), "--edition", str(root), "--workers", count]) == 1
        said.append(capsys.readouterr().out)
    assert said[0] == said[1] and "05.md:1: is not UTF-8 text" in said[0] and "1 failed" in said[0]
    assert contents(tmp_path / "1") == contents(tmp_path / "2") and len(contents(tmp_path / "1" / "source/posts")) == 11


def test_an_interrupt_leaves_whole_files_and_no_process(pages: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    for number in range(60):
        (pages / f"{number:02}.html").write_text(page(number, 150), "utf-8")
    run = subprocess.Popen([sys.executable, "-m", "tools", "convert", str(pages), "--output", str(output), "--workers",
                            "2"], cwd=REPO, stderr=subprocess.PIPE, text=True, start_new_session=True,
                           # A suite that a shell runs in the background was told to ignore interrupts, and so were we.
                           preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler))
    await_(lambda: output.is_dir() and len(list(output.rglob("*.md"))) > 1)
    os.killpg(run.pid, signal.SIGINT)  # as a terminal does
    _, said = run.communicate(timeout=60)
    assert run.returncode == 130 and "interrupted" in said and "Traceback" not in said
    await_(lambda: not group_lives(run.pid))
    written = contents(output)
    assert 0 < len(written) < 90 and all(name.endswith(".md") for name in written)
    assert all(text.rstrip().endswith(b"$$") for text in written.values())


def group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def await_(done: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


# ---- a cluster

@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Start a scheduler and two workers on this machine, each process watched by its nanny.

    Workers, and those that take the place of the killed, are forks of one process that has loaded what Dask wants; the
    one of an earlier test has not.
    """
    import dask
    from distributed import LocalCluster

    forkserver._forkserver._stop()  # type: ignore[attr-defined]
    with dask.config.set({"distributed.worker.multiprocessing-method": "forkserver"}), LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address="127.0.0.1:0",
            silence_logs="CRITICAL") as started:
        yield started


def pids(cluster: Any) -> set[int]:
    return {nanny.pid for nanny in cluster.workers.values() if nanny.pid}


def test_a_killed_worker_of_a_cluster_loses_and_doubles_nothing(cluster: Any, pages: Path, tmp_path: Path,
                                                                capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(60):
        (pages / ("deep" if number % 2 else "") / f"{number:02}.html").write_text(page(number, 60), "utf-8")
    assert convert(pages, tmp_path / "here", "--workers", "1") == 0
    here, there = contents(tmp_path / "here"), tmp_path / "there"
    capsys.readouterr()
    left: list[int] = []
    before = pids(cluster)

    def kill() -> None:
        await_(lambda: there.is_dir() and len(list(there.rglob("*.md"))) >= 3)
        os.kill(min(before), signal.SIGKILL)
        left.append(60 - len(list(there.rglob("*.md"))))

    killer = threading.Thread(target=kill)
    killer.start()
    assert convert(pages, there, "--dask", cluster.scheduler_address) == 0
    killer.join()
    assert left[0] > 10, "it was killed in mid-run"
    assert contents(there) == here
    assert "60 pages: 60 converted, 0 failed; 60 files changed" in capsys.readouterr().out
    assert min(before) not in pids(cluster)


def test_errors_come_back_from_a_cluster(cluster: Any) -> None:
    found = told(run_all(choosy, range(7), int, Workers(dask=cluster.scheduler_address)))
    assert found == told(run_all(choosy, range(7), int))


def test_what_kills_workers_of_a_cluster_is_named(cluster: Any, tmp_path: Path,
                                                   monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster.scheduler, "allowed_failures", 0)  # a death is enough: a new process takes seconds
    (tmp_path / "9").touch()
    found = told(run_all(deadly, range(12), lambda number: (tmp_path, number), Workers(dask=cluster.scheduler_address)))
    assert found.pop(4).startswith("4: the process that worked on it died, again")
    assert found == [number for number in range(12) if number != 4]


def test_a_cluster_that_loses_all_its_workers_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.workers._PATIENCE", 1)
    with ThreadPoolExecutor(1) as pool:
        left = workers._Team(lambda: pool, 1, KeyError, manned=lambda: False)
        with pytest.raises(TimeoutError):
            left.finish([Future()])


def test_a_cluster_needs_a_package_a_scheduler_and_workers(pages: Path, tmp_path: Path, capsys: Any,
                                                           monkeypatch: pytest.MonkeyPatch) -> None:
    from distributed import LocalCluster

    monkeypatch.setattr("tools.workers._PATIENCE", 1)
    assert convert(pages, tmp_path / "out", "--dask", "tcp://127.0.0.1:9") == 1
    assert "tcp://127.0.0.1:9: no Dask scheduler answers" in capsys.readouterr().err
    with LocalCluster(n_workers=0, host="127.0.0.1", dashboard_address="127.0.0.1:0", silence_logs="CRITICAL") as empty:
        assert convert(pages, tmp_path / "out", "--dask", empty.scheduler_address) == 1
    assert "no worker after 1 seconds\n  remedy: start some" in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert convert(pages, tmp_path / "out", "--dask", "tcp://127.0.0.1:9") == 1
    assert "remedy: python -m pip install 'distributed>=" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert "distributed>=2025.1,<2027\n" in (REPO / "requirements-dev.txt").read_text("utf-8")
