"""What git and the committed files know of earlier times: baselines, lines, reviews, fulfilled items, the history."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import ConfigError

from ext.audit.trusted import commit, git
from ext.build.once import once
from ext.edition.annotations.targets import split_targets
from ext.edition.audit import change, history
from ext.edition.audit.facts import UNCOMMITTED
from ext.edition.audit.progress import Past, Reviewed
from ext.edition.audit.rows import Row
from ext.edition.audit.steps import PostState
from ext.edition.audit.weeks import Tick
from ext.edition.posts.catalogue import Entry
from ext.edition.site.errors import EditionError
from ext.edition.site.files import read_text
from ext.site.settings import edition

#: The committed baseline, beside ``edition.toml``.
BASELINE = "audit-baseline.json"
_ADDED = re.compile(r"\+[ \t>]*:fulfils:(.*)")
_FILE = re.compile(r"\+\+\+ b/(.+)\.md")

Baseline = dict[str, PostState]


@once
def baseline(app: Sphinx) -> Baseline | None:
    """Return what the audit is compared with: ``audit_base``, a file or a git revision, or the committed baseline."""
    root, given = Path(app.srcdir).parent, app.config.audit_base
    try:
        if not given:
            return change.load(root / BASELINE) if (root / BASELINE).is_file() else None
        if Path(given).is_file():
            return change.load(Path(given))
        return at_revision(root, given)
    except EditionError as problem:
        raise ConfigError(str(problem)) from problem


def at_revision(root: Path, revision: str) -> Baseline | None:
    """Return the baseline that was committed at *revision*, or None when there was none yet."""
    shown = subprocess.run(["git", "-C", root, "show", f"{commit(root, revision)}:./{BASELINE}"],  # noqa: S603, S607
                           capture_output=True, check=False)
    return None if shown.returncode else change.parse(shown.stdout, where=f"{revision}:{BASELINE}")


def past(app: Sphinx, rows: Iterable[Row], catalogue: Mapping[str, Entry]) -> Past:
    """Return all that is known of earlier times."""
    source, given = Path(app.srcdir), app.config.audit_base
    root = source.parent
    revision = given if given and not Path(given).is_file() else ""
    committed = change.load(root / BASELINE) if (root / BASELINE).is_file() else None
    estimated = any(one.hours for one in catalogue.values())
    measured = edition(app.config).plan.hours_per_week <= 0 and any(one.hours and one.required
                                                                    for one in catalogue.values())
    return Past(
        audit=committed, base_name=given, base=baseline(app) if given else None,
        lines=lines(source, revision) if revision else {},
        reviews=dict(_reviews(root, source, rows)),
        until=last_day(source) if estimated else "", ticks=ticks(source) if measured else None,
        points=history.load(root))


def lines(source: Path, revision: str, *paths: str) -> Mapping[str, tuple[int, int]]:
    """Return the lines that documents gained and lost since a revision; files that git does not know are all gain."""
    given = paths or ("posts",)
    found: dict[str, tuple[int, int]] = {}
    for one in git(source, "diff", "-z", "--numstat", "--no-renames", "--relative", commit(source, revision), "--",
                   *given):
        added, removed, path = one.split("\t", 2)
        if path.endswith(".md") and added != "-":
            found[path.removesuffix(".md")] = int(added), int(removed)
    for path in git(source, "ls-files", "-z", "--others", "--exclude-standard", "--", *given):
        if path.endswith(".md"):
            found[path.removesuffix(".md")] = read_text(source / path).count("\n"), 0
    return found


def _reviews(root: Path, source: Path, rows: Iterable[Row]) -> Iterator[tuple[str, Reviewed]]:
    """Yield, for each post that changed since its review, what it was then; nothing where nobody knows the commit."""
    known: dict[str, Baseline | None] = {}
    for row in rows:
        then, name = row.review.commit, row.record.id or row.record.docname
        if row.review.state != "stale" or then in ("", UNCOMMITTED):
            continue
        if then not in known:
            known[then] = at_revision(root, then)
        own = lines(source, then, f"{row.record.docname}.md").get(row.record.docname, (0, 0))
        yield name, Reviewed(then, (known[then] or {}).get(name), own)


def last_day(source: Path) -> str:
    """Return the day of the last commit; empty where there is none."""
    return "".join(git(source, "log", "-1", "--format=%cs")).strip()


def ticks(source: Path) -> tuple[Tick, ...] | None:
    """Return when annotations came to fulfil which items, from the history; None where it is not whole or not there."""
    if git(source, "rev-parse", "--is-shallow-repository") != ["false"]:
        return None
    found = []
    for part in git(source, "-c", "core.quotepath=off", "log", "-p", "-U0", "--no-color", "--no-ext-diff",
                    "--no-renames", "--relative", "--format=%x00%cs", "-G", ":fulfils:", "--", "posts"):
        day, *changed = part.split("\n")
        docname = ""
        for line in changed:
            if named := _FILE.fullmatch(line):
                docname = named[1]
            elif docname and (added := _ADDED.fullmatch(line)):
                found.append(Tick(day.strip(), docname, split_targets(added[1])))
    return tuple(found)
