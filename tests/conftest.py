"""What several tests share: small editions written on the spot, their builds, and a browser."""

from __future__ import annotations

import copy
import functools
import gc
import http.server
import importlib.metadata
import io
import logging
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import CodeType
from typing import Any

import myst_parser.mdit_to_docutils.base as myst_base
import newcomer
import pytest
import quickaxe
import sphinx.builders.html
import sphinx.cmd.build
import sphinx.registry
import sphinx.theming
import sphinxcontrib.bibtex.plugin
import yaml
from docutils import frontend
from docutils.frontend import Values
from docutils.utils import DependencyList
from filelock import FileLock
from hypothesis import settings
from jinja2 import Environment
from sphinx import locale
from sphinx.application import Sphinx
from sphinx.util import docutils
from sphinx.util.docutils import _get_settings, docutils_namespace, patch_docutils
from sphinx.util.logging import SphinxLoggerAdapter

from ext.edition.audit.outputs import audit_json
from ext.edition.site import config, style
from ext.site import assets

REPO = Path(__file__).resolve().parent.parent
#: Where Read the Docs would show the site.
CANONICAL = "https://edition.example/zh/latest/"
#: The files that take longest, which start first where several processes share the suite.
SLOW = ("test_handover", "test_pages_browser", "test_growth", "test_attacks_browser", "test_hostile",
        "test_audit_pages", "test_demo", "test_workers", "test_translated", "test_fulltext", "test_outputs",
        "test_figures", "test_annotating", "test_book", "test_formula_index", "test_formula_search", "test_width",
        "test_verify", "test_names", "test_fetch_run", "test_linear", "test_navigation", "test_writer", "test_house",
        "test_bench", "test_gate", "test_live", "test_audit", "test_merge", "test_citations", "test_previews",
        "test_related", "test_kill")
# Also where the environment says to keep no bytecode, as that of a container may: each process of a run would rewrite
# all tests, two thirds of what it takes to collect them, and each command compile what it loads.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
#: As ``make verify`` has it: NumPy starts a thread for every core otherwise, each of which waits by turning.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
#: The first is Chromium without its window, as Debian has it: it opens a page for half the processor time.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
TOML = '[edition]\ntitle = "试验版"\n[site]\nurl = "https://blog.example"\n' \
       "post = '^https://blog\\.example/archives/(?P<id>\\d+)'\n"


# Timing belongs in the benchmark: a slow machine is no failure. The same examples in every run of CI.
settings.register_profile("local", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Return how many processes share the suite: one more than cores, because tests wait for browsers and servers."""
    return int(os.environ.get("PYTEST_XDIST_AUTO_NUM_WORKERS") or (os.cpu_count() or 1) + 1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the slow files first, so that no process is left alone with one at the end."""
    ranks = {name: rank for rank, name in enumerate(SLOW)}
    items.sort(key=lambda item: ranks.get(item.path.stem, len(ranks)))
    # What is loaded by now stays: to go through all of it again for every build was an eighth of the suite.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@functools.cache
def _default_settings(*components: type) -> Values:
    """Return the settings that docutils has for *components*: to ask for them takes two milliseconds."""
    return _get_settings(*components, defaults={})


def _settings(*components: Any, defaults: Mapping[str, Any], read_config_files: bool = False) -> Values:
    """Return what ``sphinx.util.docutils`` does, from a copy where no ``docutils.conf`` has a say."""
    if read_config_files and any(map(os.path.exists, frontend.OptionParser.get_standard_config_files())):
        return _get_settings(*components, defaults=defaults, read_config_files=True)
    kinds = (one if isinstance(one, type) else type(one) for one in components)
    settings = _own(_default_settings(*kinds))
    vars(settings).update(defaults)
    return settings


def _own(settings: Values) -> Values:
    """Return settings of docutils that may be changed: some are lists, and what a document rests on is its own."""
    own = copy.copy(settings)
    for name, value in vars(settings).items():
        if isinstance(value, list | dict | DependencyList):
            setattr(own, name, copy.deepcopy(value))
    return own


def _compiler() -> Callable[..., CodeType]:
    """Return what compiles every template once a process: a third of a small build is spent on that."""
    known: dict[tuple[object, ...], CodeType] = {}
    compile_template = Environment.compile

    def compiled(env: Environment, source: str, name: str | None = None, filename: str | None = None,
                 **options: bool) -> CodeType:
        key = (type(env), env.lexer, *env.extensions, env.autoescape, source, name, filename, *options.items())
        if key not in known:
            known[key] = compile_template(env, source, name, filename, **options)  # type: ignore[call-overload]
        return known[key]

    return compiled


@pytest.fixture(scope="session", autouse=True)
def _same_in_every_build() -> Iterator[None]:
    """Work out once a process what every build asks for anew, and finds the same.

    More than half of a small build was to sort the theme's style sheet, a tenth to read which packages are installed,
    a seventh to put into words, 1,300 times, what only ``-vv`` would print; of what then remained a seventh was to ask
    docutils for its defaults and to describe the audit's classes; and no test can tell whether what was written would
    outlast a power failure, for which a build waits forty times. Translations are forgotten before each build instead:
    Sphinx asks those of all builds before for every message that has none.
    """
    installed = functools.cache(importlib.metadata.entry_points)
    sort = functools.cache(lambda css, parts, rest: style.sort_rules(css, dict(parts), rest))
    defaults = functools.cache(frontend.get_default_settings)
    translate = Sphinx._init_i18n

    def translated_anew(app: Sphinx) -> None:
        locale.translators.clear()
        translate(app)

    with pytest.MonkeyPatch.context() as patch:
        for module in (frontend, myst_base):
            patch.setattr(module, "get_default_settings", lambda *components: _own(defaults(*components)))
        for module in (docutils, sphinx.builders.html):
            patch.setattr(module, "_get_settings", _settings)
        patch.setattr(Environment, "compile", _compiler())
        patch.setattr(Sphinx, "_init_i18n", translated_anew)
        patch.setattr(audit_json, "schema", functools.cache(audit_json.schema))
        patch.setattr(assets, "sort_rules", lambda css, parts, rest: sort(css, tuple(parts.items()), rest))
        for module in (sphinx.registry, sphinx.theming, sphinxcontrib.bibtex.plugin):
            patch.setattr(module, "entry_points", installed)
        patch.setattr(config, "slow", functools.cache(config.slow))
        patch.setattr(os, "fsync", lambda handle: None)
        patch.setattr(SphinxLoggerAdapter, "debug", lambda *said, **how: None)
        yield


@dataclass(frozen=True)
class Build:
    """One finished build: where it is, what it warned of, and which HTML files it wrote."""

    out: Path
    warnings: tuple[str, ...]
    written: frozenset[str]
    env: Any
    #: The exit status that ``sphinx-build`` would give.
    status: int = 0

    def html(self, page: str) -> str:
        """Return the text of a built page."""
        return (self.out / f"{page}.html").read_text("utf-8")


@dataclass(frozen=True)
class EditionFolder:
    """A scratch edition."""

    root: Path

    @property
    def source(self) -> Path:
        return self.root / "source"

    def write(self, name: str, text: str) -> Path:
        """Write a file below ``source/``."""
        path = self.source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    def speaks(self, language: str) -> None:
        """Say in ``edition.toml`` which language the edition is in."""
        toml = self.root / "edition.toml"
        toml.write_text(toml.read_text("utf-8").replace("[edition]\n", f'[edition]\nlanguage = "{language}"\n', 1),
                        "utf-8")

    def post(self, slug: str, body: str, **meta: Any) -> Path:
        """Write a post with front matter: ``title`` and whatever is given."""
        front = {"title": slug, "origin": "local", **meta}
        lines = "".join(f"{key}: {value!r}\n" if isinstance(value, str) else f"{key}: {value}\n"
                        for key, value in front.items() if value is not None)
        return self.write(f"posts/{slug}.md", f"---\n{lines}---\n\n# {front['title']}\n\n{body}\n")

    def build(self, builder: str = "html", *, jobs: int = 1, out: str = "out", doctrees: str = "doctrees",
              **overrides: Any) -> Build:
        """Build with the repository's own ``conf.py``, in this process."""
        target = self.root / out
        before = _stamps(target)
        warnings = io.StringIO()
        with _without_progress(), patch_docutils(REPO), docutils_namespace():
            app = Sphinx(srcdir=self.source, confdir=REPO, outdir=target, doctreedir=self.root / doctrees,
                         buildername=builder, confoverrides=overrides, status=None, warning=warnings, parallel=jobs)
            app.build()
        after = _stamps(target)
        text = re.sub(r"\x1b\[[\d;]*m", "", warnings.getvalue())
        return Build(target, tuple(line for line in text.splitlines() if line.strip()),
                     frozenset(name for name, stamp in after.items() if before.get(name) != stamp), app.env,
                     app.statuscode)


@contextmanager
def _without_progress() -> Iterator[None]:
    """Keep a build from putting into words how far it is, which nobody sees."""
    logging.disable(logging.INFO)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


def _stamps(out: Path) -> Mapping[str, int]:
    return {path.relative_to(out).as_posix(): path.stat().st_mtime_ns for path in out.rglob("*.html")}


@functools.cache
def _load() -> None:
    """Load what every build needs; what is alive by now may go when its test is done."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gc, "freeze", lambda: None)
        import_module("tools.preloaded")


def sphinx_build(*words: str | Path, cwd: Path, env: Mapping[str, str] | None = None
                 ) -> subprocess.CompletedProcess[str]:
    """Run ``sphinx-build`` in a process of its own, and return its exit status and what it printed.

    It is a fork of this one: all is imported, which takes a process of Python longer than to build a small edition.
    """
    _load()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        child = os.fork()
        if child == 0:
            status = 70  # the interpreter's own ways out are not for a fork of pytest
            try:
                os.dup2(out.fileno(), 1)
                os.dup2(errors.fileno(), 2)
                sys.stdout, sys.stderr = (os.fdopen(number, "w", encoding="utf-8") for number in (1, 2))
                os.environ.update(env or {})
                os.chdir(cwd)
                status = sphinx.cmd.build.main([str(word) for word in words])
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(status)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        texts = []
        for stream in (out, errors):
            stream.seek(0)
            texts.append(stream.read().decode("utf-8"))
    return subprocess.CompletedProcess(["sphinx-build", *map(str, words)], status, *texts)


def new_edition(root: Path, toml: str = TOML) -> EditionFolder:
    """Write a scratch edition with a home page and the audit page."""
    folder = EditionFolder(root)
    (folder.source / "posts").mkdir(parents=True)
    (folder.root / "edition.toml").write_text(toml, "utf-8")
    folder.write("index.md", "# 首页\n")
    folder.write("audit.md", (REPO / "source" / "audit.md").read_text("utf-8"))
    return folder


@pytest.fixture
def make_edition(tmp_path: Path) -> Callable[..., EditionFolder]:
    """Return a maker of scratch editions for one test."""

    def make(toml: str = TOML, name: str = "edition") -> EditionFolder:
        return new_edition(tmp_path / name, toml)

    return make


@pytest.fixture
def edition_folder(make_edition: Callable[..., EditionFolder]) -> EditionFolder:
    """Return an empty scratch edition."""
    return make_edition()


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> EditionFolder:
    """Return a clean clone built by the very commands of Read the Docs, once for all processes of the suite."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    clone, done = EditionFolder(shared / "published"), shared / "published.done"
    with FileLock(shared / "published.lock"):
        if not done.exists():
            shutil.rmtree(clone.root, ignore_errors=True)
            newcomer.lend(newcomer.copy(clone.root) / ".venv")
            jobs = yaml.safe_load((REPO / ".readthedocs.yaml").read_text("utf-8"))["build"]["jobs"]
            for command in jobs["build"]["html"]:
                newcomer.sh(command, clone.root, {
                    "READTHEDOCS_OUTPUT": str(clone.root / "build"), "READTHEDOCS_CANONICAL_URL": CANONICAL,
                    "PATH": f"{clone.root / '.venv' / 'bin'}:{os.environ['PATH']}"})
            done.touch()
    return clone


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Start headless Chromium once; where there is none the test is skipped, but never in CI."""
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        if os.environ.get("CI"):
            pytest.fail(f"CI needs a browser: none of {', '.join(BROWSERS)} is installed")
        pytest.skip(f"no browser: install one of {', '.join(BROWSERS)}")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=executable, args=[
            "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync",
            # Whatever a page asks for, nothing leaves this machine.
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"])
        yield started
        started.close()


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[[Path], str]]:
    """Return a function that serves a folder on 127.0.0.1 and gives its address, until the tests end."""
    servers: list[http.server.ThreadingHTTPServer] = []

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            """Keep the test's output for the test."""

    def start(folder: Path) -> str:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def violations(page: Any, *levels: str, within: str | None = None) -> list[tuple[str, str]]:
    """Return what axe finds on an open page, of these levels or of any, each with the first element it is about."""
    found = quickaxe.quick().run(page, context=within, options={"resultTypes": ["violations"], "preload": False})
    return [(one["id"], one["nodes"][0]["html"]) for one in found.response["violations"]
            if not levels or one["impact"] in levels]


def serious(page: Any, within: str | None = None) -> list[tuple[str, str]]:
    """Return what axe calls serious or critical on an open page, each with the first element it is about."""
    return violations(page, "serious", "critical", within=within)


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Return the folder of real material, which is not part of the repository."""
    if not os.environ.get("CORPUS"):
        pytest.skip("set CORPUS to a folder of real posts and feeds to run this test")
    return Path(os.environ["CORPUS"])
