"""On what a benchmark ran: the machine, the versions, the state of the project."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

PACKAGES = ("sphinx", "docutils", "myst-parser", "sphinx-book-theme", "pydata-sphinx-theme", "sphinx-design",
            "sphinx-proof", "sphinxcontrib-bibtex", "math-core", "pagefind", "markdownify", "html2text")
PEERS = ("mkdocs", "mkdocs-material", "zensical", "hugo")


@dataclass(frozen=True, slots=True)
class Machine:
    """Where it ran; ``load`` is the load average of the minute before, which should be near nothing."""

    cpu: str
    cores: int
    memory_gb: float
    system: str
    load: float


def machine() -> Machine:
    """Describe this machine."""
    return Machine(_cpu(), os.cpu_count() or 1, round(psutil.virtual_memory().total / 1e9, 1),
                   f"{platform.system()} {platform.machine()}", round(os.getloadavg()[0], 2))


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    found = re.search(r"^model name\s*:\s*(.+)$", info.read_text("utf-8"), re.M) if info.is_file() else None
    return found[1].strip() if found else platform.processor() or platform.machine()


def versions(peer_python: str | None) -> dict[str, str]:
    """Return Python's version and those of what is compared; what is not installed is left out."""
    found = {"python": platform.python_version(), **_installed(PACKAGES)}
    if pandoc := shutil.which("pandoc"):
        done = subprocess.run([pandoc, "--version"], capture_output=True, text=True, check=True)
        found["pandoc"] = done.stdout.split()[1]
    if peer_python is not None:
        code = ("import json, sys; from importlib.metadata import distributions as d\n"
                "print(json.dumps({x.name: x.version for x in d() if x.name in sys.argv[1:]}))")
        done = subprocess.run([peer_python, "-c", code, *PEERS], capture_output=True, text=True, check=True)
        found |= json.loads(done.stdout)
    return found


def _installed(names: Sequence[str]) -> dict[str, str]:
    found = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def commit(repo: Path) -> str:
    """Return the commit that is measured, with a mark when files differ from it; empty outside a repository."""
    done = subprocess.run(["git", "-C", str(repo), "describe", "--always", "--dirty", "--abbrev=10", "--exclude", "*"],
                          capture_output=True, text=True, check=False)
    return done.stdout.strip()
