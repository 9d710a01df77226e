"""``sphinx-build -b audit``: the audit in the terminal and for machines, and an exit status that CI can enforce.

It shares the doctrees of the html build and writes no page. The status is 1 when a share falls under ``fail_under``
of ``edition.toml`` or a post falls behind the committed baseline.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.errors import ConfigError

from ext.audit.past import BASELINE, baseline
from ext.audit.state import summary
from ext.checks import tally
from ext.edition.audit import change, history, steps, work
from ext.edition.audit.gate import metrics, shortfalls
from ext.edition.audit.outputs import audit_csv, audit_json, badge, pull, queue_text, reports, sarif
from ext.edition.audit.summary import Summary
from ext.edition.site.errors import EditionError
from ext.edition.site.files import write_atomic
from ext.edition.site.terminal import printable
from ext.site.settings import edition, text

#: Posts of each group of the queue that the terminal shows.
SHOWN = 2


class AuditBuilder(Builder):
    """Read the documents and write nothing but the audit."""

    name = "audit"
    format = "audit"
    epilog = "The audit is in %(outdir)s."
    allow_parallel = True

    def get_outdated_docs(self) -> Iterable[str]:
        """Return nothing: no document is written."""
        return []

    def get_target_uri(self, docname: str, typ: str | None = None) -> str:
        """Return nothing: there are no pages to link to."""
        return ""

    def write_doc(self, docname: str, doctree: Any) -> None:
        """Write nothing."""


def write(app: Sphinx, error: Exception | None) -> None:
    """Write the machine-readable audit at the top of the output, for the html and the audit builder."""
    if error is None and app.builder.name in ("html", "dirhtml", "audit"):
        whole, language = summary(app), app.config.language
        out, folder = Path(app.outdir), in_repository(Path(app.srcdir))
        base = baseline(app)
        outputs: dict[str, str | bytes] = {
            "audit.json": audit_json.to_json(whole), audit_json.SCHEMA_FILE: audit_json.schema(),
            "audit.csv": audit_csv.to_csv(whole), "audit.sarif": sarif.to_sarif(whole, folder),
            "audit.md": pull.to_markdown(whole, None if base is None else steps.compare(base, change.state(whole))),
            "badge.json": badge.to_endpoint(whole, language), "badge.svg": badge.to_svg(whole, language)}
        if app.builder.name == AuditBuilder.name:
            points, english = history.load(Path(app.srcdir).parent), language == "en"
            outputs |= {"STATUS_REPORT.md": reports.status(whole, english=english),
                        "PROGRESS_REPORT.md": reports.progress(whole, points, english=english)}
        for name, data in outputs.items():
            write_atomic(out / name, data)
        # Also when nothing in it changed: `tools next` tells by its time whether posts were edited since.
        os.utime(out / "audit.json")


def in_repository(folder: Path) -> str:
    """Return the path of a folder from the top of its git repository; without one, from the folder above."""
    top = next((parent for parent in (folder, *folder.parents) if (parent / ".git").exists()), folder.parent)
    return folder.relative_to(top).as_posix()


def judge(app: Sphinx, error: Exception | None) -> None:
    """Print the audit and set the exit status, for the audit builder only."""
    if error is not None or app.builder.name != AuditBuilder.name:
        return
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
