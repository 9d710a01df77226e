"""The status report and the progress report as Markdown, for those who read the repository and not the site."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ext.edition.audit.gate import metrics
from ext.edition.audit.history import Point
from ext.edition.audit.outputs.pull import plain, step_text
from ext.edition.audit.phrases import missing
from ext.edition.audit.progress import Since
from ext.edition.audit.shares import percent
from ext.edition.audit.summary import Summary
from ext.edition.audit.weeks import Pace

#: Posts of the queue, and changed posts, that are listed.
LISTED = 20
#: (Chinese, English).
_WORDS = {
    "status": ("现状", "Status"), "progress": ("进度", "Progress"), "measure": ("指标", "Measure"),
    "count": ("数", "Count"), "of": ("分母", "Of"), "share": ("占比", "Share"), "batches": ("批次", "Batches"),
    "batch": ("批次", "Batch"), "done": ("完成", "Done"), "topics": ("主题", "Topics"), "topic": ("主题", "Topic"),
    "posts": ("文章", "Posts"), "post": ("文章", "Post"), "originals": ("原文 KB", "Originals, KB"),
    "formulas": ("原文公式", "Original formulas"), "equations": ("原文方程", "Original equations"),
    "covered": ("已覆盖", "Covered"), "added": ("注疏公式", "Added formulas"), "met": ("达标", "Meet the standard"),
    "next": ("接下来", "Next"), "missing": ("缺", "Missing"), "plan": ("计划", "Plan"), "week": ("周一", "Monday"),
    "hours": ("工时", "Hours"), "left": ("剩余工时", "Hours left"), "items": ("清单", "Items"),
    "unplanned": ("另有 {n} 篇未达标而没有估时。", "{n} more posts are unfinished and have no estimate."),
    "nothing": ("没有。", "None."), "lines": ("行数增减", "Lines"),
    "better": ("变好", "Better"), "worse": ("变坏", "Worse"),
    "audit": ("自上次审计", "Since the last audit"), "base": ("自 {name}", "Since {name}"),
    "review": ("复核之后又有改动的", "Changed since their review"), "new": ("新推导", "New derivations"),
    "unnamed": ("未归主题", "No topic"), "first": ("历史从这里开始。", "The history begins here."),
    "no_history": ("还没有历史。", "There is no history yet."),
    "pace_set": ("每周 {hours:g} 小时（所设）", "{hours:g} hours a week (set)"),
    "pace_measured": ("每周 {hours:.1f} 小时（实测：截至 {until} 的 {weeks} 周里完成了 {earned:.1f} 小时的条目）",
                      "{hours:.1f} hours a week (measured: items of {earned:.1f} hours in the {weeks} weeks up to "
                      "{until})"),
    "pace_unknown": ("速度未知：历史里还没有完成过清单上的条目",
                     "The pace is unknown: the history fulfils no item yet"),
}


class _Words:
    def __init__(self, english: bool) -> None:
        self.english = english

    def __getitem__(self, name: str) -> str:
        return _WORDS[name][self.english]


def status(whole: Summary, *, english: bool = False) -> str:
    """Return how the edition stands now: its shares, batches, topics, the first of the queue, and the plan."""
    t = _Words(english)
    lines = [f"# {plain(whole.title)}：{t['status']}" if not english else f"# {plain(whole.title)}: {t['status']}", ""]
    lines += _table((t["measure"], t["count"], t["of"], t["share"]), (
        (name, share.count, share.of, share.percent) for name, share in metrics(whole).items()))
    lines += _section(t["batches"], _table((t["batch"], t["done"], t["of"]), (
        (plain(batch.name), batch.done, batch.posts + len(batch.missing)) for batch in whole.batches)), t)
    lines += _section(t["topics"], _table(
        tuple(t[name] for name in
              ("topic", "posts", "originals", "formulas", "equations", "covered", "added", "met")), (
            (plain(one.topic) or t["unnamed"], one.posts, f"{one.kb:.0f}", one.formulas, one.equations,
             percent(one.covered, one.equations), one.added, percent(one.met, one.posts))
            for one in whole.progress.quality)), t)
    lines += _section(t["next"], _table((t["post"], t["missing"]), (
        (plain(task.title), ", ".join(missing(result, english=english) for result in task.failing))
        for task in whole.queue[:LISTED])), t)
    lines += _section(t["plan"], [*_plan(whole, t)], t)
    return "\n".join(lines) + "\n"


def _plan(whole: Summary, t: _Words) -> Iterator[str]:
    plan = whole.progress.plan
    if not plan.posts:
        return
    yield pace_text(plan.pace, english=t.english)
    if plan.unestimated:
        yield ""
        yield t["unplanned"].format(n=plan.unestimated)
    yield ""
    yield from _table((t["post"], t["items"], t["hours"], t["left"]), (
        (plain(post.title), f"{post.ticked}/{post.items}", span(post.low, post.high), f"{post.left:.1f}")
        for post in plan.posts))
    if plan.weeks:
        titles = {post.id: post.title for post in plan.posts}
        yield ""
        yield from _table((t["week"], t["hours"], t["posts"]), (
            (week.monday or str(at), f"{week.hours:.1f}", "; ".join(plain(titles[post]) for post in week.posts))
            for at, week in enumerate(plan.weeks, 1)))


def progress(whole: Summary, points: Sequence[Point], *, english: bool = False) -> str:
    """Return what became of the edition: what changed last, then the history, the newest first."""
    t = _Words(english)
    lines = [f"# {plain(whole.title)}：{t['progress']}" if not english else f"# {plain(whole.title)}: {t['progress']}"]
    for since in whole.progress.since:
        lines += _section(t[since.kind].format(name=plain(since.name)), [*_since(since, t)], t)
    if whole.progress.new is not None:
        lines += _section(t["new"], _table((t["post"], "", t["missing"]), (
            (plain(one.title), plain(one.derivation.key), ", ".join(one.lacks)) for one in whole.progress.new)), t)
    if not points:
        lines += ["", t["no_history"]]
    for at in range(len(points) - 1, -1, -1):
        lines += ["", f"## {points[at].date} `{points[at].revision[:12]}`", "", *_point(points, at, t)]
    return "\n".join(lines) + "\n"


def _since(since: Since, t: _Words) -> Iterator[str]:
    yield from _table((t["post"], t["better"], t["worse"], t["lines"]), (
        (plain(one.title) if one.kind == "changed" else f"{plain(one.title)} ({one.kind})",
         ", ".join(map(step_text, one.better)), ", ".join(map(step_text, one.worse)), line_text(one.lines))
        for one in since.posts[:LISTED]))
    if len(since.posts) > LISTED:
        yield ""
        yield f"… +{len(since.posts) - LISTED}"
    if since.topics:
        yield ""
        yield from _table((t["topic"], t["covered"], t["equations"]), (
            (plain(one.topic) or t["unnamed"], f"{one.covered[0]} → {one.covered[1]}",
             f"{one.equations[0]} → {one.equations[1]}") for one in since.topics))


def _point(points: Sequence[Point], at: int, t: _Words) -> Iterator[str]:
    now, then = points[at], points[at - 1] if at else None
    for name, field in (("posts", "posts"), ("met", "met"), ("equations", "equations"), ("covered", "covered"),
                        ("formulas", "formulas")):
        label = "公式" if field == "formulas" and not t.english else "Formulas" if field == "formulas" else t[name]
        value = getattr(now, field)
        moved = f" ({value - getattr(then, field):+d})" if then and value != getattr(then, field) else ""
        yield f"- {label}: {value}{moved}"
    if then is None:
        yield f"- {t['first']}"
        return
    for topic, (_, equations, covered) in now.topics.items():
        before = then.topics.get(topic)
        if before and before[2] != covered:
            yield f"- {plain(topic) or t['unnamed']}: {before[2]} → {covered} / {equations}"


def pace_text(pace: Pace, *, english: bool) -> str:
    """Return how fast the work goes, and how that is known."""
    return _WORDS[f"pace_{pace.kind}"][english].format(hours=pace.hours or 0, earned=pace.earned, weeks=pace.weeks,
                                                       until=pace.until)


def span(low: float, high: float) -> str:
    """Return an estimate of hours."""
    return f"{low:g}" if low == high else f"{low:g}–{high:g}"


def line_text(lines: tuple[int, int] | None) -> str:
    """Return lines added and removed; nothing where nobody knows."""
    return "" if lines is None else f"+{lines[0]} −{lines[1]}"


def _section(title: str, lines: Sequence[str], t: _Words) -> list[str]:
    return ["", f"## {title}", "", *(lines or [t["nothing"]])]


def _table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    made = [f"| {' | '.join(map(str, row))} |" for row in rows]
    return [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}", *made] if made else []
