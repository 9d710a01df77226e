r"""The ``{check}`` directive, and what is known of every check of a document: its name, its texts, its last result.

A check computes: it compares values with ``check(name, got, want)``, or it binds the symbols of displayed formulas,
which are then computed as they stand on the page (see :mod:`ext.edition.checks.relations`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.errors import ConfigError
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata

from ext.annotations.directives import own
from ext.annotations.nodes import boxes
from ext.annotations.recording import is_annotation
from ext.build.kept import KeptCollector, kept
from ext.checks.findings import line_of, report
from ext.edition.annotations.targets import split_targets
from ext.edition.checks import results
from ext.edition.checks.lint import Lint
from ext.edition.checks.outcomes import TIMES, Settings
from ext.edition.checks.vacuous import empty
from ext.edition.math.equation import Equation
from ext.edition.math.tex import Macro
from ext.edition.site.errors import EditionError
from ext.math.equations import lookup
from ext.posts.measure import records
from ext.site.settings import edition

_TABLE = "checks"


@dataclass(frozen=True, slots=True)
class Found:
    """A check of a document as it was read: ``of`` are the names it gives, as written."""

    name: str
    code: str
    annotation: str
    around: str
    of: tuple[str, ...]
    line: int | None


@dataclass(frozen=True, slots=True)
class Checks:
    """The checks of a document, and the displayed formulas of its labelled annotations in order."""

    found: tuple[Found, ...]
    displays: Mapping[str, tuple[str, ...]]


class CheckDirective(SphinxDirective):
    """Parse a check; it is shown as code, and run by ``make verify``."""

    has_content = True
    option_spec: ClassVar = {
        "of": directives.unchanged_required,
        "approx": float,
        "equal": float,
        "sharp": float,
        "first": directives.nonnegative_int,
        "times": directives.positive_int,
    }

    def run(self) -> list[nodes.Node]:
        """Return the code, with what it is to be run on."""
        code = "\n".join(self.content)
        node = nodes.literal_block(code, code, language="python", classes=["check"])
        settings = {name: value for name, value in self.options.items() if name != "of"}
        node["check"] = {"of": split_targets(self.options.get("of", "")), **settings}
        self.set_source_info(node)
        return [node]


def check_nodes(doctree: nodes.document) -> Iterator[tuple[str, nodes.Element]]:
    """Yield every check of a document with its name: the annotation around it, and which of its checks it is."""
    counts: dict[str, int] = {}
    for node in doctree.findall(lambda node: isinstance(node, (nodes.literal_block, nodes.comment))):
        assert isinstance(node, nodes.Element)  # hidden blocks of doctest are comments
        if "check" not in node and node.get("testnodetype") != "testcode":
            continue
        around = enclosing(node)
        anchor = around["ids"][0] if around is not None and around["ids"] else "page"
        counts[anchor] = counts.get(anchor, 0) + 1
        yield f"{anchor}.{counts[anchor]}", node


def enclosing(node: nodes.Node) -> nodes.Element | None:
    """Return the nearest annotation around a node."""
    current = node.parent
    while current is not None and not is_annotation(current):
        current = current.parent
    return current


def settings_of(node: nodes.Element) -> Settings:
    """Return how a check is to be computed."""
    given = node.get("check", {})
    return Settings(given.get("times", TIMES), given.get("first", 1), given.get("approx"),
                    given.get("equal", Settings().equal), given.get("sharp"))


def code_of(node: nodes.Element) -> str:
    """Return the code of a check."""
    return str(node.get("test") or node.astext())


def formulas(env: BuildEnvironment, docname: str, of: tuple[str, ...]) -> dict[str, str | None]:
    """Return the TeX of the formulas that a check names; None for a name of nothing.

    A name is that of an equation, in this document or as ``slug#name``, or ``LABEL.n``: the n-th displayed formula
    in the annotation with that label.
    """
    displays = _of(env, docname).displays
    found: dict[str, str | None] = {}
    for name in of:
        label, _, number = name.rpartition(".")
        if number.isdecimal() and label in displays:
            inside = displays[label]
            found[name] = inside[int(number) - 1] if 0 < int(number) <= len(inside) else None
            continue
        known = lookup(env, docname, name)
        found[name] = known[1].tex if known else None
    return found


def originals_of(env: BuildEnvironment, docname: str, of: tuple[str, ...]) -> frozenset[str]:
    """Return which of the names are of equations in the original of a mirrored post: what nobody here wrote."""
    found = {name: known for name in of if (known := lookup(env, docname, name))}
    return frozenset(name for name, (where, equation) in found.items() if equation.origin == "original"
                     and where in (posts := records(env)) and posts[where].id and posts[where].origin != "local")


def checks_of(env: BuildEnvironment, docname: str) -> tuple[results.Check, ...]:
    """Return the checks of a document as they stand now; all documents have been read."""
    return tuple(
        results.Check(one.name, one.code, one.annotation, one.around,
                      {name: results.formula_digest(tex) if tex is not None else ""
                       for name, tex in formulas(env, docname, one.of).items()}, one.line)
        for one in _of(env, docname).found)


def checked_documents(env: BuildEnvironment) -> tuple[str, ...]:
    """Return the documents that have checks."""
    return tuple(sorted(kept(env, _TABLE)))


def _of(env: BuildEnvironment, docname: str) -> Checks:
    return kept(env, _TABLE).get(docname, Checks((), {}))


class CheckCollector(KeptCollector):
    """Keep the checks of each document."""

    table = _TABLE

    def process_doc(self, app: Sphinx, doctree: nodes.document) -> None:
        """Record the checks of the document that was just read, and report those that compare nothing."""
        env, docname = app.env, app.env.current_document.docname
        found = []
        for name, node in check_nodes(doctree):
            around = enclosing(node)
            code = code_of(node)
            for line, reason in empty(code):
                report(env, docname, Lint.CHECK_EMPTY, f"this check proves nothing: {reason} (its line {line})", node)
            found.append(Found(
                name, results.digest(f"{sorted(node.get('check', {}).items())}\n{code}"),
                around["ids"][0] if around is not None and around["ids"] else "",
                results.digest(around.astext()) if around is not None else "",
                tuple(node.get("check", {}).get("of", ())), line_of(node)))
        displays = {
            node["label"]: tuple(one.astext() for one in own(node, nodes.math_block))
            for node in boxes(doctree) if node["label"]} if found else {}
        if found:
            kept(env, _TABLE)[docname] = Checks(tuple(found), displays)


def questioned(env: BuildEnvironment, ran: results.Results) -> Mapping[str, Mapping[str, tuple[Equation, str]]]:
    """Return, by document and anchor, the equations of originals that do not hold as displayed, and what is said."""
    found: dict[str, dict[str, tuple[Equation, str]]] = {}
    for docname in checked_documents(env):
        for check in checks_of(env, docname):
            for name, said in results.questions(check, ran.get(docname, {}).get(check.name)).items():
                if (known := lookup(env, docname, name)) is not None:
                    where, equation = known
                    found.setdefault(where, {})[equation.anchor] = equation, said
    return found


def tell(app: Sphinx, env: BuildEnvironment) -> None:
    """Report what the last run of the checks found that is no failure, where it is still of this very text."""
    try:
        ran = results.load(Path(app.srcdir))
    except EditionError as error:
        raise ConfigError(str(error)) from error
    for docname, asked in questioned(env, ran).items():
        for equation, said in asked.values():
            report(env, docname, Lint.FORMULA_QUESTIONED, f"as displayed, {said}", equation.line)
    for docname in checked_documents(env):
        for check in checks_of(env, docname):
            for said in results.blind(check, ran.get(docname, {}).get(check.name)):
                report(env, docname, Lint.CHECK_BLIND, f"this check may be blind: {said}", check.line)


def macros(config: Config) -> Mapping[str, Macro]:
    """Return the macros of the edition, as the formulas on its pages use them."""
    return {f"\\{name}": Macro(f"\\{name}", max((int(n) for n in re.findall(r"#(\d)", body)), default=0), body)
            for name, body in edition(config).math.macros.items()}


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the directive and what is kept of each check."""
    for extension in ("ext.checks.findings", "ext.math.equations", "ext.annotations.annotating"):
        app.setup_extension(extension)
    app.add_directive("check", CheckDirective)
    app.add_env_collector(CheckCollector)
    app.connect("env-updated", tell)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
