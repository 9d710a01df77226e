"""The builder ``mutate``: plant one error at a time in the displayed formulas that checks computed, and see it noticed.

It runs the checks as ``verify`` does, and adds to the results how many mutants of each formula were noticed; the audit
shows the score. What survived is printed with the formula and the mutant: it is equivalent, or the instance is weak.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Set

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

from ext.checks.checking import code_of, formulas, macros, settings_of
from ext.checks.verify import VerifyBuilder
from ext.edition.checks.outcomes import Relation, Result, Run, Score, State


class MutateBuilder(VerifyBuilder):
    """Run the checks on every mutant of what they compute."""

    name = "mutate"
    epilog = "What survived is in %(outdir)s/output.txt."

    def write_documents(self, docnames: Set[str]) -> None:
        """Run everything, and sum up by relation."""
        self._noticed: Counter[Relation] = Counter()
        self._planted: Counter[Relation] = Counter()
        super().write_documents(docnames)
        for relation in Relation:
            if planted := self._planted[relation]:
                noticed = self._noticed[relation]
                self._out(f"{relation}  {noticed} of {planted} planted errors noticed ({100 * noticed // planted} %)\n")

    def mutants(self, docname: str, name: str, node: nodes.Element, done: Run) -> dict[str, list[int]]:
        """Return how many mutants of each formula were noticed, of how many."""
        held = {of for of, outcome in done.formulas.items() if outcome.state is State.HELD}
        if done.result is not Result.PASSED or not held:
            return {}
        from ext.edition.checks.mutation import score  # as in verify

        known = formulas(self.env, docname, tuple(node["check"]["of"]))
        found = score(code_of(node), {of: tex for of, tex in known.items() if of in held and tex is not None},
                      settings_of(node), macros(self.config), self.get_filename_for_node(node, docname))
        for of, one in found.items():
            self._say(docname, of, one)
        return {of: [one.total - len(one.survived), one.total] for of, one in found.items()}

    def _say(self, docname: str, of: str, one: Score) -> None:
        self._noticed[one.relation] += one.total - len(one.survived)
        self._planted[one.relation] += one.total
        self._out(f"{docname}#{of}: {one.caught} caught, {one.misfit} do not fit, {len(one.survived)} survived\n")
        for mutant in one.survived:
            self._out(f"  survived ({mutant.slip}): {' '.join(mutant.tex.split())}\n")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the builder."""
    app.setup_extension("ext.checks.verify")
    app.add_builder(MutateBuilder)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
