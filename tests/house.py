"""The contract of the house that import-linter does not have: a basename names one thing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from grimp import ImportGraph
from importlinter.application import output
from importlinter.domain.contract import Contract, ContractCheck

from tools.__main__ import COMMANDS

#: The names of a role that every package may fill: the package itself, and the command line of its folder.
ROLES = frozenset({"__init__", "__main__", "command"})


def doubled(modules: Iterable[str], commands: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """Return the basenames that stand for more than one module, with those modules.

    A command is called what it is about: it may have the name of the one module that does the work.
    """
    called = frozenset(commands)
    by: dict[str, list[str]] = defaultdict(list)
    for module in modules:
        by[module.rpartition(".")[2]].append(module)
    return {name: tuple(sorted(found)) for name, found in sorted(by.items())
            if name not in ROLES and len([module for module in found if module not in called]) > 1}


class OneThing(Contract):
    """No two modules have the same basename; packages are rooms, of which both halves have the same."""

    type_name = "one_thing"

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Look at every module of the graph that is a file."""
        ours = [module for module in graph.modules if module.partition(".")[0] in self.session_options["root_packages"]
                and not graph.find_children(module)]
        found = doubled(ours, {command.module for command in COMMANDS.values()})
        return ContractCheck(kept=not found, metadata={"found": found})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Say which modules share a name."""
        for name, modules in check.metadata["found"].items():
            output.print_error(f"{name}: {', '.join(modules)}", bold=True)
        output.print("Give each the name of what it alone is about.")
