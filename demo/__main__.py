"""Make an edition of the sample blog from nothing, in front of your eyes: ``python -m demo``, or ``make demo``.

Every step is a command as you would type it, or an edit as an annotator would save it; what it prints is shown. The
blog is served on this machine only, in two states: as it was first, and as its author corrected it later.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import shutil
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from demo import commands
from demo.serving import Blog, served
from ext.edition.posts.blocks import blocks
from ext.edition.site.errors import EditionError
from ext.edition.site.files import read_text, write_atomic
from tools import posts
from tools.edits import open_post
from tools.workspace import open_edition

HERE = Path(__file__).resolve().parent
REPO = HERE.parent
#: Who does what in the sample: words for a role, no person.
AUTHOR, READER = "样本的编者", "样本的读者"
_WHO = {"GIT_AUTHOR_NAME": AUTHOR, "GIT_COMMITTER_NAME": AUTHOR, "GIT_AUTHOR_EMAIL": "editor@scratch.example",
        "GIT_COMMITTER_EMAIL": "editor@scratch.example"}
_SAID = ("make demo 自动记下的样本，没有人读过", "recorded by make demo as a sample; nobody has read it")


@dataclass(frozen=True, slots=True)
class Step:
    """What is done next, in Chinese and in English, and the commands that do it."""

    chinese: str
    english: str
    commands: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Sample:
    """The edition that is made: its folder, the blog, the address at which that is served, the language."""

    folder: Path
    blog: Blog
    home: str
    english: bool

    @property
    def source(self) -> Path:
        """The sources of the edition."""
        return self.folder / "source"

    def tool(self, *words: str) -> Sequence[str]:
        """Return a command of ours on this edition."""
        return ("python", "-m", "tools", *words, "--edition", _shown(self.folder))

    def build(self, builder: str, *options: str) -> Sequence[str]:
        """Return a build of this edition, as make runs it."""
        build = _shown(self.folder / "build")
        return ("python", "-m", "sphinx", "-q", "-c", ".", "-d", f"{build}/doctrees", "-b", builder, *options,
                _shown(self.source), f"{build}/{builder}")

    def git(self, *words: str) -> Sequence[str]:
        """Return a command of git in the edition, which is a repository of its own."""
        return ("git", "-C", _shown(self.folder), *words)

    def sign(self, post: str, *words: str, by: str = READER) -> Sequence[str]:
        """Return the review of a post, which says of itself what it is."""
        return self.tool("review", post, *words, "--by", by, "--note", _SAID[self.english])

    def save(self, text: str) -> tuple[Sequence[str], Sequence[str]]:
        """Return the commands that keep in git what was done so far."""
        return self.git("add", "--all"), self.git("commit", "--quiet", "--message", text)


def _shown(path: Path) -> str:
    return os.path.relpath(path, REPO)


def beginning(sample: Sample) -> Iterator[Step]:
    """Yield the steps from nothing to an edition that was annotated, checked and reviewed."""
    settings = read_text(HERE / "edition.toml").replace("@HOME@", sample.home)
    write_atomic(sample.folder / "edition.toml", settings.replace("@LANGUAGE@", "en" if sample.english else "zh_CN"))
    yield Step("一、一版的开头：一个文件夹，一份 edition.toml", "1. An edition begins: a folder and an edition.toml",
               [("python", "-m", "tools", "init", _shown(sample.folder), "--title", "草稿纸 · 注疏",
                 "--language", "en" if sample.english else "zh_CN"), sample.git("init", "--quiet")])
    yield Step("二、抓取：三篇完整，一篇只给摘要（残缺），一篇不给（拒绝）",
               "2. Fetch: three posts whole, one of which the blog gives only a summary, one that it refuses",
               [sample.tool("fetch", "--allow-private", "--quiet"), sample.tool("classify"), sample.tool("receipt"),
                *sample.save("Fetch the blog")])
    yield Step("三、注疏：每一条放在它所论的公式后面，原文不动",
               "3. Annotate: each annotation behind the equation it is about; the original stays as it is",
               [sample.tool("equations", "103"),
                *(sample.tool("new", "--post", post, "--from", _shown(HERE / f"notes/first/{post}.md"))
                  for post in ("101", "102", "103")), sample.tool("equations", "103")])
    for post in ("101", "102", "103"):
        path = posts.find(open_edition(sample.folder), post)
        write_atomic(path, read_text(path).replace("\nstatus: draft\n", "\nstatus: completed\n", 1))
    yield Step("四、检验：页面上的式子绑上数，算一遍；原文里有一个对不上",
               "4. Verify: the formulas of the page are computed; one of the original does not hold",
               [sample.build("verify"), ("cat", _shown(sample.folder / "build/verify/output.txt"))])
    yield Step("五、审阅：两位各读各的，记在同一处", "5. Review: two readers, each for themselves, in one place",
               [*(sample.sign(post) for post in ("101", "102", "103")), sample.sign("102", by=AUTHOR),
                *sample.save("Annotate and review"), sample.build("audit")])


def changing(sample: Sample) -> Iterator[Step]:
    """Yield the steps that follow a change of the blog."""
    sample.blog.folders.append(HERE / "blog/second")
    yield Step("六、博客改了两篇：一处勘误，一处改得更准；再取，再合并",
               "6. The blog changed two posts, one a correction: fetch again, and merge",
               [sample.tool("fetch", "--allow-private", "--refresh", "--quiet"), sample.tool("update"),
                sample.tool("equations", "102")])
    for post in ("102", "103"):
        rewrite(posts.find(open_edition(sample.folder), post), read_text(HERE / f"notes/second/{post}.md"))
    yield Step("七、三条注疏待复核，其余不受影响：改好它们，重验，只重读改了的；勘误已被采用",
               "7. Three annotations became stale, no others: mend them, verify, read again; the erratum is adopted",
               [sample.build("verify"), sample.tool("review", "102"),
                sample.sign("102", "--annotation", "der-variance"), sample.sign("102", by=AUTHOR),
                sample.sign("103"), *sample.save("Merge what changed upstream"), sample.build("audit")])
    yield Step("八、建成网站", "8. Build the site", [sample.build("html")])


def rewrite(path: Path, text: str) -> None:
    """Put annotations in the place of those with their labels, as an annotator would who saves the file."""
    post = open_post(path)
    body, old = post.body, {_label(one.text): one.text for one in blocks(post.body) if one.annotation}
    for new in blocks(text):
        body = body.replace(old[_label(new.text)], new.text)
    write_atomic(path, post.head + body)


def _label(text: str) -> str:
    found = re.search(r"^:label: *(\S+)", text, re.M)
    return found[1] if found else ""


def is_sample(folder: Path) -> bool:
    """Whether a folder is empty or holds what this command made: nothing else may be made anew."""
    first = read_text(HERE / "edition.toml").partition("\n")[0]
    settings = folder / "edition.toml"
    return folder.is_dir() and (not any(folder.iterdir()) or settings.is_file() and first in read_text(settings))


def run(step: Step, *, english: bool) -> None:
    """Show a step and do it; a command that fails ends the demonstration with what it printed."""
    print(f"\n\033[1m{step.english if english else step.chinese}\033[0m" if sys.stdout.isatty()
          else f"\n{step.english if english else step.chinese}", flush=True)
    for words in step.commands:
        print(f"  $ {shlex.join(words)}", flush=True)
        status = commands.run(words, REPO, _WHO, _show)
        if status:
            raise EditionError(f"the command ended with status {status}", where=None,
                               remedy="what it printed stands above")


def _show(lines: Iterable[str]) -> None:
    for line in lines:
        print(f"    {line}", end="", flush=True)


def main(argv: Sequence[str] | None = None) -> int:
    """Make the sample edition, and say where it is."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=REPO / "build/demo", metavar="DIR",
                        help="where it is made anew (default: build/demo)")
    parser.add_argument("--port", type=int, default=8123, help="of the blog, on 127.0.0.1 (default: 8123; 0: any)")
    parser.add_argument("--language", choices=("zh_CN", "en"), default="zh_CN", help="of the site and of what is told")
    args = parser.parse_args(argv)
    folder, english, begun = args.folder.resolve(), args.language == "en", time.monotonic()
    if folder.exists() and not is_sample(folder):
        parser.error(f"{folder} holds something else than this sample: give another folder")
    shutil.rmtree(folder, ignore_errors=True)
    blog = Blog(HERE / "blog/first")
    try:
        with served(blog, args.port) as home:
            sample = Sample(folder, blog, home, english)
            for steps in (beginning, changing):
                for step in steps(sample):
                    run(step, english=english)
    except (EditionError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"\n{time.monotonic() - begun:.0f} s; make serve BUILDDIR={_shown(folder / 'build')}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
