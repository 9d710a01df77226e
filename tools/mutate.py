"""Plant one error at a time in the formulas that checks compute, and see which are noticed."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from tools.workspace import add_edition_option, open_edition

ROOT = Path(__file__).resolve().parent.parent

EPILOG = """\
examples:
  python -m tools mutate svd-low-rank        the formulas of one post
  python -m tools mutate                     all of them; the score goes to source/checks.json and so to the audit
  python -m tools mutate --plant 300         turned signs at random in all displayed formulas, bound or not

An error is a turned sign, a factor 2, another exponent, index or number, a dropped transpose or term, a swapped
fraction, a turned inequality. One that survives shows that the check's instances are too special (of rank one, zero,
symmetric), or a bound that none of them comes near: see :sharp:. What says the same as the formula for all values of
its symbols is equivalent, no error, and not counted. The code of checks is run, as make verify does.
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.epilog = EPILOG
    parser.add_argument("posts", nargs="*", metavar="POST", help="slugs of posts; without any, all that have checks")
    parser.add_argument("--plant", type=int, default=0, metavar="N",
                        help="plant N turned signs at random instead, in all displayed formulas of all posts")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="with --plant: which N; 0 without it")
    add_edition_option(parser)


def run(args: argparse.Namespace) -> int:
    """Build with the builder that mutates."""
    place = open_edition(args.edition)
    build = place.root / "build"
    command = [sys.executable, "-m", "sphinx", "-c", str(ROOT), "-d", str(build / "doctrees"), "-b", "mutate",
               *(["-D", f"verify_only={','.join(args.posts)}"] if args.posts else []),
               *(["-D", f"mutate_plant={args.plant}", "-D", f"mutate_seed={args.seed}"] if args.plant else []),
               str(place.source), str(build / "mutate")]
    return subprocess.run(command, check=False).returncode  # noqa: S603 - our own builder
