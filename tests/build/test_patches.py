"""Changes to the insides of others: a changed inside is named here, and the build goes on without the change."""

from __future__ import annotations

import dataclasses
import gc
import subprocess
import sys
from collections.abc import Callable
from types import MappingProxyType

import pytest
import yaml
from bs4 import BeautifulSoup
from conftest import REPO, EditionFolder, sphinx_build

from ext.build import documents, patches
from ext.build.garbage import builds_an_edition

Make = Callable[..., EditionFolder]


@pytest.mark.parametrize("name", patches.PATCHES)
def test_the_inside_is_as_the_patch_knows_it(name: str) -> None:
    """Where this fails, others changed: adapt the patch or drop it. Builds are right without it meanwhile."""
    patch = patches.PATCHES[name]
    assert patch.fits(), f"{patch.package} has changed: {patch.replaces}"
    assert all(dataclasses.astuple(patch)[:3])


def test_visitors_that_see_little_are_still_there() -> None:
    assert len(documents._SPARSE) == 2
    assert documents.there("docutils.nodes:no_such_thing") is documents.there("no.such.module:name") is None


@pytest.mark.parametrize("text", ["[" * 9999 + "]" * 9999, "- " * 9999 + "a", "{a: " * 9999, "a: [1", "a: *b"])
def test_what_no_front_matter_may_be_is_an_error_of_yaml(text: str) -> None:
    with pytest.raises(yaml.YAMLError):
        patches._safe_load(text)


@pytest.mark.parametrize("change", [{"below": "0.1"}, {"known": lambda: False}], ids=["version", "inside"])
def test_a_build_without_the_patches_gives_the_same_pages(
        make_edition: Make, monkeypatch: pytest.MonkeyPatch, change: dict[str, object],
        capfd: pytest.CaptureFixture[str]) -> None:
    def built(name: str) -> EditionFolder:
        folder = make_edition(name=name)
        folder.post("a", "# 一\n\n见 {eq}`eq-a`。[^1]\n\n$$x = 1$$ (eq-a)\n\n[^1]: 注\n\n```python\n1\n```")
        folder.post("b", "```{prf:derivation}\n:of: a#eq-a\n\n$$1 = x$$\n```\n\n[甲](a.md)")
        return folder

    with_them = built("with").build()
    monkeypatch.setattr(patches, "PATCHES", MappingProxyType({
        name: dataclasses.replace(patch, **change) for name, patch in patches.PATCHES.items()}))  # type: ignore[arg-type]
    without = built("without").build()
    assert without.warnings == with_them.warnings == ()

    def body(html: str) -> str:
        return str(BeautifulSoup(html, "html.parser").body)

    pages, others = (sorted(path.relative_to(build.out) for path in build.out.rglob("*.html")
                            if "_static" not in path.parts) for build in (with_them, without))
    assert len(pages) > 8 and pages == others
    assert [page for page in pages
            if body((with_them.out / page).read_text("utf-8")) != body((without.out / page).read_text("utf-8"))] == []
    # Pages ask for the stock files, and those are there.
    head = BeautifulSoup(without.html("posts/a"), "html.parser").head
    asked = [link["href"].partition("?")[0] for link in head.select("link[rel=stylesheet]")]
    assert asked and all((without.out / "posts" / href).is_file() for href in asked)


def test_citations_look_once_through_what_is_installed(edition_folder: EditionFolder) -> None:
    edition_folder.write("references.bib", "@book{a, title = {T}, author = {A B}, year = 2000, publisher = {P}}\n")
    edition_folder.write("references.md", "# 文献\n\n```{bibliography}\n```\n")
    edition_folder.post("p", "\n\n".join(["见 {cite}`a`。"] * 9))
    before = patches.installed.cache_info()
    assert edition_folder.build().html("posts/p").count("references.html#cite-a") >= 9
    after = patches.installed.cache_info()
    assert after.misses - before.misses < 9 <= after.hits - before.hits


def test_the_notice_is_one_line_and_no_warning(edition_folder: EditionFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patches, "PATCHES", MappingProxyType({
        name: dataclasses.replace(patch, below="0.1") for name, patch in patches.PATCHES.items()}))
    done = sphinx_build("-W", "-c", REPO, edition_folder.source, edition_folder.root / "out", cwd=REPO)
    assert done.returncode == 0, done.stderr
    said = [line.split()[0] for line in done.stdout.splitlines() if "built without the patch" in line]
    assert sorted(said) == sorted(patch.package for patch in patches.PATCHES.values())


WATCHED = """
import atexit, gc, runpy, sys
seen = []
register = atexit.register
atexit.register = lambda function, *a, **k: (seen.append(function), register(function, *a, **k))[1]
disable = gc.disable
gc.disable = lambda: (seen.append(gc.disable), disable())[1]
"""


@pytest.mark.parametrize("program", ["sphinx-build", "another"])
def test_only_a_sphinx_build_has_its_garbage_left(edition_folder: EditionFolder, program: str) -> None:
    arguments = ["-q", "-c", str(REPO), str(edition_folder.source), str(edition_folder.root / "out")]
    after = "\nprint(int(gc.freeze in seen), int(gc.disable in seen), int(gc.isenabled()))"
    if program == "sphinx-build":
        code = (f"{WATCHED}\nsys.argv = ['sphinx-build', *{arguments!r}]\n"
                f"try: runpy.run_module('sphinx', run_name='__main__', alter_sys=True)\nexcept SystemExit: pass{after}")
    else:
        code = f"{WATCHED}\nfrom sphinx.cmd.build import main\nassert main({arguments!r}) == 0{after}"
    done = subprocess.run([sys.executable, "-c", code], cwd=REPO, capture_output=True, text=True, check=True)
    assert done.stdout.split() == (["1", "1", "1"] if program == "sphinx-build" else ["0", "0", "1"]), done.stderr


def test_tests_keep_their_own_collector(edition_folder: EditionFolder) -> None:
    frozen = gc.get_freeze_count()
    edition_folder.build()
    assert gc.isenabled() and gc.get_freeze_count() == frozen


def test_someone_elses_project_is_no_edition(tmp_path: object) -> None:
    class App:
        srcdir = tmp_path

    assert not builds_an_edition(App())  # type: ignore[arg-type]
