"""The findings as SARIF and as annotations of a GitHub workflow."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import msgspec

from ext.edition.audit.rows import Row
from ext.edition.audit.summary import Summary
from ext.edition.checks.lint import Finding, Lint, Severity

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Severity.MISTAKE: "error", Severity.NOTE: "note"}
#: A workflow shows no more than this many annotations of a step.
SHOWN = 50


def to_sarif(whole: Summary, folder: str) -> bytes:
    """Return all findings as SARIF 2.1.0; *folder* is the path of the sources from the top of the repository."""
    results = [{
        "ruleId": str(finding.subtype), "level": _LEVELS[finding.subtype.severity],
        "message": {"text": f"{finding.message}; {finding.subtype.remedy}"},
        "locations": [{"physicalLocation": {
            "artifactLocation": {"uri": quote(_path(folder, row))},
            "region": {"startLine": max(1, finding.line or 1)}}}],
    } for row, finding in _all(whole)]
    rules = [{"id": str(lint), "shortDescription": {"text": lint.value.replace("_", " ")},
              "help": {"text": lint.remedy}, "defaultConfiguration": {"level": _LEVELS[lint.severity]}}
             for lint in Lint]
    document = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [
        {"tool": {"driver": {"name": "zhushu", "rules": rules}}, "results": results}]}
    return msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"


def to_github(whole: Summary, folder: str) -> str:
    """Return workflow commands that mark the findings on the changed lines, mistakes first."""
    lines = []
    for row, finding in sorted(_all(whole), key=lambda pair: pair[1].subtype.severity is not Severity.MISTAKE):
        level = "error" if finding.subtype.severity is Severity.MISTAKE else "notice"
        where = f"file={_escape(_path(folder, row), property=True)},line={finding.line or 1}"
        title = _escape(f"zhushu {finding.subtype}", property=True)
        lines.append(f"::{level} {where},title={title}::{_escape(f'{finding.message}; {finding.subtype.remedy}')}\n")
    return "".join(lines[:SHOWN])


def _all(whole: Summary) -> Iterator[tuple[Row, Finding]]:
    return ((row, finding) for row in whole.rows for finding in row.findings)


def _path(folder: str, row: Row) -> str:
    return f"{folder}/{row.record.docname}.md"


def _escape(text: str, *, property: bool = False) -> str:
    """Escape as the workflow commands ask, so that fetched text cannot end one and begin another."""
    for sign, code in (("%", "%25"), ("\r", "%0D"), ("\n", "%0A")) + (((":", "%3A"), (",", "%2C")) if property else ()):
        text = text.replace(sign, code)
    return text
