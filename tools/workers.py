"""Run a pure function over many items: here, in other processes, or on a Dask cluster, always with the same results.

The function gets plain data and returns plain data: what is read and what is written is read and written here. So a
result does not depend on where it was made, a worker that dies can be replaced, and work that is done twice is no
harm. A worker that dies says nothing of why: all that was under way is tried again, one by one, and what kills its
worker even then is reported by name, while the others go on.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from ext.edition.site.errors import EditionError

Item = TypeVar("Item")
Work = TypeVar("Work")
Done = TypeVar("Done")
#: How many items each worker may have before it: enough that none waits for the parent, and no more in memory.
_AHEAD = 8
#: Fewer items than these are not worth a process that nobody asked for.
_FEW = 8
#: How long a cluster may take to answer, and how long it may be without a worker, in seconds.
_PATIENCE = 30
_DISTRIBUTED = "distributed>=2025.1,<2027"


@dataclass(frozen=True, slots=True)
class Workers:
    """Where work is done: by this process if ``count`` is 1, by so many others, or by the cluster at ``dask``."""

    count: int = 1
    dask: str = ""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add ``--workers`` and ``--dask``."""
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--workers", type=_number, default=0, metavar="N",
                        help="processes that work at once; 1 is this one alone, 0 as many as there are processors, but "
                             "this one alone for a few files (default: 0)")
    choice.add_argument("--dask", default="", metavar="ADDRESS",
                        help="let the Dask cluster work whose scheduler has this address, as tcp://127.0.0.1:8786")


def chosen(args: argparse.Namespace, items: int) -> Workers:
    """Return what the options say for so many items; to start processes takes as long as to convert a few pages."""
    return Workers(args.workers or (processors() if items >= _FEW else 1), args.dask)


def processors() -> int:
    """Return how many processors this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def shown(results: Iterable[Done], total: int, unit: str, *, quiet: bool = False) -> Iterator[Done]:
    """Yield *results* with a bar on a terminal."""
    from tqdm import tqdm  # a single page needs none

    hidden = quiet or not sys.stderr.isatty() or bool(os.environ.get("CI"))
    with tqdm(results, total=total, unit=unit, disable=hidden, dynamic_ncols=True, smoothing=0.1) as bar:
        yield from bar


def run_all(function: Callable[[Work], Done], items: Iterable[Item], prepare: Callable[[Item], Work],
            workers: Workers = Workers()) -> Iterator[Done | EditionError]:
    """Yield what *function* makes of what *prepare* makes of every item, in order; what fails yields its error.

    An item's ``str`` is its name in errors. *prepare* runs here and may read files; *function* has to be importable
    by its name, and its argument and its result plain data. Of a long list a few items at a time are in memory.
    """
    tasks = (_Task(str(item), _prepared(prepare, item)) for item in items)
    if workers.dask:
        with _cluster(workers.dask) as team:
            yield from _spread(function, tasks, team)
    elif workers.count > 1:
        with _processes(workers.count, function.__module__) as team:
            yield from _spread(function, tasks, team)
    else:
        for task in tasks:
            yield task.work if isinstance(task.work, EditionError) else _attempt(function, task.name, task.work)


@dataclass(slots=True)
class _Task:
    """One item: its name, what the function gets (or why it gets nothing), and what will be made of it."""

    name: str
    work: Any
    future: Future[Any] | None = None


class _Team:
    """Workers behind an executor; ``died`` is the error that tells of a dead one.

    A cluster mends itself and can tell whether it is ``manned``; any other executor is made anew.
    """

    def __init__(self, make: Callable[[], Executor], ahead: int, died: type[Exception],
                 manned: Callable[[], bool] | None = None) -> None:
        self._make = make
        self._manned = manned
        self.executor = make()
        self.ahead = ahead
        #: How often a task may have a worker for itself; a cluster tries several workers each time.
        self.chances = 2 if manned is None else 1
        self.died = died

    def submit(self, function: Callable[[Any], Any], task: _Task) -> Future[Any]:
        """Begin one task."""
        future: Future[Any] = Future()
        if isinstance(task.work, EditionError):
            future.set_result(task.work)
            return future
        try:
            return self.executor.submit(_attempt, function, task.name, task.work)
        except BrokenExecutor as error:  # a worker died since the last look
            future.set_exception(error)
            return future

    def finish(self, futures: Iterable[Future[Any]]) -> None:
        """Wait until all are done; raise TimeoutError when for long there is nobody to do them."""
        waiting, alone = set(futures), 0
        while waiting := wait(waiting, None if self._manned is None else 1).not_done:
            alone = 0 if self._manned is None or self._manned() else alone + 1
            if alone >= _PATIENCE:
                raise TimeoutError

    def renew(self) -> None:
        """Replace an executor that is of no more use."""
        if self._manned is None:
            self.executor.shutdown()
            self.executor = self._make()


def _spread(function: Callable[[Any], Any], tasks: Iterator[_Task], team: _Team) -> Iterator[Any]:
    """Yield the results in order while the team is some tasks ahead."""
    under_way: deque[_Task] = deque()
    while True:
        while len(under_way) < team.ahead and (task := next(tasks, None)) is not None:
            task.future = team.submit(function, task)
            under_way.append(task)
        if not under_way:
            return
        first = under_way[0]
        assert first.future is not None
        team.finish([first.future])
        try:
            result = first.future.result()
        except team.died:
            _one_by_one(function, under_way, team)
            continue
        under_way.popleft()
        yield result


def _one_by_one(function: Callable[[Any], Any], under_way: Iterable[_Task], team: _Team) -> None:
    """Do again what a dead worker left, each task alone: what kills its worker again did it."""
    team.finish([task.future for task in under_way if task.future is not None])
    team.renew()
    for task in under_way:
        if task.future is None or not isinstance(task.future.exception(), team.died):
            continue
        for _ in range(team.chances):
            task.future = team.submit(function, task)
            team.finish([task.future])
            if not isinstance(task.future.exception(), team.died):
                break
            team.renew()
        else:
            task.future = Future()
            task.future.set_result(EditionError(
                "the process that worked on it died, again and again", where=task.name,
                remedy="give it more memory; if that does not help, report it with this file"))


def _prepared(prepare: Callable[[Item], Work], item: Item) -> Work | EditionError:
    try:
        return prepare(item)
    except EditionError as error:
        return error
    except OSError as error:
        return EditionError(f"cannot be read: {error.strerror}", where=item, remedy="give files that can be read")


def _attempt(function: Callable[[Any], Any], name: str, work: Any) -> Any:
    """Return the result or, as data, the error: whatever one item does, the others go on."""
    try:
        return function(work)
    except EditionError as error:
        return error if error.where else EditionError(error.what, where=name, remedy=error.remedy)
    except Exception as error:
        at = traceback.extract_tb(error.__traceback__)[-1]
        return EditionError(f"a mistake of this program: {type(error).__name__}: {str(error)[:200]} "
                            f"({'/'.join(Path(at.filename).parts[-3:])}:{at.lineno})", where=name,
                            remedy="report it with this file")


def _leave_interrupts() -> None:
    """End without a word when the terminal interrupts: the parent says what there is to say."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def _processes(count: int, module: str) -> Iterator[_Team]:
    """Give a team of processes on this machine; none is left when the work is interrupted."""
    import multiprocessing  # work that is done here needs none of it
    from concurrent.futures import ProcessPoolExecutor

    # A plain fork would copy a parent with threads (of the bar, of an executor before) and whatever locks they hold.
    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context = multiprocessing.get_context(method)
    context.set_forkserver_preload([module])
    others = set(multiprocessing.active_children())
    team = _Team(lambda: ProcessPoolExecutor(count, context, _leave_interrupts), _AHEAD * count, BrokenExecutor)
    try:
        yield team
    except BaseException:
        for process in set(multiprocessing.active_children()) - others:
            process.terminate()
        raise
    finally:
        team.executor.shutdown(cancel_futures=True)


@contextmanager
def _cluster(address: str) -> Iterator[_Team]:
    """Give the workers of a Dask cluster, which does by itself again what a dead worker had."""
    try:
        from distributed import Client, KilledWorker
    except ImportError as error:
        raise EditionError("--dask needs the package `distributed`, which is not installed",
                           remedy=f"python -m pip install '{_DISTRIBUTED}', or use --workers") from error
    try:
        client = Client(address, timeout=_PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        raise EditionError(f"no Dask scheduler answers: {error}", where=address,
                           remedy="start one with `dask scheduler`, or use --workers") from error
    def manned() -> bool:
        try:
            return bool(client.nthreads())
        except OSError:
            return False

    try:
        client.wait_for_workers(1, timeout=_PATIENCE)
        threads = sum(client.nthreads().values())
        # Without ``pure=False`` two items of equal content would be one task.
        team = _Team(lambda: client.get_executor(pure=False), _AHEAD * max(threads, 4), KilledWorker, manned)
        try:
            yield team
        except BaseException:
            team.executor.shutdown(wait=False)
            raise
    except TimeoutError as error:
        raise EditionError(f"the cluster has no worker after {_PATIENCE} seconds", where=address,
                           remedy=f"start some in this folder: PYTHONPATH=. dask worker {address}") from error
    except CancelledError as error:
        raise EditionError("the cluster went away", where=address,
                           remedy="start it again and repeat the command") from error
    except (ImportError, RuntimeError) as error:  # what fails in an item itself comes back as data
        raise EditionError(f"the cluster cannot do this work: {error}", where=address,
                           remedy="start its scheduler and its workers with PYTHONPATH set to a copy of this project, "
                                  "with the same Python and the same requirements") from error
    finally:
        client.close()


def _number(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError("not a number of processes")
    return int(text)
