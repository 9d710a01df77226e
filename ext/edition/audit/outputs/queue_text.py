"""The queue as text, for the terminal: grouped by what is missing, nothing cut, every next step as a command."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from ext.edition.audit.phrases import missing
from ext.edition.audit.work import STEPS, Task, command
from ext.edition.site.terminal import printable

#: The steps in words: (Chinese, English); the page has the same in its table of texts.
_STEPS: Mapping[str, tuple[str, str]] = MappingProxyType({
    "fetch": ("取全原文", "Fetch the rest of the original"),
    "settle": ("分清原文与注疏", "Settle original and annotation"),
    "restore": ("复原原文", "Restore the original"),
    "repair": ("改好公式与引用", "Mend formulas and references"),
    "prove": ("补证明", "Prove theorems"),
    "attach": ("指明注的是哪个方程", "Say which equation is meant"),
    "derive": ("推导方程", "Derive equations"),
    "write": ("补小节与触类旁通", "Write sections and a panorama"),
    "review": ("复核", "Review"),
})


def to_text(tasks: Iterable[Task], folder: str = "source", *, english: bool, most: int | None = None) -> str:
    """Return the tasks in their groups, at most *most* of each; *folder* holds the sources."""
    known = list(tasks)
    lines = []
    for step in STEPS:
        own = [task for task in known if task.step == step]
        if own:
            lines += [f"{_STEPS[step][english]} ({len(own)})"]
            for task in own[:most]:
                lines += _lines(task, folder, english=english)
            if most is not None and len(own) > most:
                lines += [f"  … {len(own) - most} more" if english else f"  ……还有 {len(own) - most} 篇"]
    return "\n".join(lines) + "\n" if lines else ""


def _lines(task: Task, folder: str, *, english: bool) -> Iterator[str]:
    yield printable(f"  {' '.join(task.title.split())} [{task.docname.rpartition('/')[2]}]")
    yield "    " + " · ".join(_effort(task, english=english))
    if task.failing:
        yield "    " + ", ".join(missing(one, english=english) for one in task.failing)
    yield "    $ " + printable(command(task.step, task.docname, task.line, folder))


def _effort(task: Task, *, english: bool) -> Iterator[str]:
    given = task.importance
    by = {"hand": ("手定", "by hand"), "links": (f"{given.links} 篇引到", f"{given.links} link to it"),
          "series": ("系列之首", "opens a series"), "": ("", "")}[given.by][english]
    yield f"{'importance' if english else '重要性'} {given.level or '–'}" + (f" ({by})" if by else "")
    for amount, zh, en in ((task.equations, "个方程", "equations"), (task.sections, "节", "sections")):
        yield f"{'?' if amount is None else amount} {en if english else zh}"
    yield f"{task.kb:.1f} KB"
