"""The audit page: parts of the one summary, set where their directives stand."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.osutil import relative_uri

from ext.audit import errata_page, listing, texts
from ext.audit.state import rows, summary
from ext.audit.texts import FOLDER, look
from ext.build.views import showing, shows
from ext.edition.audit import history
from ext.edition.audit.columns import table
from ext.edition.audit.outputs import reports
from ext.edition.audit.outputs.audit_json import to_json
from ext.edition.audit.shares import percent
from ext.edition.audit.summary import Summary
from ext.edition.audit.work import ORDERS, STEPS, Task, queue

VIEW = "audit"
#: The parts of the page that ``{audit}`` can show; each has a template of its name.
PARTS = tuple(sorted(path.stem for path in FOLDER.glob("*.html") if path.stem not in ("macros", "list", "retired")))
#: Parts of older pages that are filters of the list of posts now: they are links to it.
RETIRED = ("short", "exemplary", "no_formulas", "no_blocks")
#: Posts of each group of the queue that the page words out, in each order; the list of all posts has the rest.
PER_GROUP = 5
#: Changed posts and new derivations that the page lists.
LISTED = 40
#: The criteria that a batch can set a target for.
_TARGETS = ("coverage", "sections", "formulas", "size")


class audit_part(nodes.General, nodes.Element):
    """A part of the audit, set when the page is written."""


class AuditDirective(SphinxDirective):
    """``{audit} PART`` shows one part of the audit where it stands."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Leave a place for the part; the numbers are known when all documents have been read."""
        part = self.arguments[0]
        if part not in (*PARTS, *RETIRED):
            raise self.error(f"there is no part {part!r} of the audit; choose from {', '.join(PARTS)}")
        shows(self.env, VIEW)
        return [audit_part("", part=part)]


def targets(whole: Summary, batch: str) -> Iterator[tuple[str, float, float]]:
    """Yield what the posts of a batch are to reach: criterion, smallest and largest threshold among them."""
    asked: dict[str, list[float]] = {}
    for row in whole.rows:
        if batch in row.batches:
            for result in row.results:
                if result.threshold is not None:
                    asked.setdefault(result.criterion, []).append(result.threshold)
    for name in _TARGETS:
        if name in asked:
            yield name, min(asked[name]), max(asked[name])


def share_text(share: float) -> str:
    """Return a share of a trend in percent."""
    return percent(share * 1000, 1000)


def titles(whole: Summary) -> Mapping[str, tuple[str, str]]:
    """Return title and document of every known post by its id; the document is empty for one that is not built."""
    waiting = {entry.id: (entry.title, "") for entry in whole.unbuilt}
    return waiting | {row.record.id or row.record.docname: (row.record.title, row.record.docname) for row in whole.rows}


def digests(app: Sphinx) -> dict[str, str]:
    """Return, for the pages that show the audit, a digest of the summary and of the templates."""
    pages = showing(app.env, VIEW)
    if not pages:
        return {}
    state = hashlib.sha256(to_json(summary(app)) + look().encode() + repr(errata_page.counts(app)).encode())
    return dict.fromkeys(pages, state.hexdigest())


@dataclass(frozen=True, slots=True)
class Group:
    """The posts of the queue that wait for one step: how many, and the first ones in any order with all their ranks."""

    step: str
    posts: int
    tasks: tuple[tuple[Task, Mapping[str, int]], ...]


def groups(whole: Summary) -> tuple[Group, ...]:
    """Group the queue by what is to be done first; in every order the first :data:`PER_GROUP` posts are there."""
    found = []
    for step in STEPS:
        own = [task for task in whole.queue if task.step == step]
        if own:
            ranks: dict[str, dict[str, int]] = {}
            for by in ORDERS:
                for place, one in enumerate(queue(own, whole.priorities, by)):
                    ranks.setdefault(one.docname, {})[by] = place
            found.append(Group(step, len(own), tuple(
                (task, ranks[task.docname]) for task in own if min(ranks[task.docname].values()) < PER_GROUP)))
    return tuple(found)


def most(whole: Summary) -> dict[str, float]:
    """Return the largest effort of each kind in the queue, to which the bars are drawn."""
    return {name: max((found for task in whole.queue if (found := getattr(task, name)) is not None), default=0)
            for name in ("equations", "sections", "kb")}


def part_context(app: Sphinx, docname: str) -> dict[str, Any]:
    """Return what the templates of the parts need besides the summary."""
    whole, here = summary(app), app.builder.get_target_uri(docname)
    first = [name for name, column in table().items() if column.shown == "first"]
    return {
        **listing.context(app, whole, listing.in_order(whole)[:listing.FIRST], first),
        "all_columns": table(), "data_file": relative_uri(here, listing.FILE),
        "more_file": relative_uri(here, listing.MORE),
        "rows": rows(app), "titles": titles(whole), "targets": lambda batch: targets(whole, batch),
        "groups": groups(whole), "per_group": PER_GROUP, "orders": list(ORDERS), "most": most(whole),
        "errata": errata_page.counts(app),
        "most_listed": LISTED, "line_text": reports.line_text, "span": reports.span, "polyline": history.polyline,
        "pace_text": functools.partial(reports.pace_text, english=texts.english(app)), "share_text": share_text}


def render(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Set the parts of the audit on the page that is being written; other formats than HTML go without."""
    parts = list(doctree.findall(audit_part))
    if parts and app.builder.format == "html":
        context = part_context(app, docname)
        for node in parts:
            template = "retired" if node["part"] in RETIRED else node["part"]
            html = texts.render(app, template, docname, part=node["part"], **context)
            node.append(nodes.raw("", html, format="html"))
    for node in parts:
        node.replace_self(node.children)


def add_scripts(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Load style, sorting and filtering on the pages that show the audit, and on no other."""
    if pagename in showing(app.env, VIEW):
        app.add_css_file("audit.css", priority=900)
        app.add_js_file("audit.js", loading_method="defer")
