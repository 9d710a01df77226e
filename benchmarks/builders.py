"""The builders that are compared: how each is given the same posts, and the command that builds them.

Stock is what somebody has who follows the quick starts of the third-party packages that this project uses: the same
Markdown extensions and theme, none of ours. It is built serially, because sphinx-proof cannot be read in parallel.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from benchmarks.corpus import Post
from ext.edition.site.errors import EditionError
from tools.init import files

REPO = Path(__file__).resolve().parent.parent
STOCK, OURS, PARALLEL = "stock", "ours", "ours -j auto"
MATERIAL, ZENSICAL, HUGO, KATEX = "mkdocs-material", "zensical", "hugo", "mkdocs + katex"
#: The release of the npm package ``katex`` that sets the formulas of the last; only the benchmark has it.
KATEX_RELEASE = "0.16.22"
TITLE = "量度"

_STOCK_CONF = """\
project = "stock"
extensions = ["myst_parser", "sphinx_design", "sphinx_proof", "sphinxcontrib.bibtex"]
bibtex_bibfiles = []
myst_enable_extensions = ["amsmath", "attrs_block", "attrs_inline", "colon_fence", "deflist", "dollarmath",
                          "tasklist"]
myst_dmath_double_inline = True
myst_heading_anchors = 4
language = "zh_CN"
html_theme = "sphinx_book_theme"
"""
_STOCK_INDEX = f"""\
# {TITLE}

```{{toctree}}
:glob:

posts/*
```
"""
_MKDOCS = f"""\
site_name: {TITLE}
theme:
  name: material
  language: zh
"""
#: MkDocs with its search, and every formula set when the site is built; the words of formulas that fail stay.
_SET = f"""{_MKDOCS}\
plugins: [search]
markdown_extensions:
  - pymdownx.arithmatex:
      generic: true
      smart_dollar: false
hooks: [{REPO / "benchmarks" / "katex_hook.py"}]
"""
#: Hugo sets formulas as MathML when it builds; one that it cannot set stands as it is written. There is no search.
_HUGO: Mapping[str, str] = {
    "hugo.toml": f"""\
title = "{TITLE}"
baseURL = "https://blog.example/"
disableKinds = ["taxonomy", "term", "rss", "sitemap"]
frontmatter.date = [":fileModTime"]
markup.goldmark.renderer.unsafe = true
[markup.goldmark.extensions.passthrough]
enable = true
[markup.goldmark.extensions.passthrough.delimiters]
block = [["$$", "$$"], ["\\\\[", "\\\\]"]]
inline = [["$", "$"], ["\\\\(", "\\\\)"]]
""",
    "layouts/_default/single.html": "<!doctype html><title>{{ .Title }}</title><h1>{{ .Title }}</h1>{{ .Content }}\n",
    "layouts/_default/list.html": "<!doctype html><title>{{ .Title }}</title>{{ range .Pages }}"
                                  "<p><a href='{{ .RelPermalink }}'>{{ .Title }}</a></p>{{ end }}\n",
    "layouts/_default/_markup/render-passthrough.html":
        '{{ with try (transform.ToMath .Inner (dict "displayMode" (eq .Type "block"))) }}'
        "{{ with .Err }}<code>{{ $.Inner }}</code>{{ else }}{{ .Value }}{{ end }}{{ end }}",
}


@dataclass(frozen=True, slots=True)
class Builder:
    """One builder.

    ``files`` are what its project needs besides posts, which go into ``posts``; ``command`` builds the project in a
    folder into ``output`` of that folder. ``weight`` is how long it takes by ours, for the time left only.
    """

    name: str
    files: Mapping[str, str]
    posts: str
    output: str
    command: Callable[[Path], Sequence[str]]
    weight: float = 1

    def write(self, folder: Path, posts: Sequence[Post], pictures: Mapping[str, bytes] = MappingProxyType({})) -> None:
        """Write the project anew, and *pictures* beside its folder of posts; what the folder held is gone."""
        if folder.exists():
            shutil.rmtree(folder)
        (folder / self.posts).mkdir(parents=True)
        for name, text in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        for name, picture in pictures.items():
            path = (folder / self.posts).parent / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(picture)
        for post in posts:
            self.post(folder, post).write_text(post.text, "utf-8")

    def post(self, folder: Path, post: Post) -> Path:
        """Return the file of a post."""
        return folder / self.posts / f"{post.name}.md"


def sphinx_builders(edition: Path) -> tuple[Builder, ...]:
    """Return stock and ours; *edition* is the ``edition.toml`` that ours is built with."""
    def sphinx(*options: str) -> Callable[[Path], Sequence[str]]:
        return lambda folder: (sys.executable, "-m", "sphinx", "-q", "-b", "html", *options, "-d",
                               str(folder / "doctrees"), str(folder / "source"), str(folder / "html"))

    ours = {**dict(files(TITLE, "zh_CN")), "edition.toml": edition.read_text("utf-8")}
    stock = {"source/conf.py": _STOCK_CONF, "source/index.md": _STOCK_INDEX}
    return (Builder(STOCK, stock, "source/posts", "html", sphinx(), weight=4),
            Builder(OURS, ours, "source/posts", "html", sphinx("-c", str(REPO))),
            Builder(PARALLEL, ours, "source/posts", "html", sphinx("-c", str(REPO), "-j", "auto"), weight=0.6))


def peer_builders(python: str, katex: Path | None = None) -> tuple[Builder, ...]:
    """Return the other site builders that a Python has, or else the programs of their names that are installed.

    *katex* is the unpacked npm package, with which MkDocs sets formulas too.
    """
    wanted = ((MATERIAL, "mkdocs", "material", ("build", "--quiet", "--config-file")),
              (ZENSICAL, "zensical", "zensical", ("build", "--config-file")))
    found = []
    for name, program, module, options in wanted:
        start = (python, "-m", program) if _has(python, program, module) else (shutil.which(program) or "",)
        if start[0]:
            found.append(Builder(name, {"mkdocs.yml": _MKDOCS, "docs/index.md": f"# {TITLE}\n"}, "docs/posts", "site",
                                 _in_folder(start, options)))
    if katex is not None:
        node = shutil.which("node")
        if node is None or not found or found[0].name != MATERIAL:
            raise EditionError("needs mkdocs-material and Node", where="--katex",
                               remedy="install both, or leave the option out")
        release = json.loads((katex / "package.json").read_text("utf-8")).get("version")
        if release != KATEX_RELEASE:
            raise EditionError(f"is KaTeX {release}, not {KATEX_RELEASE}", where=katex,
                               remedy=f"npm pack katex@{KATEX_RELEASE}, and unpack it")
        command = found[0].command
        found.append(Builder(KATEX, {"mkdocs.yml": _SET, "docs/index.md": f"# {TITLE}\n"}, "docs/posts", "site",
                             lambda folder: ("env", f"KATEX={katex.resolve()}", *command(folder)), weight=2))
    hugo = shutil.which("hugo", path=str(Path(python).parent)) or shutil.which("hugo")
    if hugo:
        # It keeps what it has set in the user's cache, where the next build from nothing would find it.
        found.append(Builder(HUGO, _HUGO, "content/posts", "public",
                             lambda folder: (hugo, "--quiet", "--source", str(folder),
                                             "--cacheDir", str(folder.resolve() / "cache"))))
    return tuple(found)


def _in_folder(start: Sequence[str], options: Sequence[str]) -> Callable[[Path], Sequence[str]]:
    return lambda folder: (*start, *options, str(folder / "mkdocs.yml"))


def _has(python: str, *modules: str) -> bool:
    code = "import sys, importlib.util as u; sys.exit(not all(map(u.find_spec, sys.argv[1:])))"
    return subprocess.run([python, "-c", code, *modules], check=False).returncode == 0


def output_size(folder: Path) -> tuple[int, int]:
    """Return the bytes of all files below a folder, and how many of them are pages."""
    found = [path for path in folder.rglob("*") if path.is_file()]
    return sum(path.stat().st_size for path in found), sum(path.suffix == ".html" for path in found)
