"""What a newcomer types, what Read the Docs runs, and what the hosted workflows do, run here in a clean copy."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zipfile import ZipFile

import forks
import newcomer
import pytest
import yaml
from conftest import CANONICAL, EditionFolder
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

REPO = newcomer.REPO
TEX = r"e^{i m\theta}"
WORKFLOWS = sorted((REPO / ".github" / "workflows").glob("*.yml"))
FEED = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><title>Notes</title><link>SITE</link><generator>https://wordpress.org/?v=6.5</generator>
<item><title>A sum of odd numbers</title><link>SITE/2024/05/01/odd/</link>
<pubDate>Wed, 01 May 2024 08:00:00 +0000</pubDate><dc:creator>writer</dc:creator><category>numbers</category>
<content:encoded><![CDATA[<p>The first
<img src="https://s0.wp.com/latex.php?latex=n&amp;bg=ffffff" alt="n" class="latex" /> odd numbers sum to a square.</p>
<p>\\[ \\sum_{k=1}^{n} (2k-1) = n^2 \\]</p><p>Draw it as a square.</p>]]>
</content:encoded></item></channel></rss>
"""


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give a clone of few posts with a borrowed environment, whose builds and commands are forks."""
    folder = newcomer.thin(newcomer.copy(tmp_path_factory.mktemp("newcomer") / "clone"))
    newcomer.lend(folder / ".venv")
    with forks.forked(folder):
        yield folder


@pytest.fixture(scope="module")
def walked(clone: Path) -> tuple[newcomer.Step, ...]:
    """Return what the first page of the guide did in the clone."""
    return tuple(newcomer.walk(clone))


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))


def steps(name: str) -> Iterator[Mapping[str, Any]]:
    for job in load(REPO / ".github" / "workflows" / f"{name}.yml")["jobs"].values():
        yield from job["steps"]


def script(name: str, title: str) -> str:
    """Return the shell of one step of a workflow."""
    return str(next(step["run"] for step in steps(name) if step.get("name") == title))


# ---- the guide's commands

def test_first_hour_ends_with_an_annotated_post(clone: Path, walked: tuple[newcomer.Step, ...]) -> None:
    commands = [step.command for step in walked]
    assert commands[0] == "make html" and "make audit" in commands
    assert newcomer.SHORTER["make verify"] in commands
    audit = json.loads((clone / "build" / "html" / "audit.json").read_text("utf-8"))
    post = next(row for row in audit["rows"] if row["record"]["docname"] == f"posts/{newcomer.NOTE}")
    assert post["coverage"] == {
        "derived": 1, "explained": 0, "referenced": 0, "beside": 0, "uncovered": 0, "restated": 0}
    page = (clone / "build" / "html" / "posts" / f"{newcomer.NOTE}.html").read_text("utf-8")
    assert "拼成大正方形" in page and "<math" in page
    equations = next(step.output for step in walked if " equations " in step.command)
    assert "eq-pythagoras" in equations
    assert not [step for step in walked if "WARNING" in step.output]


def test_a_page_names_what_its_commands_show(clone: Path, walked: tuple[newcomer.Step, ...]) -> None:
    tests = next(step.output for step in walked if step.command.startswith("make test"))
    assert re.search(r"\d+ passed", tests)
    assert "eq-pythagoras" in (clone / "source" / "posts" / f"{newcomer.NOTE}.md").read_text("utf-8")


def test_another_blog_from_nothing(clone: Path, httpserver: HTTPServer) -> None:
    """The page's own commands and settings, for a WordPress blog on this machine."""
    site = httpserver.url_for("/").rstrip("/")

    def answer(request: Request) -> Response:
        if request.path == "/feed/" and "paged" not in request.args:
            return Response(FEED.replace("SITE", site), content_type="application/rss+xml; charset=utf-8")
        return Response("", status=404)

    httpserver.expect_request(re.compile(".*")).respond_with_handler(answer)
    page = REPO / "source" / "guide" / "another-blog.md"
    assert {fence.language for fence in newcomer.fences(page)} == {"sh", "toml", "text"}  # text: one or the other
    notes = clone.parent / "notes"
    for fence in newcomer.fences(page):
        if fence.language == "toml":
            text = fence.text.replace(r"https://blog\.example", re.escape(site)).replace("https://blog.example", site)
            (notes / "edition.toml").write_text(text.replace("delay = 3.0", "delay = 0"), "utf-8")
            continue
        for command in newcomer.commands(fence.text) if fence.language == "sh" else ():
            if " fetch " in command:
                command += " --allow-private"
            step = newcomer.sh(command, clone)
            assert "WARNING" not in step.output
    originals = [path.read_text("utf-8") for path in (notes / "source" / "originals").glob("*.md")]
    assert len(originals) == 1 and r"\sum_{k=1}^{n} (2k-1) = n^2" in originals[0] and "$n$" in originals[0]
    assert "A sum of odd numbers" in (notes / "build" / "html" / "index.html").read_text("utf-8")


def test_serve_shows_the_site(clone: Path, walked: tuple[newcomer.Step, ...]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(["make", "serve", f"PORT={port}"], cwd=clone, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        for _ in range(200):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/audit.html") as answer:
                    assert answer.status == 200
                break
            except urllib.error.URLError:
                time.sleep(0.05)
        else:
            pytest.fail("make serve does not answer")
    finally:
        os.killpg(server.pid, 15)
        server.wait()


# ---- the workflows

@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_ask_for_little(path: Path) -> None:
    flow = load(path)
    triggers = flow[True]  # YAML reads the key `on` so
    assert "pull_request_target" not in triggers and "workflow_run" not in triggers
    assert flow["permissions"] == {"contents": "read"}
    allowed = {("fetch", "request"): {"contents": "write", "pull-requests": "write"},
               ("pages", "deploy"): {"pages": "write", "id-token": "write"}}
    for name, job in flow["jobs"].items():
        assert job.get("permissions", {}) == allowed.get((path.stem, name), {})
        assert job["timeout-minutes"] <= 120
        # What may write runs nothing of ours or of others: no script of the repository, no package, no build.
        if job.get("permissions", {}).get("contents") == "write":
            ran = "\n".join(step.get("run", "") for step in job["steps"])
            assert not re.search(r"\b(make|pip|python3?|bash|sh|npm|\./|\.ci)\b", ran)
            assert not [step for step in job["steps"] if "setup-" in step.get("uses", "")]
        for step in job["steps"]:
            if uses := step.get("uses"):
                assert re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40}", uses), uses
                assert re.search(rf"{re.escape(uses)} # v\d+\.\d+\.\d+$", path.read_text("utf-8"), re.M)
            else:
                # What others may choose (branch names, titles) reaches the shell only as a variable.
                assert "${{" not in step["run"]
                done = subprocess.run(["bash", "-n"], input=step["run"], text=True, capture_output=True, check=False)
                assert done.returncode == 0, done.stderr


def test_only_the_job_that_opens_the_request_keeps_its_right_to_push() -> None:
    for path in WORKFLOWS:
        for name, job in load(path)["jobs"].items():
            for step in job["steps"]:
                if str(step.get("uses", "")).startswith("actions/checkout@"):
                    kept = step.get("with", {}).get("persist-credentials", True)
                    assert kept is (name == "request")
    pushed = re.findall(r"git push.*", script("fetch", "Open or renew the one pull request"))
    assert pushed == ["git push --quiet --force origin fetched"]


def test_what_is_hosted_installs_by_hashes(tmp_path: Path) -> None:
    for path in WORKFLOWS:
        for job in load(path)["jobs"].values():
            ran = [step["run"] for step in job["steps"] if "run" in step]
            if any(re.search(r"\bmake\b|\.ci/", text) for text in ran):
                assert job["env"] == {"LOCKED": "1"}
    shown = newcomer.sh(f"make --dry-run --always-make html LOCKED=1 VENV={tmp_path}/none", REPO).output
    assert "--require-hashes -r requirements.lock" in shown and "requirements.txt" not in shown
    shown = newcomer.sh(f"make --dry-run --always-make check LOCKED=1 VENV={tmp_path}/none", REPO).output
    assert "--require-hashes -r requirements-dev.lock" in shown


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_the_locks_hold_what_is_asked_for_and_name_no_machine(name: str) -> None:
    text = (REPO / f"{name}.lock").read_text("utf-8")
    assert not re.search(r"^-|://|file:|/opt|/home|/root", text, re.M), "packages and hashes only"
    locked: dict[str, list[Requirement]] = {}
    for block in re.split(r"\n(?=\S)", text):
        if not block.startswith("#"):
            line, *rest = block.split("\n")
            one = Requirement(line.removesuffix(" \\"))
            assert [spec.operator for spec in one.specifier] == ["=="], line
            assert any(re.search(r"--hash=sha256:[0-9a-f]{64}", hashed) for hashed in rest), line
            locked.setdefault(canonicalize_name(one.name), []).append(one)
    lines = (REPO / "requirements.txt").read_text("utf-8").split("\n")
    if name == "requirements-dev":
        lines += (REPO / "requirements-dev.txt").read_text("utf-8").split("\n")
        for other in (REPO / "requirements.lock").read_text("utf-8").split("\n"):
            assert not re.match(r"[a-z]", other) or f"\n{other.split()[0]}" in text, "one version in both"
    for line in filter(lambda line: re.match(r"\w", line), lines):
        asked = Requirement(line)
        found = locked.get(canonicalize_name(asked.name), [])
        assert found, f"{asked.name} is not locked: run make lock"
        assert all(asked.specifier.contains(next(iter(one.specifier)).version) for one in found), asked.name


def test_a_pull_request_sees_what_changed(
    clone: Path, walked: tuple[newcomer.Step, ...], tmp_path: Path
) -> None:
    summary = tmp_path / "summary.md"
    step = newcomer.sh(script("check", "Report what the audit gained and lost"), clone,
                       {"BASE": "0" * 40, "GITHUB_STEP_SUMMARY": str(summary)})
    assert summary.read_text("utf-8").startswith("#")
    for line in step.output.splitlines():
        if line.startswith("::"):
            assert re.match(r"::(warning|notice|error) file=source/[^,]+", line)


def test_the_continuous_check_runs_every_check(
    clone: Path, walked: tuple[newcomer.Step, ...], browser: Any, tmp_path: Path
) -> None:
    text = (REPO / ".ci" / "run").read_text("utf-8")
    assert re.findall(r"^make (\w+)", text, re.M) == ["html", "check", "test", "verify", "audit"]
    for name in ("apt-get", "sudo"):  # a machine that lacks something fails here; a test installs nothing
        (tmp_path / name).write_text("#!/bin/sh\necho would install: $@; exit 1\n", "utf-8")
        (tmp_path / name).chmod(0o755)
    started = newcomer.lend(tmp_path / "venv")  # here every command starts the interpreter, as it does hosted
    step = newcomer.sh(script("check", "Run the README's commands"), clone, {
        "VENV": str(started), "MYPY_CACHE_DIR": str(REPO / ".mypy_cache"), "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "PYTEST_ADDOPTS": "tests/posts/test_blocks.py", "PYTEST_XDIST_AUTO_NUM_WORKERS": "1"})
    assert re.search(r"\d+ passed", step.output) and "no issues found" in step.output


def test_publishing_builds_holds_the_line_and_keeps_the_history(
    clone: Path, walked: tuple[newcomer.Step, ...], serve: Callable[[Path], str], tmp_path: Path
) -> None:
    env = {"SITE": "https://someone.github.io/edition", "GITHUB_SHA": "a" * 40}
    past = json.dumps({"date": "2024-01-02", "revision": "b" * 40} | dict.fromkeys(
        ("posts", "met", "equations", "covered", "formulas"), 1), separators=(",", ":"))
    (tmp_path / "audit-history.jsonl").write_text(past, "utf-8")
    take = script("pages", "Take the history of the audit from the published site")
    newcomer.sh(take, clone, {"SITE": f"{serve(tmp_path)}/nothing-yet"})
    assert not (clone / "audit-history.jsonl").exists()
    newcomer.sh(take, clone, {"SITE": serve(tmp_path)})
    newcomer.sh(script("pages", "Build the site"), clone, env)
    newcomer.sh(script("pages", "Hold the line"), clone, env)
    newcomer.sh(script("pages", "Append to the history, and publish it with the site"), clone, env)
    newcomer.sh(script("pages", "Append to the history, and publish it with the site"), clone, env)
    lines = (clone / "build" / "html" / "audit-history.jsonl").read_text("utf-8").splitlines()
    assert len(lines) == 2 and lines[0] == past and "a" * 40 in lines[1]
    page = (clone / "build" / "html" / "index.html").read_text("utf-8")
    assert '<link rel="canonical" href="https://someone.github.io/edition/' in page
    assert (clone / "build" / "html" / "badge.svg").is_file()
    (clone / "audit-history.jsonl").unlink()


def test_publishing_offers_the_books(clone: Path, walked: tuple[newcomer.Step, ...], tmp_path: Path) -> None:
    for name, does in (("sudo", "echo would run: $@"), ("make", """for target; do
  if [ "$target" != pdf ]; then /usr/bin/make "$target"; continue; fi
  mkdir -p build/pdf; echo stand-in > build/pdf/edition.pdf
done""")):  # a test installs nothing, and a PDF needs what would be installed
        (tmp_path / name).write_text(f"#!/bin/sh -e\n{does}\n", "utf-8")
        (tmp_path / name).chmod(0o755)
    step = newcomer.sh(script("pages", "Bind the books, and offer them with the site"), clone,
                       {"PATH": f"{tmp_path}:{os.environ['PATH']}"})
    assert "texlive-xetex" in step.output
    with ZipFile(clone / "build" / "html" / "edition.epub") as book:
        assert book.namelist()[0] == "mimetype" and any(newcomer.NOTE in name for name in book.namelist())
    assert (clone / "build" / "html" / "edition.pdf").is_file()


def test_every_step_of_the_workflows_is_run_here() -> None:
    own = Path(__file__).read_text("utf-8")
    for path in WORKFLOWS:
        for step in steps(path.stem):
            if "run" in step:
                assert f'script("{path.stem}", "{step["name"]}")' in own, step["name"]


@pytest.fixture(scope="module")
def hosted(tmp_path_factory: pytest.TempPathFactory, make_httpserver: HTTPServer) -> Path:
    """Return the bare remote of a small edition that is due to be fetched."""
    site = make_httpserver.url_for("/").rstrip("/")
    scratch = tmp_path_factory.mktemp("hosted")
    remote, folder = scratch / "remote.git", newcomer.copy(scratch / "clone")
    for path in [*(folder / "source" / "posts").glob("*.md"), *(folder / "source" / "topics").glob("*.md")]:
        path.unlink()
    for name in ("guide", "catalogue.yaml", "references.md"):
        newcomer.sh(f"rm -rf source/{name}", folder)
    (folder / "edition.toml").write_text(
        f'[edition]\ntitle = "试验"\n[site]\nfeeds = ["{site}/refused/", "{site}/feed/"]\n'
        rf"post = 'localhost:\d+/(?P<id>\d+/\d+/\d+/\w+)'" "\n[fetch]\ndelay = 0\nretries = 0\n", "utf-8")
    newcomer.sh("git add . && git -c user.name=n -c user.email=n@example.org commit --quiet --message Start && "
                f"git clone --quiet --bare --no-local . {remote}", folder)
    return remote


@pytest.fixture
def weekly(hosted: Path, tmp_path: Path, httpserver: HTTPServer) -> tuple[Path, Path]:
    """Return a clone of that edition, with a remote of its own and a stand-in for ``gh``."""
    site = httpserver.url_for("/").rstrip("/")
    httpserver.expect_request("/feed/").respond_with_data(
        FEED.replace("SITE", site), content_type="application/rss+xml; charset=utf-8")
    httpserver.expect_request("/refused/").respond_with_data("", status=403)
    httpserver.expect_request(re.compile(".*")).respond_with_data("", status=404)
    folder, binaries = tmp_path / "clone", tmp_path / "bin"
    newcomer.sh(f"git clone --quiet --bare {hosted} remote.git && git clone --quiet remote.git clone", tmp_path)
    newcomer.lend(folder / ".venv")
    binaries.mkdir()
    # It remembers what it was asked, and lists a request once one was made.
    (binaries / "gh").write_text(
        f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\n'
        f'case "$2" in list) if grep -q "^pr create" {tmp_path}/asked; then echo 1; fi;; esac\n', "utf-8")
    (binaries / "gh").chmod(0o755)
    return folder, tmp_path


@pytest.fixture
def forking(weekly: tuple[Path, Path]) -> Iterator[None]:
    with forks.forked(weekly[0]):
        yield


@pytest.mark.usefixtures("forking")
def test_weekly_run_opens_one_request_with_what_could_be_had(weekly: tuple[Path, Path]) -> None:
    folder, scratch = weekly
    env = {"FETCH_ARGS": "--allow-private", "GH_TOKEN": "none", "GITHUB_STEP_SUMMARY": str(scratch / "summary.md"),
           "PATH": f"{scratch / 'bin'}:{os.environ['PATH']}"}
    work, pack = script("fetch", "Fetch, classify, build"), script("fetch", "Put what changed into one file")
    verdict = script("fetch", "Say when something could not be fetched or built")
    main = newcomer.sh("git rev-parse origin/main", folder).output

    newcomer.sh(work, folder, env)
    body = (folder / "build" / "fetch" / "body.md").read_text("utf-8")
    assert "/refused/" in body and "403" in body and "A sum of odd numbers" in body
    newcomer.sh(pack, folder, env)
    ask(folder, scratch, env)
    with pytest.raises(AssertionError, match="New, truncated, refused, failed: [^0]"):
        newcomer.sh(verdict, folder, env)
    newcomer.sh("git fetch --quiet", folder)
    changed = newcomer.sh("git diff --name-only origin/main origin/fetched", folder).output.split()
    assert changed and all(name.startswith("source/") for name in changed)

    newcomer.sh(work, folder, env)
    newcomer.sh(pack, folder, env)
    ask(folder, scratch, env)
    asked = (scratch / "asked").read_text("utf-8").splitlines()
    assert [line.split()[1] for line in asked] == ["list", "create", "list", "edit"], "one request, renewed"
    assert newcomer.sh("git fetch --quiet; git rev-parse origin/main", folder).output == main

    newcomer.sh("git reset --quiet --hard && git merge --quiet origin/fetched && git push --quiet origin main", folder)
    newcomer.sh(work, folder, env)
    newcomer.sh(pack, folder, env)
    ask(folder, scratch, env)
    assert "nothing new: no pull request" in (scratch / "summary.md").read_text("utf-8")
    assert len((scratch / "asked").read_text("utf-8").splitlines()) == len(asked), "nothing new, nothing asked"


def ask(folder: Path, scratch: Path, env: Mapping[str, str]) -> None:
    """Do what the job with the right to push does: in a clone of its own, with the two files it is handed."""
    shutil.rmtree(scratch / "request", ignore_errors=True)
    newcomer.sh(f"git clone --quiet --branch main {scratch / 'remote.git'} {scratch / 'request'}", scratch)
    (scratch / "request" / "build" / "fetch").mkdir(parents=True)
    for name in ("body.md", "fetched.patch"):
        shutil.copy(folder / "build" / "fetch" / name, scratch / "request" / "build" / "fetch" / name)
    newcomer.sh(script("fetch", "Open or renew the one pull request"), scratch / "request", env)


@pytest.mark.parametrize("harm", ["echo x >> Makefile", "mkdir -p .github; echo x > .github/x.yml", "rm edition.toml",
                                  "ln -s /etc/passwd source/posts/x.md", "echo x > source/x; chmod +x source/x",
                                  "git mv edition.toml source/edition.toml"])
def test_a_patch_that_does_more_than_add_text_opens_nothing(weekly: tuple[Path, Path], harm: str) -> None:
    folder, scratch = weekly
    env = {"GH_TOKEN": "none", "GITHUB_STEP_SUMMARY": str(scratch / "summary.md"),
           "PATH": f"{scratch / 'bin'}:{os.environ['PATH']}"}
    newcomer.sh(f"mkdir -p source/posts build/fetch; echo y > source/posts/y.md; {harm}; git add --all . && "
                "git diff --cached --binary > build/fetch/fetched.patch; echo b > build/fetch/body.md", folder)
    with pytest.raises(AssertionError, match="the patch"):
        ask(folder, scratch, env)
    assert not (scratch / "asked").exists()
    assert newcomer.sh("git ls-remote origin fetched", folder).output.strip() == ""


# ---- Read the Docs

def test_read_the_docs_runs_its_own_commands(published: EditionFolder) -> None:
    settings = load(REPO / ".readthedocs.yaml")
    jobs = settings["build"]["jobs"]
    assert settings["version"] == 2 and "--require-hashes -r requirements.lock" in jobs["install"][0]
    assert all("--fail-on-warning" in command for command in jobs["build"]["html"])
    guide = " ".join((REPO / "source" / "guide" / "hosting.md").read_text("utf-8").replace("\\\n", " ").split())
    for command in [*jobs["install"], *jobs["build"]["html"]]:
        assert command in guide, "the guide shows what runs there"
    out = published.root / "build" / "html"
    assert not [path for path in out.rglob("*") if path.suffix in (".doctree", ".pickle")], "not for readers"
    for path in out.rglob("*.html"):
        text = path.read_text("utf-8")
        if "_static" in path.parts or path.name == "404.html":
            continue
        own = path.relative_to(out).as_posix()
        assert re.search(rf'<link rel="canonical" href="{re.escape(CANONICAL)}[^"]*"', text), own
        # Below /zh/latest/ an address from the root of the host would miss.
        assert not re.search(r'(?:href|src)="/[^/"]', text), own
    assert (out / "pagefind" / "pagefind.js").is_file() and list((out / "_static").rglob("*.woff2"))


@pytest.mark.browser
def test_below_a_folder_everything_is_found(
    published: EditionFolder, tmp_path: Path, browser: Any, serve: Callable[[Path], str]
) -> None:
    """A reader's way through the site at an address like /zh/latest/: no page, script or index is missed."""
    (tmp_path / "zh").mkdir()
    site = published.root / "build" / "html"
    (tmp_path / "zh" / "latest").symlink_to(site)
    host = serve(tmp_path)
    base, missed = f"{host}/zh/latest/", []
    tab = browser.new_page(viewport={"width": 1280, "height": 900})
    tab.on("console", lambda said: said.type in ("error", "warning") and missed.append(said.text))
    tab.on("pageerror", lambda error: missed.append(str(error)))
    tab.on("requestfailed", lambda request: "ERR_ABORTED" in request.failure or missed.append(request.url))
    tab.on("response", lambda answer: answer.status >= 400 and missed.append(f"{answer.status} {answer.url}"))
    tab.on("request", lambda request: request.url.startswith((base, "data:", "blob:")) or missed.append(request.url))

    tab.goto(base)
    tab.locator('article a[href^="posts/"]').first.click()
    tab.wait_for_url(f"{base}posts/*.html")
    # A preview of an equation of another post.
    linked = next(path for path in sorted((site / "posts").glob("*.html")) if ".html#eq-" in path.read_text("utf-8"))
    tab.goto(f"{base}posts/{linked.name}")
    title = re.sub(r"\W+$", "", tab.locator("article h1").inner_text())
    tab.locator('article a.reference.internal[href*=".html#eq-"]').first.hover()
    tab.wait_for_selector(".zs-preview:not([hidden]) math")

    tab.goto(f"{base}search.html?{urlencode({'q': title})}")
    tab.locator("#by-text .zs-hits > li > a").first.click()
    tab.wait_for_url(f"{base}posts/**")
    assert tab.locator("article h1").inner_text().startswith(title)

    tab.goto(f"{base}search.html?{urlencode({'formula': TEX})}")
    tab.locator("#by-formula .zs-hits > li > a").first.click()
    tab.wait_for_url(f"{base}posts/**")

    tab.goto(f"{base}audit.html")
    tab.wait_for_selector(".audit-filters:not([hidden])")
    tab.locator(".audit-table tbody a").first.click()
    tab.wait_for_url(f"{base}**/*.html")
    tab.wait_for_load_state("networkidle")
    assert missed == []
    tab.close()
