"""What a benchmark found, as plain data: the runs, their medians, ratios and targets. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import msgspec

from benchmarks.builders import MATERIAL, OURS, PARALLEL, STOCK
from benchmarks.convert import Timing
from benchmarks.corpus import Size
from benchmarks.machine import Machine

Kind = Literal["full", "edit"]
Measure = Literal["user", "wall", "peak", "output"]


class Step(NamedTuple):
    """One build: of which builder, from nothing or after an edit, how many times the corpus, in which round."""

    builder: str
    kind: Kind = "full"
    scale: int = 1
    round: int = 1


@dataclass(frozen=True, slots=True)
class Run:
    """One measured build: seconds of CPU and wall, MiB at the peak, bytes and pages of the output."""

    builder: str
    kind: Kind
    scale: int
    round: int
    user: float
    system: float
    wall: float
    peak: float
    largest: float
    output: int
    pages: int


@dataclass(frozen=True, slots=True)
class Median:
    """The medians of the runs of one builder that differ in their round only."""

    builder: str
    kind: Kind
    scale: int
    runs: int
    user: float
    wall: float
    peak: float
    largest: float
    output: float


@dataclass(frozen=True, slots=True)
class Target:
    """A ratio and what it should be at most; ``ratio`` is None where it was not measured."""

    name: str
    ratio: float | None
    limit: float

    @property
    def met(self) -> bool | None:
        """Tell whether it is reached, None where that is unknown."""
        return None if self.ratio is None else self.ratio <= self.limit


@dataclass(frozen=True, slots=True)
class Record:
    """One whole benchmark; ``left_out`` posts have no readable front matter, ``failed`` says why a peer has no run."""

    date: str
    commit: str
    machine: Machine
    versions: dict[str, str]
    corpus: Size
    options: dict[str, int | bool | list[int]]
    runs: tuple[Run, ...]
    converters: tuple[Timing, ...] = ()
    left_out: int = 0
    failed: dict[str, str] = field(default_factory=dict)


class _Goal(NamedTuple):
    """A ratio of one median to another, and its limit."""

    name: str
    measure: Measure
    one: Step
    other: Step
    limit: float


#: What the project promises of itself.
GOALS = (
    _Goal("full-cpu", "user", Step(OURS), Step(STOCK), 1 / 5),
    _Goal("full-output", "output", Step(OURS), Step(STOCK), 1 / 3),
    _Goal("full-wall-peer", "wall", Step(PARALLEL), Step(MATERIAL), 1),
    _Goal("parallel-wall", "wall", Step(PARALLEL), Step(OURS), 0.6),
    _Goal("parallel-cpu", "user", Step(PARALLEL), Step(OURS), 1.1),
    _Goal("full-memory", "peak", Step(OURS), Step(STOCK), 1.5),
    _Goal("parallel-memory", "peak", Step(PARALLEL), Step(STOCK), 1.5),
    _Goal("edit-cpu", "user", Step(OURS, "edit"), Step(STOCK, "edit"), 1 / 8),
    _Goal("edit-wall", "wall", Step(PARALLEL, "edit"), Step(STOCK, "edit"), 1 / 8),
    _Goal("growth-cpu", "user", Step(OURS, scale=4), Step(OURS), 4.4),
    _Goal("growth-memory", "peak", Step(OURS, scale=4), Step(OURS), 3),
)


def plan(builders: Sequence[str], *, rounds: int, scales: Sequence[int] = (), growing: Sequence[str] = (),
         growth_rounds: int = 1, edit: Sequence[str] = ()) -> list[Step]:
    """Return the builds in order: the builders in turn, every second round backwards, so that none is always first.

    An edit follows the full build of its builder, in the same tree. Growth comes last.
    """
    steps: list[Step] = []
    for number in range(1, rounds + 1):
        for name in builders if number % 2 else reversed(builders):
            steps.append(Step(name, round=number))
            if name in edit:
                steps.append(Step(name, "edit", round=number))
    for number in range(1, growth_rounds + 1):
        steps += [Step(name, scale=scale, round=number) for scale in sorted(set(scales) - {1}) for name in growing]
    return steps


def medians(runs: Sequence[Run]) -> dict[Step, Median]:
    """Return the medians by builder, kind and scale, in the order in which they first ran; their round is 1."""
    found: dict[Step, list[Run]] = {}
    for run in runs:
        found.setdefault(Step(run.builder, run.kind, run.scale), []).append(run)
    return {step: Median(step.builder, step.kind, step.scale, len(same), *(
        round(statistics.median(float(getattr(run, name)) for run in same), 3)
        for name in ("user", "wall", "peak", "largest", "output"))) for step, same in found.items()}


def ratio(found: dict[Step, Median], measure: Measure, one: Step, other: Step) -> float | None:
    """Return one median by another, None unless both were measured."""
    if one not in found or other not in found or not getattr(found[other], measure):
        return None
    return round(getattr(found[one], measure) / getattr(found[other], measure), 4)


def targets(runs: Sequence[Run]) -> tuple[Target, ...]:
    """Return every promise with its ratio in these runs."""
    found = medians(runs)
    return tuple(Target(goal.name, ratio(found, goal.measure, goal.one, goal.other), goal.limit) for goal in GOALS)


def dump(record: Record) -> str:
    """Return a record as JSON, with its medians and targets for other readers."""
    plain = msgspec.to_builtins(record)
    plain["medians"] = [msgspec.to_builtins(median) for median in medians(record.runs).values()]
    plain["targets"] = [{**msgspec.to_builtins(target), "met": target.met} for target in targets(record.runs)]
    return msgspec.json.format(msgspec.json.encode(plain), indent=1).decode() + "\n"


def load(text: str | bytes) -> Record:
    """Return the record that :func:`dump` wrote; what can be computed is computed again."""
    return msgspec.json.decode(text, type=Record)
