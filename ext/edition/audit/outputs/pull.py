"""The change of the audit as Markdown, for the summary of a pull request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ext.edition.audit.gate import metrics
from ext.edition.audit.steps import PostChange, Step
from ext.edition.audit.summary import Summary

#: Lines at most: a reviewer reads it on the page of the pull request.
MOST = 59
#: Changed originals and reviews that are listed by name.
LISTED = 12


def to_markdown(whole: Summary, changes: Sequence[PostChange] | None) -> str:
    """Return the edition's shares and the changed posts only, in at most :data:`MOST` lines.

    ``changes`` is None when there is no base to compare with.
    """
    head = ["## Audit", "", "| measure | count | of | share |", "|---|--:|--:|--:|"]
    head += [f"| {name} | {share.count} | {share.of} | {share.percent} |" for name, share in metrics(whole).items()]
    head += _trusted(whole) + _new(whole)
    if changes is None:
        return "\n".join([*head, "", "No base to compare with."]) + "\n"
    if not changes:
        return "\n".join([*head, "", "No post changed."]) + "\n"
    head += ["", "| post | better | worse |", "|---|---|---|"]
    rows = list(_rows(changes))
    room = MOST - len(head)
    if len(rows) > room:
        left = len(rows) - room + 2
        rows = [*rows[:room - 2], "", f"… and {left} more changed posts."]
    return "\n".join([*head, *rows]) + "\n"


def _trusted(whole: Summary) -> list[str]:
    """Return the changes of what the audit trusts, which no comparison of posts shows."""
    if not whole.trusted:
        return []
    shown = [f"- {one.kind}: {plain(one.path)}" for one in whole.trusted[:LISTED]]
    left = len(whole.trusted) - len(shown)
    return ["", f"**Originals and reviews changed: {len(whole.trusted)}. Read them as such.**", "", *shown,
            *([f"- … and {left} more"] if left else [])]


def _new(whole: Summary) -> list[str]:
    """Return the new derivations that lack what is asked of them."""
    new = whole.progress.new or ()
    lacking = [one for one in new if one.lacks]
    if not whole.progress.asked or not new:
        return []
    shown = [f"- {plain(one.title)}, line {one.derivation.line or 1}, {plain(one.derivation.key)}: no "
             f"{', no '.join(one.lacks)}" for one in lacking[:LISTED]]
    left = len(lacking) - len(shown)
    return ["", f"**New derivations: {len(new)}, unfinished: {len(lacking)}.**", "", *shown,
            *([f"- … and {left} more"] if left else [])]


def _rows(changes: Sequence[PostChange]) -> Iterator[str]:
    # What got worse first: the table may be cut.
    for change in sorted(changes, key=lambda one: not one.worse):
        if change.kind == "changed":
            yield f"| {plain(change.title)} | {_steps(change.better)} | {_steps(change.worse)} |"
        else:
            yield f"| {plain(change.title)} | {change.kind} | |"


def _steps(steps: Sequence[Step]) -> str:
    return ", ".join(step_text(step) for step in steps)


def step_text(step: Step) -> str:
    """Return one measure of a post before and after, in words."""
    if (step.before, step.after) in ((0, 1), (1, 0)) and step.name not in ("covered", "added", "blocks", "findings"):
        return f"{step.name} {'✓' if step.after else '✗'}"
    return f"{step.name} {step.before:g} → {step.after:g}"


def plain(title: str) -> str:
    """Return a title that cannot leave its cell or become markup."""
    flat = " ".join(title.split())
    for sign in "\\`*_{}[]<>|#@":
        flat = flat.replace(sign, f"\\{sign}")
    return flat
