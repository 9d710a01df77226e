"""The builder ``mutate``: plant errors in the displayed formulas that checks computed, and see them noticed or not.

It runs the checks as ``verify`` does, and adds to the results how many mutants of each formula were noticed; the audit
shows the score. What survived is printed with the formula and the mutant: the instance is weak, or the bound not sharp.
With ``-D mutate_plant=N`` it plants N turned signs at random in all displayed formulas instead, those that no check
names among them, and records nothing.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Set
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

from ext.checks.checking import check_nodes, code_of, formulas, macros, settings_of
from ext.checks.verify import VerifyBuilder
from ext.edition.checks.mutants import turned_signs
from ext.edition.checks.outcomes import Fate, Relation, Result, Run, Score, State
from ext.edition.checks.results import formula_digest

if TYPE_CHECKING:
    from ext.edition.checks.mutation import Bench


class MutateBuilder(VerifyBuilder):
    """Run the checks on every mutant of what they compute."""

    name = "mutate"
    epilog = "What survived is in %(outdir)s/output.txt."

    def write_documents(self, docnames: Set[str]) -> None:
        """Run everything, and sum up by relation; or plant at random."""
        if self.config.mutate_plant:
            self._plant(sorted(name for name in docnames if name.startswith("posts/")))
            return
        self._fates: Counter[tuple[Relation, Fate]] = Counter()
        super().write_documents(docnames)
        for relation in Relation:
            counts = {fate: self._fates[relation, fate] for fate in Fate}
            noticed = counts[Fate.CAUGHT] + counts[Fate.MISFIT]
            if planted := noticed + counts[Fate.SURVIVED]:
                self._out(f"{relation}  {noticed} of {planted} planted errors noticed "
                          f"({100 * noticed / planted:.1f} %); {counts[Fate.EQUIVALENT]} mutants say the same as "
                          "their formula and are not counted\n")

    def mutants(self, docname: str, name: str, node: nodes.Element, done: Run) -> dict[str, list[int]]:
        """Return how many mutants of each formula were noticed, of how many."""
        held = {of for of, outcome in done.formulas.items() if outcome.state is State.HELD}
        if done.result is not Result.PASSED or not held:
            return {}
        bench = self._bench(docname, node)
        known = formulas(self.env, docname, tuple(node["check"]["of"]))
        found = {of: bench.score(tex) for of, tex in known.items() if of in held and tex is not None}
        for of, one in found.items():
            self._say(docname, of, one)
        return {of: [one.noticed, one.total] for of, one in found.items()}

    def _bench(self, docname: str, node: nodes.Element) -> Bench:
        from ext.edition.checks.mutation import Bench  # only who computes needs NumPy

        return Bench.of(code_of(node), settings_of(node), macros(self.config),
                        self.get_filename_for_node(node, docname))

    def _say(self, docname: str, of: str, one: Score) -> None:
        self._fates.update((verdict.relation, verdict.fate) for verdict in one.verdicts)
        self._out(f"{docname}#{of}: {one.count(Fate.CAUGHT)} caught, {one.count(Fate.MISFIT)} do not fit, "
                  f"{len(one.survived)} survived, {one.count(Fate.EQUIVALENT)} equivalent\n")
        for verdict in one.verdicts:
            if verdict.fate in {Fate.SURVIVED, Fate.EQUIVALENT}:
                self._out(f"  {verdict.fate} ({verdict.mutant.slip}): {' '.join(verdict.mutant.tex.split())}\n")

    def _plant(self, docnames: list[str]) -> None:
        """Turn signs at random, one at a time, and see whether any check of an edition notices."""
        benches: dict[str, list[Bench]] = {}
        displays: list[tuple[str, str]] = []
        for docname in docnames:
            doctree = self.env.get_doctree(docname)
            displays += [(docname, node.astext()) for node in doctree.findall(nodes.math_block)]
            for of, bench in self._passing(docname, doctree):
                benches.setdefault(of, []).append(bench)
        signed = [(docname, tex) for docname, tex in displays if turned_signs(tex)]
        rng = random.Random(self.config.mutate_seed)  # noqa: S311 - a sample, not a secret
        fates: Counter[str] = Counter()
        for _ in range(self.config.mutate_plant if signed else 0):
            docname, tex = rng.choice(signed)
            wrong = rng.choice(turned_signs(tex))
            named = benches.get(formula_digest(tex), [])
            fate = "in a formula that no check computes" if not named else "noticed" if any(
                bench.state(wrong) is not State.HELD for bench in named) else "computed, and not noticed"
            fates[fate] += 1
            self._out(f"{docname}: {fate}: {' '.join(wrong.split())}\n")
        planted = fates.total()
        for fate, count in fates.most_common():
            self._out(f"{count} of {planted} turned signs {fate} ({100 * count / planted:.1f} %)\n")
        self._out(f"drawn with seed {self.config.mutate_seed} from the {len(signed)} of {len(displays)} displayed "
                  "formulas that have a sign\n")

    def _passing(self, docname: str, doctree: nodes.document) -> Iterator[tuple[str, Bench]]:
        """Yield the digest of every formula that a passing check holds, with the instances of that check."""
        self.begin(docname)
        for _, node in check_nodes(doctree):
            if "check" not in node or not node["check"]["of"]:
                continue
            done = self.run_check(docname, node)
            if done.result is not Result.PASSED:
                continue
            bench = self._bench(docname, node)
            for tex in formulas(self.env, docname, tuple(node["check"]["of"])).values():
                if tex is not None:
                    yield formula_digest(tex), bench


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the builder."""
    app.setup_extension("ext.checks.verify")
    app.add_config_value("mutate_plant", 0, "", types=frozenset({int}))
    app.add_config_value("mutate_seed", 0, "", types=frozenset({int}))
    app.add_builder(MutateBuilder)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
