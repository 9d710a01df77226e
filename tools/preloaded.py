"""Load what every build needs, without building: Sphinx, and the extensions of ``conf.py`` with their parts.

Demonstration, live server and tests fork their commands and builds from a process that has imported this.
"""

from __future__ import annotations

import gc
from importlib import import_module

import sphinx.builders.html
import sphinx.cmd.build  # noqa: F401

import conf

for _name in conf.extensions:
    for _part in getattr(import_module(_name), "PARTS", ()):
        import_module(f"{_name}.{_part}")
gc.freeze()  # a fork that looks for garbage would copy all of it
