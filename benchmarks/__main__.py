"""Build the same posts with the stock theme, with this project, and with other site builders, in turn, and compare.

Stock is what the quick starts of the third-party packages give: the same Markdown extensions and theme, none of ours,
built serially because sphinx-proof is not safe to be read in parallel. Every build starts from nothing, in a process
of its own, on exactly the same Markdown files. Compare user CPU: wall time measures the machine's other work as well.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from tqdm import tqdm

from benchmarks import convert
from benchmarks.builders import (
    KATEX_RELEASE,
    OURS,
    PARALLEL,
    REPO,
    STOCK,
    Builder,
    output_size,
    peer_builders,
    sphinx_builders,
)
from benchmarks.corpus import Post, edited, middle, pictures, read_posts, scale, size, sound
from benchmarks.machine import commit, machine, versions
from benchmarks.process import measure
from benchmarks.record import Record, Run, Step, dump, load, plan
from benchmarks.report import into_guide, report
from ext.edition.site.errors import EditionError
from ext.edition.site.files import write_atomic

RECORDED = REPO / "benchmarks" / "recorded.json"
GUIDE = REPO / "source" / "guide" / "performance.md"

#: The options that a record keeps: those that say what was measured. No paths.
OPTIONS = ("rounds", "limit", "edit", "pictures", "scale", "scale_stock", "scale_rounds", "peers")

_EPILOG = """\
examples (with make: make bench CORPUS=DIR ARGS="..."):
  python -m benchmarks DIR --limit 10 --rounds 1       a first look: ten posts, a minute
  python -m benchmarks DIR                             the whole corpus, three rounds of every builder
  python -m benchmarks DIR --edit --scale 1,2,4        also one edited post, and growth
  python -m benchmarks DIR --only ours --json ours.json
                                                       ours alone, to compare two states of the code
  python -m benchmarks --show ours.json                print the tables of a run again

DIR holds legacy/*.md, posts/*.md or *.md; for --convert html/ and, if there is, truth/.
"""


@dataclass(frozen=True, slots=True)
class Bench:
    """What every build needs: the builders by name, the posts, where to work, and when to give up."""

    builders: Mapping[str, Builder]
    posts: Sequence[Post]
    folder: Path
    timeout: float
    pictures: Mapping[str, bytes] = field(default_factory=dict)

    def carry_out(self, step: Step) -> Run:
        """Build once and measure it; an edit is made to the tree that the full build before it left."""
        builder = self.builders[step.builder]
        place = self.folder / builder.name.replace(" ", "")
        if step.kind == "full":
            builder.write(place, scale(self.posts, step.scale), self.pictures)
        else:
            path = builder.post(place, middle(self.posts))
            path.write_text(edited(path.read_text("utf-8")), "utf-8")
        # The log lies outside of the project, which a builder may copy.
        used = measure(builder.command(place), cwd=REPO, log=self.folder / f"{place.name}.log", timeout=self.timeout)
        output, pages = output_size(place / builder.output)
        if pages < len(self.posts) * step.scale:
            raise EditionError(f"{builder.name} wrote {pages} pages for {len(self.posts) * step.scale} posts",
                               where=place, remedy="read its log beside it")
        return Run(*step, used.user, used.system, used.wall, used.peak, used.largest, output, pages)

    def weight(self, step: Step) -> float:
        """Return how long a step takes by others, roughly, for the time left."""
        return self.builders[step.builder].weight * (step.scale if step.kind == "full" else 0.3)


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    own = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__, epilog=_EPILOG,
                                  formatter_class=argparse.RawDescriptionHelpFormatter)
    own.add_argument("corpus", nargs="?", metavar="DIR", help="the folder of posts; it is only read")
    own.add_argument("--rounds", type=_count, default=3, help="how often each builder builds everything (3)")
    own.add_argument("--limit", type=_count, default=0, metavar="N", help="take only N posts, spread over all")
    own.add_argument("--edit", action="store_true", help="also time the build after one post was edited")
    own.add_argument("--pictures", action="store_true",
                     help="put a pixel where a post names a picture that the corpus lacks: stock reads posts with "
                          "missing pictures again in every build")
    own.add_argument("--scale", type=_scales, default=(), metavar="1,2,4",
                     help="also build so many copies of the corpus with ours, each with its own titles and ids")
    own.add_argument("--scale-stock", action="store_true", help="grow stock as well, which takes long")
    own.add_argument("--scale-rounds", type=_count, default=1, metavar="N", help="how often each growth is built (1)")
    own.add_argument("--convert", action="store_true", help="also time the conversion of DIR/html beside others")
    own.add_argument("--peers", action="store_true", help="also build with mkdocs-material, zensical, hugo, if there")
    own.add_argument("--peer-python", default=sys.executable, metavar="PYTHON",
                     help="the Python that has them, for example VENV/bin/python (this one, then PATH)")
    own.add_argument("--katex", type=Path, metavar="DIR",
                     help=f"with --peers: also MkDocs with every formula set by KaTeX; DIR is what `npm pack "
                          f"katex@{KATEX_RELEASE}` gives, unpacked")
    own.add_argument("--only", type=_names, default=(), metavar="A,B", help="only these builders, for example ours")
    own.add_argument("--edition", type=Path, default=REPO / "edition.toml", metavar="FILE",
                     help="the edition.toml that ours is built with (the project's)")
    own.add_argument("--timeout", type=_count, default=3600, metavar="S", help="end a build after S seconds (3600)")
    own.add_argument("--workdir", type=Path, metavar="DIR", help="work here and leave the last builds and logs")
    own.add_argument("--json", type=Path, metavar="FILE", help="write all runs, medians and ratios to a file")
    own.add_argument("--record", action="store_true",
                     help="write benchmarks/recorded.json and the tables of the guide's performance page")
    own.add_argument("--show", type=Path, metavar="FILE",
                     help="measure nothing: print the tables of such a file (with --record: put them in the guide)")
    return own


def main(argv: Sequence[str] | None = None) -> int:
    """Run from the command line: 0 done, 1 could not be done, 2 wrong usage, 130 interrupted."""
    own = parser()
    args = own.parse_args(argv)
    try:
        if args.show is not None:
            record = load(args.show.read_text("utf-8"))
        elif not args.corpus:
            own.error('name a folder of posts: make bench CORPUS=DIR, or --help for more')
        else:
            record = run(args)
        if args.json is not None:
            write_atomic(args.json, dump(record))
        if args.record:
            write_atomic(RECORDED, dump(record))
            write_atomic(GUIDE, into_guide(GUIDE.read_text("utf-8"), record))
    except (EditionError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted: nothing was recorded, and no build goes on", file=sys.stderr)
        return 130
    print(report(record, "en"), end="")
    return 0


def run(args: argparse.Namespace) -> Record:
    """Measure all that was asked for."""
    corpus = Path(args.corpus)
    if not corpus.is_dir():
        raise EditionError("is no folder", where=corpus, remedy="name a folder of posts")
    read = read_posts(corpus, args.limit)
    posts = sound(read)
    peers = peer_builders(args.peer_python, args.katex) if args.peers else ()
    known = {builder.name: builder for builder in (*sphinx_builders(args.edition), *peers)}
    if unknown := set(args.only) - set(known):
        raise EditionError(f"no builder is called {' or '.join(sorted(unknown))}", remedy=f"take {', '.join(known)}")
    builders = {name: builder for name, builder in known.items() if not args.only or name in args.only}
    growing = [name for name in (OURS, *([STOCK] if args.scale_stock else [])) if name in builders]
    steps = plan([*builders], rounds=args.rounds, scales=args.scale, growing=growing, growth_rounds=args.scale_rounds,
                 edit=[name for name in (STOCK, OURS, PARALLEL) if args.edit and name in builders])
    pages = convert.find_pages(corpus / "html") if args.convert else []
    if args.convert and not pages:
        raise EditionError("holds no .html file", where=corpus / "html", remedy="leave --convert out")
    truth = corpus / "truth"
    record = Record(datetime.now(UTC).date().isoformat(), commit(REPO), machine(),
                    versions(args.peer_python if args.peers else None), size(posts),
                    {name: list(value) if isinstance(value, tuple) else value for name, value in vars(args).items()
                     if name in OPTIONS}, (), left_out=len(read) - len(posts))
    with _folder(args.workdir) as folder:
        bench = Bench(builders, posts, folder, args.timeout, pictures(posts) if args.pictures else {})
        failed: dict[str, str] = {}
        runs = tuple(_progress(bench, steps, {peer.name for peer in peers}, failed))
        record = replace(record, runs=runs, failed=failed)
    if pages:
        print(f"converting {len(pages)} pages", file=sys.stderr)
        record = replace(record, converters=tuple(
            convert.measure(pages, truth=truth if truth.is_dir() else None)))
    return record


def _progress(bench: Bench, steps: Sequence[Step], peers: set[str], failed: dict[str, str]) -> Iterator[Run]:
    """Carry out the steps with a bar on a terminal, and a line for every step everywhere.

    A peer that fails is tried no more, and said to have *failed*; stock and ours must not fail.
    """
    hidden = not sys.stderr.isatty() or bool(os.environ.get("CI"))
    with tqdm(total=sum(map(bench.weight, steps)), disable=hidden, dynamic_ncols=True, smoothing=0,
              bar_format="{desc}: {percentage:3.0f} %|{bar}| {elapsed} gone, {remaining} left") as bar:
        for number, step in enumerate(steps, 1):
            what = f"{step.builder}, {step.kind}, {len(bench.posts) * step.scale} posts"
            bar.set_description_str(f"{number} of {len(steps)}: {what}")
            if step.builder not in failed:
                try:
                    done = bench.carry_out(step)
                except EditionError as error:
                    if step.builder not in peers:
                        raise
                    failed[step.builder] = error.what.splitlines()[-1]
                    tqdm.write(f"{what}: {error}", file=sys.stderr)
                else:
                    tqdm.write(f"{number}/{len(steps)} {what}: {_line(done)}", file=sys.stderr)
                    yield done
            bar.update(bench.weight(step))


def _line(run: Run) -> str:
    return (f"{run.user:.1f} s user, {run.wall:.1f} s wall, {run.peak:.0f} MiB, {run.output / 1e6:.1f} MB "
            f"in {run.pages} pages")


@contextmanager
def _folder(wanted: Path | None) -> Iterator[Path]:
    if wanted is not None:
        wanted.mkdir(parents=True, exist_ok=True)
        yield wanted.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="zhushu-bench-") as made:
        yield Path(made).resolve()


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def _scales(text: str) -> tuple[int, ...]:
    return tuple(sorted({_count(part) for part in text.split(",")}))


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(","))


if __name__ == "__main__":
    sys.exit(main())
