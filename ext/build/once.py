"""Compute once a build what many pages ask for, and hold it as long as the build."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TypeVar

from sphinx.application import Sphinx

T = TypeVar("T")

#: The one attribute that the edition hangs on an application, which lives exactly as long as one build.
_HELD = "zhushu_once"


def once(compute: Callable[[Sphinx], T]) -> Callable[[Sphinx], T]:
    """Let *compute* run when it is first asked in a build, and answer the same ever after.

    What is computed of all documents must be asked for only when all were read.
    """
    name = f"{compute.__module__}.{compute.__qualname__}"

    @functools.wraps(compute)
    def asked(app: Sphinx) -> T:
        held: dict[str, T] = app.__dict__.setdefault(_HELD, {})
        if name not in held:
            held[name] = compute(app)
        return held[name]

    return asked
