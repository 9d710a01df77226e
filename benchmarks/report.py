"""Render a benchmark as Markdown, for a terminal in English and for the guide in Chinese. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from benchmarks.builders import OURS, STOCK
from benchmarks.convert import Timing
from benchmarks.record import Median, Record, Step, Target, medians, ratio, targets

Language = Literal["en", "zh"]
#: The heading of the guide's section that is made of a record; it ends at the next heading of its level.
HEADING = "## 一次记录"

_WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "on": "{posts:,} posts, {formulas:,} formulas, {mb:.1f} MB of Markdown. {cpu}, {cores} cores, {memory:.0f} GB, "
              "{system}, load {load}. {date}, commit `{commit}`. The medians of rounds in turn: {rounds}.",
        "left": "Left out, because their front matter is not YAML: {} posts.",
        "pictures": "A pixel stands for each picture that the corpus lacks.",
        "failed": "{} failed: {}.",
        "versions": "Versions: {}.",
        "full": "Full build: builder|user CPU s|× stock|wall s|× stock|peak MiB|output MB|× stock",
        "edit": "One post edited: builder|user CPU s|× stock|wall s|× stock",
        "growth": "Growth: builder|posts|user CPU s|× one|peak MiB|× one|output MB|× one",
        "target": "Target|ratio|at most|",
        "convert": "Converter|way|user CPU s|× ours|formulas kept",
        "memory": "Peak memory is sampled over all processes of a build, shared pages once.",
        "met": "met", "missed": "missed", "unknown": "not measured",
        "full-cpu": "full build: user CPU, ours / stock", "full-output": "full build: output, ours / stock",
        "full-wall-peer": "full build: wall, ours -j auto / mkdocs-material",
        "parallel-wall": "full build: wall, ours -j auto / ours",
        "parallel-cpu": "full build: user CPU, ours -j auto / ours",
        "full-memory": "full build: peak memory, ours / stock",
        "parallel-memory": "full build: peak memory, ours -j auto / stock",
        "edit-cpu": "one post edited: user CPU, ours / stock",
        "edit-wall": "one post edited: wall, ours -j auto / stock",
        "growth-cpu": "four times the posts: user CPU", "growth-memory": "four times the posts: peak memory",
        "a process a page": "a process a page", "one process": "one process",
    },
    "zh": {
        "on": "{posts} 篇，{formulas:,} 个公式，{mb:.1f} MB Markdown。{cpu}，{cores} 核，{memory:.0f} GB，{system}，"
              "开始时负载 {load}。{date}，提交 `{commit}`。轮流构建 {rounds} 轮，取中位数。",
        "left": "另有 {} 篇的文件头不是 YAML，各种构建都略去。",
        "pictures": "语料里缺的图片都用一个像素代替。",
        "failed": "{} 没有建成：{}。",
        "versions": "版本：{}。",
        "full": "全量构建|用户 CPU（秒）|比 stock|墙钟（秒）|比 stock|内存峰值（MiB）|输出（MB）|比 stock",
        "edit": "改一篇之后|用户 CPU（秒）|比 stock|墙钟（秒）|比 stock",
        "growth": "增长|篇数|用户 CPU（秒）|比一倍|内存峰值（MiB）|比一倍|输出（MB）|比一倍",
        "target": "目标|比值|至多|",
        "convert": "转换器|方式|用户 CPU（秒）|比本项目|保住的公式",
        "memory": "内存峰值是一次构建的全部进程之和，按时采样，共享的页只算一次。",
        "met": "达到", "missed": "未达到", "unknown": "未测",
        "full-cpu": "全量构建的用户 CPU：ours / stock", "full-output": "全量构建的输出：ours / stock",
        "full-wall-peer": "全量构建的墙钟：ours -j auto / mkdocs-material",
        "parallel-wall": "全量构建的墙钟：ours -j auto / ours",
        "parallel-cpu": "全量构建的用户 CPU：ours -j auto / ours",
        "full-memory": "全量构建的内存峰值：ours / stock",
        "parallel-memory": "全量构建的内存峰值：ours -j auto / stock",
        "edit-cpu": "改一篇的用户 CPU：ours / stock", "edit-wall": "改一篇的墙钟：ours -j auto / stock",
        "growth-cpu": "四倍篇数的用户 CPU", "growth-memory": "四倍篇数的内存峰值",
        "a process a page": "一页一个进程", "one process": "同一进程",
    },
}


def report(record: Record, language: Language) -> str:
    """Return the whole record: what ran on what, and a table for each question that was asked."""
    words = _WORDS[language]
    found = medians(record.runs)
    rounds = max((median.runs for median in found.values() if median.scale == 1), default=0)
    size, place = record.corpus, record.machine
    parts = [
        words["on"].format(posts=size.posts, formulas=size.formulas, mb=size.bytes / 1e6, cpu=place.cpu,
                           cores=place.cores, memory=place.memory_gb, system=place.system, load=place.load,
                           date=record.date, commit=record.commit, rounds=rounds),
        words["left"].format(record.left_out) if record.left_out else "",
        words["pictures"] if record.options.get("pictures") else "",
        words["versions"].format(_join(record.versions, language)),
        *(words["failed"].format(name, why) for name, why in record.failed.items()),
        _table(words["full"], _full(found)), words["memory"] if found else "",
        _table(words["edit"], _edit(found)), _table(words["growth"], _growth(found, size.posts)),
        _table(words["target"], _targets(targets(record.runs), words)) if found else "",
        _table(words["convert"], _converters(record.converters, words)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def into_guide(page: str, record: Record) -> str:
    """Return the guide's page with the section of the record made anew; a page without it is an error."""
    section = re.compile(rf"^{re.escape(HEADING)}\n.*?(?=^## |\Z)", re.M | re.S)
    if not section.search(page):
        raise ValueError(f"the page has no section {HEADING!r}")
    made = f"{HEADING}\n\n{report(record, 'zh')}\n"
    return section.sub(lambda _: made, page, count=1).rstrip("\n") + "\n"


def _join(versions: dict[str, str], language: Language) -> str:
    return ("、" if language == "zh" else ", ").join(f"{name} {version}" for name, version in versions.items())


def _full(found: dict[Step, Median]) -> Iterator[Sequence[str]]:
    stock = Step(STOCK)
    for step, one in found.items():
        if step.kind == "full" and step.scale == 1:
            yield (one.builder, _seconds(one.user), _times(ratio(found, "user", step, stock)), _seconds(one.wall),
                   _times(ratio(found, "wall", step, stock)), f"{one.peak:.0f}", f"{one.output / 1e6:.1f}",
                   _times(ratio(found, "output", step, stock)))


def _edit(found: dict[Step, Median]) -> Iterator[Sequence[str]]:
    stock = Step(STOCK, "edit")
    for step, one in found.items():
        if step.kind == "edit":
            yield (one.builder, _seconds(one.user), _times(ratio(found, "user", step, stock)), _seconds(one.wall),
                   _times(ratio(found, "wall", step, stock)))


def _growth(found: dict[Step, Median], posts: int) -> Iterator[Sequence[str]]:
    grown = {step.builder for step in found if step.scale != 1}
    for step, one in sorted(found.items(), key=lambda item: (item[0].builder != OURS, item[0].builder, item[0].scale)):
        if step.builder in grown and step.kind == "full":
            single = Step(step.builder)
            yield (one.builder, f"{posts * step.scale}", _seconds(one.user), _times(ratio(found, "user", step, single)),
                   f"{one.peak:.0f}", _times(ratio(found, "peak", step, single)), f"{one.output / 1e6:.1f}",
                   _times(ratio(found, "output", step, single)))


def _targets(wanted: Sequence[Target], words: dict[str, str]) -> Iterator[Sequence[str]]:
    says = {True: words["met"], False: words["missed"], None: words["unknown"]}
    for target in wanted:
        yield words[target.name], _times(target.ratio), f"{target.limit:.3g}", says[target.met]


def _converters(timings: Sequence[Timing], words: dict[str, str]) -> Iterator[Sequence[str]]:
    for one in timings:
        kept = f"{100 * one.kept / one.formulas:.2f} %" if one.formulas else "–"
        yield one.tool, words[one.way], f"{one.seconds:.1f}", f"{one.ratio:.2f}", kept


def _seconds(value: float) -> str:
    return f"{value:.1f}"


def _times(value: float | None) -> str:
    return "–" if value is None else f"{value:.3g}"


def _table(head: str, rows: Iterator[Sequence[str]]) -> str:
    """Return a Markdown table, numbers to the right; nothing when it has no row."""
    body = [tuple(row) for row in rows]
    if not body:
        return ""
    names = head.split("|")
    marks = ["--:" if all(re.fullmatch(r"[\d.,–]+(?: %)?", row[at]) for row in body) else "---"
             for at in range(len(names))]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (names, marks, *body))
