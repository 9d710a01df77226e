"""Load what another package loads for a rare case when that case comes, and not before."""

from __future__ import annotations

import sys
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any


class _Waiting(ModuleType):
    """A module that is executed when it is asked for something that it does not have yet.

    :class:`importlib.util.LazyLoader` does so at any question, that of the statement ``import`` among them.
    """

    def __getattr__(self, name: str) -> Any:
        self.__class__ = ModuleType  # type: ignore[assignment]
        spec = self.__spec__
        assert spec is not None and spec.loader is not None
        spec.loader.exec_module(self)
        return getattr(self, name)


def on_demand(*names: str) -> None:
    """Let packages be loaded when something of them is first asked for; those that are there, or nowhere, stay so."""
    for name in names:
        spec = None if name in sys.modules else find_spec(name)
        if spec is not None:
            module = module_from_spec(spec)
            module.__class__ = _Waiting
            sys.modules[name] = module
