"""The audit in the terminal: what it says of the edition, of what became worse and of what is new."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text
from sphinx.application import Sphinx
from sphinx.errors import ConfigError

from ext.audit.builder import in_repository
from ext.audit.past import BASELINE, baseline
from ext.audit.state import summary
from ext.checks import tally
from ext.edition.audit import change, work
from ext.edition.audit.gate import metrics, shortfalls
from ext.edition.audit.outputs import pull, queue_text, sarif
from ext.edition.audit.summary import Summary
from ext.edition.site.errors import EditionError
from ext.edition.site.files import write_atomic
from ext.edition.site.terminal import printable
from ext.site.settings import edition, text

#: Posts of each group of the queue that the terminal shows.
SHOWN = 2


def tell(app: Sphinx) -> None:
    """Print the audit and set the exit status."""
    whole = summary(app)
    console = Console(soft_wrap=True)
    console.print(overview(app, whole), strip(app, whole), sep="\n")
    # As text, not as the markup that a fetched title may hold.
    console.print(text(app.config, "接下来", "Next"), Text(queue_text.to_text(
        whole.queue, Path(app.srcdir).name, english=app.config.language == "en", most=SHOWN)), sep="\n")
    try:
        short = shortfalls(whole, edition(app.config).fail_under)
    except EditionError as problem:
        raise ConfigError(str(problem)) from problem
    for one in short:
        console.print(f"[red]under fail_under[/]: {one.metric} is {one.share.percent} "
                      f"({one.share.count} of {one.share.of}), asked for {one.threshold:g} %")
    worse = _regressions(app, whole, console)
    lacking = _new_work(app, whole, console)
    for file in whole.trusted:
        console.print(f"[yellow]{file.kind} since {whole.base}[/], read it as such:", Text(printable(file.path)))
    bare = sum(row.intact.stored in ("unrecorded", "unknown") and row.intact.state in ("intact", "changed")
               for row in whole.rows)
    if bare:
        console.print(f"[yellow]{bare} originals without a digest[/]: nobody knows whether they are what was stored; "
                      "read them, then run `python -m tools restore --record`")
    if app.config.audit_github:
        print(sarif.to_github(whole, in_repository(Path(app.srcdir))), end="")
    if said := tally.line(app):
        console.print(Text(said))
    if short or worse or lacking:
        app.statuscode = 1


def _new_work(app: Sphinx, whole: Summary, console: Console) -> bool:
    """Print the new derivations that lack what ``[new]`` asks for, with their places; return whether there are any."""
    found = whole.progress
    if not found.asked or app.config.audit_update:
        return False
    if found.new is None:
        console.print("[yellow]new work is not judged[/]: there is no base that lists its derivations; "
                      "`make audit ARGS=\"-D audit_update=1\"` makes one")
        return False
    lacking = [one for one in found.new if one.lacks]
    for one in lacking:
        place = f"{one.docname}.md:{one.derivation.line or 1}"
        console.print("[red]new and not finished[/]:", Text(printable(
            f"{place}: {one.derivation.kind} {one.derivation.key!r} has no {', no '.join(one.lacks)}")))
    console.print(f"new work: {len(found.new)} derivations, {len(found.new) - len(lacking)} with "
                  f"{', '.join(found.asked)}")
    return bool(lacking)


def _regressions(app: Sphinx, whole: Summary, console: Console) -> bool:
    base, now = baseline(app), change.state(whole)
    path = Path(app.srcdir).parent / BASELINE
    if app.config.audit_update:
        if write_atomic(path, change.to_json(change.tighten(base or {}, change.without(now, whole.progress)))):
            console.print(f"[green]baseline tightened[/]: commit {path.name}")
        return False
    if base is None:
        console.print(f"there is no {BASELINE} yet: `make audit ARGS=\"-D audit_update=1\"` makes one")
        return False
    worse = change.regressions(base, now)
    for post in worse:
        lost = ", ".join(pull.step_text(step) for step in post.worse)
        console.print("[red]worse than the baseline[/]:", Text(printable(f"{post.title} ({post.id}): {lost}")))
    return bool(worse)


def overview(app: Sphinx, whole: Summary) -> Table:
    """Return the shares of the edition as a table."""
    shown = Table(title=text(app.config, "审计", "Audit"), title_justify="left", box=None, pad_edge=False)
    for heading in (("指标", "measure"), ("数", "count"), ("分母", "of"), ("占比", "share")):
        shown.add_column(text(app.config, *heading), justify="left" if heading[1] == "measure" else "right")
    for name, share in metrics(whole).items():
        shown.add_row(name, str(share.count), str(share.of), share.percent)
    return shown


def strip(app: Sphinx, whole: Summary) -> Table:
    """Return what can be done next as a table, with the command to begin with."""
    title = text(app.config, "可做的事", "What can be done")
    shown = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for heading in (("事", "action"), ("数", "count"), ("篇", "posts"), ("从这里开始", "begin with")):
        shown.add_column(text(app.config, *heading), justify="right" if heading[1] in ("count", "posts") else "left")
    for action in whole.actions:
        begin = work.command(action.step, action.first, action.line, Path(app.srcdir).name) if action.first else "–"
        counted = str(action.items) if action.posts or not action.unknown else "?"
        posts = str(action.posts) + (f" + {action.unknown}?" if action.unknown else "")
        shown.add_row(action.name, counted, posts, Text(printable(begin)))
    return shown
