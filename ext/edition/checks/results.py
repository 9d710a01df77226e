r"""What became of each check when it was last run, kept in ``checks.json`` beside the posts and committed.

A result counts for the very text it was computed on: it carries digests of the check's code, of the annotation around
it and of every formula it names. One whose text has changed since is *stale*, and nothing that is stale, failed or
missing is ever counted as checked.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from ext.edition.math.tex import normalise
from ext.edition.site.errors import EditionError
from ext.edition.site.files import read_text, write_atomic

FILE = "checks.json"
_ALWAYS = frozenset({"code", "around", "result", "date", "seconds"})
_SCHEMA = 1

QUESTION = "question"
"""The state of a formula of an original that was computed as displayed and does not hold."""
Standing = Literal["passed", "question", "failed", "error", "not run", "stale", "unknown"]
"""What is known of a check now: its last result, ``stale`` if its text changed since, ``unknown`` if it never ran."""


@dataclass(frozen=True, slots=True)
class Check:
    """A check as it stands in a document: its name there, and the digests of its texts.

    ``formulas`` maps the names that it gives to digests of the formulas, or to nothing where there is none.
    ``annotation`` is the anchor of the annotation around it, empty outside of one.
    """

    name: str
    code: str
    annotation: str
    around: str
    formulas: Mapping[str, str] = field(default_factory=dict)
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """The result of a check: of which texts, what, and when it first came out like this (ISO date).

    ``states`` says of every formula what became of it, ``slack`` the least slack of its inequalities where it has any;
    ``seconds`` is wall time.
    """

    code: str
    around: str
    result: str
    date: str
    seconds: float
    formulas: Mapping[str, str] = field(default_factory=dict)
    states: Mapping[str, str] = field(default_factory=dict)
    slack: Mapping[str, float] = field(default_factory=dict)
    message: str = ""
    mutants: Mapping[str, list[int]] = field(default_factory=dict)
    """Of each formula, how many planted errors were noticed, and of how many; see ``ext.edition.checks.mutation``."""
    questions: Mapping[str, str] = field(default_factory=dict)
    """Of formulas of an original that do not hold as displayed: both values and the instance."""
    blind: tuple[str, ...] = ()
    """What the check was seen not to notice when it was new; see ``ext.edition.checks.blindness``."""

    def says(self) -> tuple[object, ...]:
        """Return what a second run must find again."""
        return self.code, self.around, self.result, dict(self.formulas), dict(self.states)


Results = Mapping[str, Mapping[str, Recorded]]
"""By document, by the name of the check there."""


def digest(text: str) -> str:
    """Return a digest of a text of ours; white space at its ends says nothing."""
    return hashlib.sha256(text.strip().encode()).hexdigest()[:16]


def formula_digest(tex: str) -> str:
    """Return a digest of what a formula says."""
    return hashlib.sha256("\x1f".join(normalise(tex)).encode()).hexdigest()[:16]


def standing(check: Check, recorded: Recorded | None) -> Standing:
    """Return what is known of a check now."""
    if recorded is None:
        return "unknown"
    if (recorded.code, recorded.around, dict(recorded.formulas)) != (check.code, check.around, dict(check.formulas)):
        return "stale"
    return recorded.result if recorded.result in {"passed", "question", "failed", "error"} else "not run"  # type: ignore[return-value]


def held(check: Check, recorded: Recorded | None) -> Mapping[str, str]:
    """Return the digests of the formulas that were computed as they stand, and held, by the names the check gives."""
    if recorded is None or standing(check, recorded) != "passed":
        return {}
    return {name: check.formulas[name] for name, state in recorded.states.items()
            if state == "held" and name in check.formulas}


def questions(check: Check, recorded: Recorded | None) -> Mapping[str, str]:
    """Return what is asked about formulas of an original, as they stand, by the names the check gives."""
    if recorded is None or standing(check, recorded) in {"stale", "unknown"}:
        return {}
    return {name: said for name, said in recorded.questions.items() if name in check.formulas}


def blind(check: Check, recorded: Recorded | None) -> tuple[str, ...]:
    """Return what a check was seen not to notice, if it is still the same."""
    return () if recorded is None or standing(check, recorded) in {"stale", "unknown"} else recorded.blind


def load(source: Path) -> dict[str, dict[str, Recorded]]:
    """Return the recorded results of an edition, none without a file.

    Raises EditionError for a file that is no such record: it must be made again.
    """
    path = source / FILE
    if not path.is_file():
        return {}
    try:
        data: Any = json.loads(read_text(path))
        if data["schema"] != _SCHEMA:
            raise ValueError(f"schema {data['schema']}")
        return {docname: {name: Recorded(**{**one, "blind": tuple(one.get("blind", ()))})
                          for name, one in checks.items()}
                for docname, checks in data["documents"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise EditionError(f"the results of checks cannot be read: {error}", where=path,
                           remedy="delete the file and run: make verify") from error


def save(source: Path, results: Results) -> bool:
    """Write the results, a line a check so that branches merge; return whether anything changed."""
    path = source / FILE
    documents = ",\n".join(
        f"  {json.dumps(docname)}: {{\n" + ",\n".join(
            f"    {json.dumps(name)}: {json.dumps(_plain(one), ensure_ascii=False, sort_keys=True)}"
            for name, one in sorted(checks.items())) + "\n  }"
        for docname, checks in sorted(results.items()) if checks)
    text = f'{{\n "schema": {_SCHEMA},\n "documents": {{\n{documents}\n }}\n}}\n'
    if path.is_file() and read_text(path) == text:
        return False
    write_atomic(path, text)
    return True


def _plain(one: Recorded) -> dict[str, Any]:
    return {key: value for key, value in asdict(one).items() if value not in ({}, "", ()) or key in _ALWAYS}


def renewed(before: Recorded | None, now: Recorded) -> Recorded:
    """Return the record to keep: the one before where the new run says the same."""
    if before is None or before.says() != now.says():
        return now
    return replace(before, mutants=now.mutants or before.mutants)
