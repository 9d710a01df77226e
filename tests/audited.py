"""The hand-checked edition of ``tests/roots/test-audit``: its copy with the padded posts, and what it must give."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from conftest import REPO, EditionFolder

ROOT = Path(__file__).parent / "roots" / "test-audit"
COUNTS = ("inline", "displayed", "numbered", "characters", "cjk", "sections", "code", "images", "tables", "links")
COVERAGE = ("derived", "explained", "referenced", "beside", "uncovered", "restated")
DEPTH = ("equations", "derived", "checked", "reviewed")
SHARES = ("layers_known", "completed", "met", "reviewed", "fetched", "with_formulas", "with_blocks", "short",
          "long", "exemplary")
BAR = ("criteria", "coverage", "sections", "formulas", "kb", "reviewers", "programs")
IMPORTANCE = ("level", "by", "links", "opens")
DERIVATION = ("key", "kind", "title", "anchor", "line", "target", "check", "reviewer")
PLANNED = ("id", "title", "docname", "batch", "low", "high", "items", "ticked", "left")
QUALITY = ("topic", "posts", "kb", "formulas", "equations", "covered", "added", "met")
RESULT = ("criterion", "verdict", "value", "threshold", "missing", "line")
Json = dict[str, Any]
#: Where an annotation begins, as a text.
_BOXES = re.compile(r"^:+\{prf:|^\{\.annotation", re.M)


def expected() -> Json:
    """Return the hand-written expectation."""
    loaded: Json = json.loads((ROOT / "expected.json").read_text("utf-8"))
    return loaded


def checked_edition(folder: Path) -> EditionFolder:
    """Copy the edition into *folder* with the bundled audit page, and pad the posts whose size is set."""
    shutil.copytree(ROOT, folder)
    shutil.copy(REPO / "source" / "audit.md", folder / "source")
    for row in expected()["rows"]:
        if "pad" in row:
            pad(folder / "source" / f"{row['record']['docname']}.md", row["pad"])
    return EditionFolder(folder)


def pad(path: Path, size: int) -> None:
    """Bring a post to exactly *size* bytes by a comment in its front matter, which nothing counts but its size."""
    text = path.read_bytes()
    comment = size - len(text) - len("#\n")
    assert text.startswith(b"---\n") and comment >= 0
    path.write_bytes(b"---\n#" + b"-" * comment + b"\n" + text[4:])


def of_progress() -> Json:
    """Return the hand-written expectation of change, new work and the plan."""
    loaded: Json = json.loads((ROOT / "progress.json").read_text("utf-8"))
    return loaded


def _progress() -> Json:
    given = of_progress()
    plan = given["plan"]
    return {
        "since": [], "asked": given["asked"], "new": None, "trends": [],
        "plan": plan | {"posts": [named(PLANNED, one) for one in plan["posts"]],
                        "weeks": [named(("monday", "hours", "posts"), one) for one in plan["weeks"]]},
        "quality": [named(QUALITY, one) for one in given["quality"]]}


def document(want: Json) -> Json:
    """Return the ``audit.json`` that the hand-written expectation stands for, in full."""
    whole = {key: want[key] for key in ("version", "title", "kb", "states", "unbuilt", "kinds", "stages", "priorities",
                                    "bands")}
    whole |= {"trusted": [], "base": "", "left_out": [], "accepted": [], "progress": _progress()}
    whole |= {name: named(COUNTS, want[name]) for name in ("total", "original", "added")}
    whole |= {name: named(("count", "of"), want[name]) for name in SHARES}
    whole["$schema"] = "audit.schema.json"
    whole["coverage"] = named(COVERAGE, want["coverage"])
    whole["depth"] = named(DEPTH, want["depth"])
    found = of_progress()
    whole["rows"] = [made | {
        "derivations": [named(DERIVATION, [*one, made["review"]["by"] if made["review"]["times"] else ""])
                         for one in found["derivations"].get(row["record"]["docname"], [])],
        "required": [named(("key", "text", "by"), one) for one in found["required"].get(row["record"]["docname"], [])],
        "hours": found["hours"].get(row["record"]["docname"])} for row in want["rows"] for made in (_row(want, row),)]
    whole["evidence"] = evidence(want["checked"], whole["total"])
    # The essays of this edition say nowhere who wrote what.
    whole["authors"] = _authors(sum(row["authors"]["unsaid"] for row in whole["rows"]))
    whole["tallies"] = [named(("criterion", "passed", "failed", "unknown", "not_applicable"), one)
                        for one in want["tallies"]]
    for name in ("topics", "series"):
        whole[name] = [group | {"coverage": named(COVERAGE, group["coverage"])} for group in want[name]]
    for name in ("sizes", "formula_counts"):
        whole[name] = [named(("lower", "upper", "posts"), bar) for bar in want[name]]
    whole["grid"] = [named(("key", "name", "counts"), one) for one in want["grid"]]
    whole["batches"] = [named(("key", "name", "posts", "done", "missing"), one) for one in want["batches"]]
    rows = {row["record"]["docname"]: row for row in whole["rows"]}
    whole["actions"] = [named(("name", "posts", "items", "unknown", "step", "first", "line"), one)
                        for one in want["actions"]]
    whole["queue"] = [_task(rows[docname], *rest) for docname, *rest in want["queue"]]
    whole["status_claims"] = [named(("docname", "title", "kind", "status", "criteria"), one)
                              for one in want["status_claims"]]
    whole["topic_claims"] = [named(("docname", "topic", "claimed", "cited", "existing"), one)
                             for one in want["topic_claims"]]
    return whole


def named(names: Sequence[str], values: Sequence[Any] | None) -> Json | None:
    """Give the values of a short list their names."""
    return None if values is None else dict(zip(names, values, strict=True))


def evidence(checked: Sequence[int], total: Json | None) -> Json:
    """Return what checks show of a post without any: its derivations and proofs, and its displayed equations."""
    assert total is not None
    return {"derivations": checked[1], "carrying": 0, "passed": checked[0], "failed": 0, "stale": 0, "unknown": 0,
            "equations": total["displayed"], "computed": 0, "questions": 0, "planted": 0, "noticed": 0, "ran": ""}


def _authors(unsaid: int) -> Json:
    return {"person": 0, "assisted": 0, "program": 0, "unsaid": unsaid, "unreviewed": 0}


def _row(want: Json, given: Json) -> Json:
    record = want["record_defaults"] | given["record"]
    record |= {name: named(COUNTS, record[name]) for name in ("original", "added", "total")}
    row = want["row_defaults"] | {key: value for key, value in given.items() if key != "pad"} | {"record": record}
    bar = named(BAR, [*want["bars"][given["bar"]], 1, "all"])
    return {key: value for key, value in row.items() if key != "checked"} | {
        "authors": _authors(len(_BOXES.findall((ROOT / "source" / f"{record['docname']}.md").read_text("utf-8")))),
        "bar": bar, "coverage": named(COVERAGE, row["coverage"]), "depth": named(DEPTH, row["depth"]),
        "doubts": [] if record["origin"] == "local" else None,
        "evidence": evidence(row["checked"], record["total"]),
        "intact": named(("state", "line", "differences"), row["intact"]) | {"stored": "unknown"},
        "review": _review(row["review"], record["docname"]),
        "importance": named(IMPORTANCE, row["importance"]),
        "findings": [named(("line", "subtype"), finding) for finding in row["findings"]],
        "results": [named(RESULT, result) for result in row["results"]]}


def _review(said: Sequence[Any], docname: str) -> Json:
    """Return what reviews of a whole post come to: it has as many parts as annotations, and the text around them."""
    text = (ROOT / "source" / f"{docname}.md").read_text("utf-8")
    parts = 1 + len(re.findall(r"^[ >]*:{3,}\{prf:|^\{[^}\n]*\.annotation", text, re.M))
    done = said[0] == "reviewed"
    return {**dict(zip(("state", "by", "date"), said, strict=True)), "commit": "", "times": int(done), "parts": parts,
            "open": 0 if done else parts, "objections": 0}


def _task(row: Json, step: str, line: int | None, failing: Sequence[str], equations: int | None, sections: int | None,
          lack: float) -> Json:
    results = {result["criterion"]: result for result in row["results"]}
    record = row["record"]
    return {"docname": record["docname"], "title": record["title"], "topic": record["topic"],
            "importance": row["importance"], "step": step, "line": line, "failing": [results[name] for name in failing],
            "equations": equations, "sections": sections, "kb": row["kb"], "lack": lack}


def differences(want: Any, got: Any, where: str = "") -> list[str]:
    """Return every field in which two documents differ; numbers may differ by rounding."""
    if isinstance(want, Mapping) and isinstance(got, Mapping):
        keys = [*want, *(key for key in got if key not in want)]
        missing = [f"{where}.{key}: only in one" for key in keys if (key in want) != (key in got)]
        return missing + [line for key in keys if key in want and key in got
                          for line in differences(want[key], got[key], f"{where}.{key}")]
    if isinstance(want, list) and isinstance(got, list) and len(want) == len(got):
        return [line for at, (one, other) in enumerate(zip(want, got, strict=True))
                for line in differences(one, other, f"{where}[{at}]")]
    if isinstance(want, float | int) and isinstance(got, float | int) and not isinstance(want, bool):
        same = type(got) is not bool and abs(want - got) < 1e-6
    else:
        same = want == got and type(want) is type(got)
    return [] if same else [f"{where}: expected {want!r}, got {got!r}"]
