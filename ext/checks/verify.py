"""Run the checks that annotations carry: ``make verify`` builds with the builder ``verify``.

A check is a ``{check}`` (see :mod:`ext.checks.checking`), or a ``testcode`` block with its ``testoutput``, see
sphinx.ext.doctest. What became of each is written to ``checks.json`` beside the posts, which the audit reads;
``-D verify_only=slug`` runs those of one post. With ``-D verify_frozen=1`` the file is only compared, and one that says
anything else fails the run. Only code that the edition's own people wrote is run, see :mod:`ext.edition.checks.ours`;
what is not run is named with the reason.
"""

from __future__ import annotations

import datetime
import os
import re
from collections.abc import Set
from dataclasses import replace
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ConfigError
from sphinx.ext.doctest import DocTestBuilder

from ext.checks.checking import check_nodes, checks_of, code_of, formulas, macros, originals_of, settings_of
from ext.checks.findings import line_of
from ext.edition.checks import results
from ext.edition.checks.lint import Lint
from ext.edition.checks.ours import Code, Writers
from ext.edition.checks.outcomes import Result, Run, State
from ext.edition.checks.vacuous import empty
from ext.edition.posts import catalogue
from ext.edition.posts.measures import PostRecord
from ext.edition.site.errors import EditionError
from ext.posts.measure import records
from ext.posts.origin import origin_of

#: How doctest names a place whose line it doesn't know; the line is in the name then.
_PLACE = re.compile(r'File "([^"\n]+:\d+)", line \?, in (\S+)')


class VerifyBuilder(DocTestBuilder):
    """Run the checks of every document; any failure makes the exit status 1 and is named with file and line."""

    name = "verify"
    epilog = "What was checked is in %(outdir)s/output.txt."
    def init(self) -> None:
        """Learn which posts are a stranger's."""
        super().init()
        source = Path(self.srcdir)
        try:
            self._writers = Writers(source, catalogue.load(source))
        except EditionError as error:
            raise ConfigError(str(error)) from error
        self._record: PostRecord | None = None

    def write_documents(self, docnames: Set[str]) -> None:
        """Run the checks of every document, then keep or compare what became of them."""
        self._results: dict[str, dict[str, results.Recorded]] = {}
        source = Path(self.srcdir)
        self._before = before = results.load(source)
        only = {f"posts/{slug}" for slug in self.config.verify_only.replace(",", " ").split()}
        if unknown := only - set(docnames):
            raise ConfigError(f"verify_only names no post: {', '.join(sorted(unknown))}")
        super().write_documents(only or docnames)
        if only:
            before = {docname: found for docname, found in before.items() if docname in docnames}
            self._results = {**{name: dict(found) for name, found in before.items() if name not in only},
                             **self._results}
        if self.config.verify_frozen:
            self._compare(before)
            return
        kept = {docname: {name: results.renewed(before.get(docname, {}).get(name), one) for name, one in found.items()}
                for docname, found in self._results.items()}
        if results.save(source, kept):
            self._out(f"\nThe results are in {os.path.relpath(source / results.FILE)}: commit it with the posts.\n")

    def _compare(self, before: results.Results) -> None:
        """Fail for every result on file that this run does not find, and for every one that is missing there."""
        places = sorted({(docname, name) for found in (before, self._results) for docname in found
                         for name in found[docname]})
        for docname, name in places:
            was, now = before.get(docname, {}).get(name), self._results.get(docname, {}).get(name)
            if was is None or now is None or was.says() != now.says():
                self.total_failures += 1
                said = "nothing" if was is None else was.result
                self._warn_out(f"{results.FILE}: {docname}, check {name}: the file says {said}, this run "
                               f"{'has no such check' if now is None else now.result}; run make verify and commit it\n")

    def begin(self, docname: str) -> None:
        """Learn whose words a document has, before anything of it is run."""
        self._record = records(self.env)[docname]
        self._failing: dict[str, str] = {}

    def test_doc(self, docname: str, doctree: nodes.Node) -> bool:
        """Run the checks of one document, and record what became of each."""
        self.begin(docname)
        good = super().test_doc(docname, doctree)
        assert isinstance(doctree, nodes.document)
        known = {check.name: check for check in checks_of(self.env, docname)}
        for name, node in check_nodes(doctree):
            done = self.run_check(docname, node) if "check" in node else self._tested(docname, node)
            good = good and done.result in {Result.PASSED, Result.QUESTION, Result.NOT_RUN}
            check = known[name]
            one = results.Recorded(
                check.code, check.around, str(done.result), datetime.date.today().isoformat(), round(done.seconds, 1),
                check.formulas, {of: results.QUESTION if of in done.questions else str(outcome.state)
                                 for of, outcome in done.formulas.items()},
                {of: round(slack, 4) for of, outcome in done.formulas.items() if (slack := outcome.slack) is not None},
                done.message, self.mutants(docname, name, node, done), done.questions)
            was = self._before.get(docname, {}).get(name)
            if not self.config.verify_frozen and "check" in node and (was is None or was.says() != one.says()):
                one = replace(one, blind=self._blind(docname, node, done))
            self._results.setdefault(docname, {})[name] = one
        return good

    def _blind(self, docname: str, node: nodes.Element, done: Run) -> tuple[str, ...]:
        """Return what a check that is new or changed does not notice, and say it with its least slack."""
        if done.result is not Result.PASSED:
            return ()
        from ext.edition.checks.blindness import blind  # as in _run

        place = self.get_filename_for_node(node, docname)
        held = {of: tex for of, tex in formulas(self.env, docname, tuple(node["check"]["of"])).items()
                if tex is not None and of in done.formulas and done.formulas[of].state is State.HELD}
        found = blind(code_of(node), held, done.formulas, done.comparisons, settings_of(node), macros(self.config),
                      place)
        for of, outcome in done.formulas.items():
            if outcome.slack is not None:
                self._out(f"{place}: the least slack of {of} is {outcome.slack:.2g} of its larger side\n")
        for said in found:
            self._out(f"{place}: this check may be blind: {said}; {Lint.CHECK_BLIND.remedy}\n")
        return found

    def mutants(self, docname: str, name: str, node: nodes.Element, done: Run) -> dict[str, list[int]]:
        """Return how many planted errors each formula was tested with; verifying plants none."""
        return {}

    def run_check(self, docname: str, node: nodes.Element) -> Run:
        """Run a check that binds formulas or compares by itself, and say what fails."""
        if self.skipped(node):
            return Run(Result.NOT_RUN)
        place = self.get_filename_for_node(node, docname)
        self.total_tries += 1
        done = self._computed(docname, node, place)
        for of, said in done.questions.items():
            self._out(f"{place}: a question, no failure: as the original displays {of}, {said}; "
                      f"{Lint.FORMULA_QUESTIONED.remedy}\n")
        if done.result not in {Result.PASSED, Result.QUESTION}:
            self.total_failures += 1
            self._warn_out(f"{place}: this check fails: {done.message}\n")
        return done

    def _computed(self, docname: str, node: nodes.Element, place: str) -> Run:
        """Return what a check comes to; one that proves nothing fails, and so does every one without NumPy."""
        for line, reason in empty(code_of(node)):
            return Run(Result.FAILED, message=f"it proves nothing: {reason} (its line {line}); "
                                              f"{Lint.CHECK_EMPTY.remedy}")
        try:
            from ext.edition.checks.bound import run  # only who computes needs NumPy, every build reads this module
        except ImportError as error:
            return Run(Result.ERROR, message=f"{error}; install what checks need: pip install -r requirements-dev.txt")
        return run(code_of(node), formulas(self.env, docname, tuple(node["check"]["of"])), settings_of(node),
                   macros=macros(self.config), filename=place,
                   originals=originals_of(self.env, docname, tuple(node["check"]["of"])))

    def _tested(self, docname: str, node: nodes.Element) -> Run:
        """Return what became of a block of doctest."""
        if self._doubt(node) or "skipif" in node:
            return Run(Result.NOT_RUN)
        place = self.get_filename_for_node(node, docname)
        for line, reason in empty(code_of(node)):
            self.total_failures += 1
            message = f"it proves nothing: {reason} (its line {line}); {Lint.CHECK_EMPTY.remedy}"
            self._warn_out(f"{place}: this check fails: {message}\n")
            return Run(Result.FAILED, message=message)
        said = self._failing.get(place)
        return Run(Result.PASSED if said is None else Result.ERROR if "Traceback" in said else Result.FAILED)

    def _doubt(self, node: nodes.Element) -> str:
        """Return why a stranger may have written a block; empty where nobody else can have."""
        assert self._record is not None
        texts = (node.astext(), node.get("test", ""), node.get("skipif") or "")
        code = Code(texts, Path(node.source or ""), origin_of(node) == "added")
        try:
            return self._writers.doubt(self._record.docname, self._record.id, self._record.origin, code) or ""
        except EditionError as error:
            return error.what

    def skipped(self, node: nodes.Element) -> bool:
        """Return whether a block is not run: it may be a stranger's, or says itself that it is to be skipped."""
        if doubt := self._doubt(node):
            self._warn_out(f"{node.source}:{line_of(node)}: not run: {doubt}\n")
            return True
        return super().skipped(node)

    def get_filename_for_node(self, node: nodes.Node, docname: str) -> str:
        """Return file and line of a block, as an editor opens them."""
        path = os.path.relpath(self.env.doc2path(docname))
        return f"{path}:{line_of(node) or 1}"

    @staticmethod
    def get_line_number(node: nodes.Node) -> int | None:
        """Return nothing: Sphinx adds the line to itself; it is part of the name instead."""
        return None

    def _warn_out(self, text: str) -> None:
        self._failing.update(dict.fromkeys((place for place, _ in _PLACE.findall(text)), text))
        super()._warn_out(_PLACE.sub(r"\1: this check fails (group \2)", text))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the builder."""
    for extension in ("sphinx.ext.doctest", "ext.posts.measure", "ext.annotations.annotating", "ext.checks.checking"):
        app.setup_extension(extension)
    app.add_config_value("verify_frozen", False, "", types=frozenset({bool}))
    app.add_config_value("verify_only", "", "", types=frozenset({str}))
    app.add_builder(VerifyBuilder)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
