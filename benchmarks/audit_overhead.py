"""Measure what the audit costs: user CPU of a full build with it against the same build without it, in pairs.

Usage: python benchmarks/audit_overhead.py [SOURCE] [PAIRS]. Without means without the comparison with the originals,
the audit with its pages, the checks of derivations, and the home page, which shows the audit's numbers. User CPU,
because wall time measures the other work of the machine.
"""

from __future__ import annotations

import importlib
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent
#: What the audit consists of, and what needs it.
AUDIT = ("ext.posts.originals", "ext.audit", "ext.site.home", "ext.checks.verify")


def extensions() -> list[str]:
    """Return the extensions of ``conf.py`` in order, and of each room its parts."""
    names: dict[str, list[str]] = {}
    exec((REPO / "conf.py").read_text("utf-8"), {"__file__": str(REPO / "conf.py")}, names)  # noqa: S102 - our own file
    return [part for name in names["extensions"]
            for part in ([f"{name}.{one}" for one in importlib.import_module(name).PARTS]
                         if name.startswith("ext.") and name not in AUDIT else [name])]


def build(source: Path, without: tuple[str, ...]) -> float:
    """Build an edition from nothing in a process of its own; return its user CPU in seconds."""
    kept = ",".join(name for name in extensions() if name not in without)
    with tempfile.TemporaryDirectory() as out:
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        subprocess.run([sys.executable, "-m", "sphinx", "-c", REPO, "-b", "html", "-Q", "-E", "-d", f"{out}/doctrees",
                        "-D", f"extensions={kept}", source, f"{out}/html"], check=True)
        return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def main() -> int:
    """Print every pair, and the overhead by the medians and by the least of each, which other work disturbs least."""
    source = Path(sys.argv[1]) if len(sys.argv) > 1 else REPO / "source"
    pairs = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    times: list[tuple[float, float]] = []
    for at in range(pairs):
        # In turn first and second: the machine may get faster or slower meanwhile.
        one, other = (AUDIT, ()) if at % 2 == 0 else ((), AUDIT)
        first, second = build(source, one), build(source, other)
        times.append((first, second) if at % 2 == 0 else (second, first))
        print("without {:.2f} s, with {:.2f} s user CPU".format(*times[-1]), flush=True)
    for name, of in (("medians", statistics.median), ("least", min)):
        bare, full = (of(one) for one in zip(*times, strict=True))
        print(f"{name} of {pairs}: {bare:.2f} s and {full:.2f} s, {100 * (full / bare - 1):+.1f} %")
    return 0


if __name__ == "__main__":
    sys.exit(main())
