"""The benchmark gives every builder the same posts, counts what it says, and the guide shows what was recorded."""

from __future__ import annotations

import html
import json
import os
import re
import resource
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from benchmarks import katex_hook
from benchmarks.__main__ import GUIDE, RECORDED, Bench, _progress, main
from benchmarks.builders import (
    KATEX,
    KATEX_RELEASE,
    OURS,
    PARALLEL,
    STOCK,
    output_size,
    peer_builders,
    sphinx_builders,
)
from benchmarks.corpus import Post, Size, copy, edited, middle, pictures, read_posts, sample, scale, size, sound
from benchmarks.machine import commit, machine, versions
from benchmarks.process import measure
from benchmarks.record import GOALS, Record, Run, Step, dump, load, medians, plan, ratio, targets
from benchmarks.report import HEADING, into_guide, report
from ext.edition.site.errors import EditionError
from ext.edition.site.frontmatter import split

REPO = Path(__file__).resolve().parent.parent.parent
POST = """---
title: "水往低处流"
slug: water
id: 12
source: https://blog.example/archives/12
tags: 甲, 乙
---

# 水往低处流

设 $x$ 为高度，则

$$
y = x^2
$$

## 小节

title: 正文里的一行
"""
SMALL = [Post(name, POST.replace("12", str(12 + at))) for at, name in enumerate(("a", "b", "c"))]


def run(builder: str, user: float, *, kind: str = "full", scale: int = 1, number: int = 1, output: int = 9) -> Run:
    return Run(builder, kind, scale, number, user, 0.1, 2 * user, 10 * user, 5 * user, output, 3)  # type: ignore[arg-type]


RUNS = (run(STOCK, 40.0, output=90), run(OURS, 4.0), run(OURS, 6.0, number=2), run(OURS, 8.0, number=3),
        run(STOCK, 8.0, kind="edit"), run(OURS, 2.0, kind="edit"), run(OURS, 30.0, scale=4))


@pytest.fixture
def record() -> Record:
    return Record("2020-01-02", "abc", machine(), versions(None), Size(3, 6, 600), {"rounds": 3}, RUNS)


# ---- the corpus

def test_copies_have_names_titles_and_ids_of_their_own() -> None:
    posts = scale(SMALL, 3)
    heads = [split(post.text) for post in posts]
    assert posts[:3] == tuple(SMALL) and len(posts) == 9
    for distinct in ([post.name for post in posts], [head.meta["id"] for head in heads],
                     [head.meta["source"] for head in heads]):
        assert len({str(value) for value in distinct}) == 9
    assert heads[3].meta["title"] == "水往低处流 · 2" and "# 水往低处流 · 2\n" in heads[3].body
    assert heads[3].meta["source"] == "https://blog.example/archives/120002"
    assert heads[3].body.replace(" · 2", "") == heads[0].body, "the rest of the text stays"


def test_links_between_the_posts_lead_to_the_copies_of_the_same_number() -> None:
    links = "见[乙](https://blog.example/archives/13)、[丙](/archives/14#e)、[外](/archives/99)、[图](/uploads/13.png)。\n"
    posts = scale([Post(one.name, one.text + links) for one in SMALL], 2)
    assert posts[0].text.endswith(links)
    assert posts[3].text.endswith(links.replace("archives/13", "archives/130002").replace("/14", "/140002"))


def test_a_post_without_front_matter_or_heading_is_copied() -> None:
    assert copy(Post("a", "字。\n"), 2) == Post("a-x2", "字。\n")
    assert copy(Post("a", "---\ntitle: \ndate:\n---\n字\n"), 2).text == "---\ntitle: \ndate:\n---\n字\n"


def test_posts_are_found_and_a_few_are_spread_over_all(tmp_path: Path) -> None:
    (tmp_path / "legacy").mkdir()
    for number in range(10):
        (tmp_path / "legacy" / f"{number}.md").write_text("字\n", "utf-8")
    assert [post.name for post in read_posts(tmp_path, 3)] == ["0", "3", "6"]
    assert len(read_posts(tmp_path)) == len(read_posts(tmp_path / "legacy", 20)) == 10
    assert sample(SMALL, 3) == tuple(SMALL)
    with pytest.raises(EditionError, match="holds no Markdown"):
        read_posts(tmp_path / "none")


def test_posts_that_end_some_builders_are_left_out() -> None:
    assert sound([SMALL[0], Post("bad", '---\ntitle: "a" b\n---\n字\n'), Post("open", "---\n字\n")]) == (SMALL[0],)


def test_the_size_is_counted_and_the_median_post_is_edited() -> None:
    assert size(SMALL) == Size(3, 6, sum(len(post.text.encode()) for post in SMALL))
    long, short = Post("long", POST * 2), Post("short", "字\n")
    assert middle([long, SMALL[0], short]) == SMALL[0]
    assert edited(POST).startswith(POST.rstrip("\n")) and len(edited(POST)) > len(POST)


def test_pictures_stand_in_for_local_ones_inside_the_folder_only(tmp_path: Path) -> None:
    text = ("![](/up/a.png) ![图](b%20c.svg) ![](https://blog.example/d.png) ![](//blog.example/e.png) "
            "![](../../f.png) ![](/../g.png) [](h.png) ![](i)")
    found = pictures([Post("a", text)])
    assert set(found) == {"up/a.png", "posts/b c.svg"} and found["up/a.png"].startswith(b"\x89PNG")
    builder = sphinx_builders(REPO / "edition.toml")[0]
    builder.write(tmp_path / "w", SMALL, found)
    assert (tmp_path / "w" / "source" / "up" / "a.png").is_file()


# ---- running

def test_a_program_is_measured_with_its_children(tmp_path: Path) -> None:
    child = "x = bytearray(150_000_000); sum(i * i for i in range(3_000_000)); import time; time.sleep(1.5)"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}], check=True); print('done')"
    used = measure((sys.executable, "-c", code), cwd=tmp_path, log=tmp_path / "log", timeout=60)
    assert (tmp_path / "log").read_text() == "done\n"
    assert used.user > 0.05 and used.wall > 1.5, "the child's work counts"
    mine = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # what is forked from here begins as large
    assert 140 < used.peak < 250 and 140 < used.largest < max(250, mine + 50)


def test_an_interrupted_build_does_not_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[int] = []

    def interrupt(pid: int, _: int) -> None:
        started.append(pid)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("os.wait4", interrupt)
        measure((sys.executable, "-c", "import time; time.sleep(60)"), cwd=tmp_path, log=tmp_path / "log", timeout=60)
    assert len(started) == 1 and not psutil.pid_exists(started[0])


@pytest.mark.parametrize(("code", "timeout", "message"), [
    ("raise SystemExit('no luck')", 60, "(?s)ended with 1.*no luck"),
    ("import time; time.sleep(60)", 0.3, "took longer than 0 s"),
])
def test_what_fails_or_hangs_is_an_error(tmp_path: Path, code: str, timeout: float, message: str) -> None:
    with pytest.raises(EditionError, match=message):
        measure((sys.executable, "-c", code), cwd=tmp_path, log=tmp_path / "log", timeout=timeout)


def test_every_builder_is_given_the_same_files(tmp_path: Path) -> None:
    given = []
    for builder in sphinx_builders(REPO / "edition.toml"):
        folder = tmp_path / builder.name
        builder.write(folder, [*SMALL, Post("gone", "")])
        builder.write(folder, SMALL)
        given.append({path.name: path.read_text("utf-8") for path in (folder / builder.posts).iterdir()})
        assert str(folder / builder.output) in builder.command(folder)
    assert given == [{f"{post.name}.md": post.text for post in SMALL}] * 3
    assert (tmp_path / OURS / "edition.toml").read_bytes() == (REPO / "edition.toml").read_bytes()
    assert "posts/*" in (tmp_path / STOCK / "source" / "index.md").read_text("utf-8")


def test_peers_that_are_not_installed_are_left_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("benchmarks.builders._has", lambda *_: False)
    assert peer_builders(sys.executable) == ()
    monkeypatch.setattr("benchmarks.builders._has", lambda _, program, __: program == "zensical")
    peer, = peer_builders("python")
    assert peer.command(tmp_path) == ("python", "-m", "zensical", "build", "--config-file",
                                      str(tmp_path / "mkdocs.yml"))


def test_katex_is_the_release_that_is_compared_and_needs_what_it_is_set_by(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "package.json").write_text('{"version": "0.1"}', "utf-8")
    monkeypatch.setattr("benchmarks.builders._has", lambda _, program, __: program == "mkdocs")
    monkeypatch.setattr("benchmarks.builders.shutil.which", lambda name, path=None: f"/bin/{name}")
    with pytest.raises(EditionError, match=f"is KaTeX 0.1, not {KATEX_RELEASE}"):
        peer_builders("python", tmp_path)
    (tmp_path / "package.json").write_text(json.dumps({"version": KATEX_RELEASE}), "utf-8")
    peer = next(one for one in peer_builders("python", tmp_path) if one.name == KATEX)
    assert peer.command(tmp_path)[:2] == ("env", f"KATEX={tmp_path}")
    assert "katex_hook.py" in peer.files["mkdocs.yml"] and "plugins: [search]" in peer.files["mkdocs.yml"]
    monkeypatch.setattr("benchmarks.builders.shutil.which", lambda name, path=None: None)
    with pytest.raises(EditionError, match="needs mkdocs-material and Node"):
        peer_builders("python", tmp_path)


@pytest.mark.parametrize(("tex", "display"), [("a<b", False), ("\\frac{1}{2}", True)])
def test_what_katex_is_given_is_the_tex_of_the_page(
    tex: str, display: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stand-in sets formulas: it says what it was given."""
    (tmp_path / "node").write_text(f"#!{sys.executable}\nimport json, sys\nfor line in sys.stdin:\n"
                                   "    print(json.dumps([f'<i>{shown} {tex}</i>' for shown, tex in json.loads(line)]),"
                                   " flush=True)\n", "utf-8")
    (tmp_path / "node").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("KATEX", str(tmp_path))
    signs, tag = (("\\[", "\\]"), "div") if display else (("\\(", "\\)"), "span")
    katex_hook.on_startup()
    page = f'<p>x <{tag} class="arithmatex">{signs[0]}{html.escape(tex)}{signs[1]}</{tag}> y</p>'
    assert katex_hook.on_page_content(page) == f"<p>x <i>{display} {tex}</i> y</p>"
    assert katex_hook.on_page_content("<p>$</p>") == "<p>$</p>"
    katex_hook.on_shutdown()


def test_the_output_is_weighed(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.html").write_bytes(b"12345")
    (tmp_path / "c.js").write_bytes(b"123")
    assert output_size(tmp_path) == (8, 1)


# ---- the figures

def test_builders_take_turns_and_growth_comes_last() -> None:
    assert plan(["a", "b"], rounds=2, edit=["b"], scales=[1, 2], growing=["b"]) == [
        Step("a"), Step("b"), Step("b", "edit"),
        Step("b", round=2), Step("b", "edit", round=2), Step("a", round=2), Step("b", scale=2)]


def test_medians_ratios_and_targets() -> None:
    found = medians(RUNS)
    assert [found[Step(OURS)].user, found[Step(OURS)].runs, found[Step(OURS, scale=4)].user] == [6.0, 3, 30.0]
    assert ratio(found, "user", Step(OURS), Step(STOCK)) == 0.15
    assert ratio(found, "user", Step(PARALLEL), Step(STOCK)) is None
    met = {target.name: target.met for target in targets(RUNS)}
    assert met == {"full-cpu": True, "full-output": True, "edit-cpu": False, "growth-cpu": False,
                   "growth-memory": False, "edit-wall": None, "full-wall-peer": None, "parallel-wall": None,
                   "parallel-cpu": None, "parallel-memory": None, "full-memory": True}


def test_a_record_survives_json(record: Record) -> None:
    assert load(dump(record)) == record and dump(load(dump(record))) == dump(record)


def test_the_report_says_what_was_measured(record: Record) -> None:
    text = report(record, "en")
    assert "| ours | 6.0 | 0.15 | 12.0 | 0.15 | 60 | 0.0 | 0.1 |" in text
    assert "| four times the posts: user CPU | 5 | 4.4 | missed |" in text
    assert "| ours | 12 | 30.0 | 5 |" in text and "commit `abc`" in text and f"python {sys.version.split()[0]}" in text
    assert "Converter" not in text and "| 改一篇之后 |" in report(record, "zh")
    lacking = report(replace(record, left_out=1, failed={"zensical": "out of luck"}), "en")
    assert "zensical failed: out of luck." in lacking and "not YAML: 1 posts" in lacking and "failed" not in text
    assert "Growth" not in report(replace(record, runs=RUNS[:2]), "en")
    for goal in GOALS:
        assert goal.name not in text, "every goal has words"


def test_only_the_section_of_the_guide_is_made_anew(record: Record) -> None:
    page = f"# 页\n\n前。\n\n{HEADING}\n\n旧。\n\n### 旧\n\n## 下一节\n\n后。\n"
    made = into_guide(page, record)
    assert "旧" not in made and made.startswith("# 页\n\n前。\n\n") and made.endswith("## 下一节\n\n后。\n")
    assert into_guide(made, record) == made
    with pytest.raises(ValueError, match="no section"):
        into_guide("# 页\n", record)


def test_the_guide_shows_the_record() -> None:
    text = RECORDED.read_text("utf-8")
    record = load(text)
    assert dump(record) == text, "python -m benchmarks --show benchmarks/recorded.json --record"
    page = GUIDE.read_text("utf-8")
    assert into_guide(page, record) == page, "python -m benchmarks --show benchmarks/recorded.json --record"
    assert record.runs and record.commit and record.versions["sphinx"]


# ---- the command

def test_a_small_corpus_from_end_to_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    corpus, found = tmp_path / "corpus", tmp_path / "found.json"
    corpus.mkdir()
    for post in SMALL:
        (corpus / f"{post.name}.md").write_text(post.text, "utf-8")
    before = {path: path.read_bytes() for path in corpus.rglob("*")}
    words = [str(corpus), "--rounds", "1", "--edit", "--only", f"{STOCK},{OURS}", "--workdir", str(tmp_path / "work")]
    assert main([*words, "--json", str(found)]) == 0
    record = load(found.read_text("utf-8"))
    assert [(one.builder, one.kind) for one in record.runs] == [
        (STOCK, "full"), (STOCK, "edit"), (OURS, "full"), (OURS, "edit")]
    assert all(one.user > 0.1 and one.peak > 10 and one.pages >= 3 and one.output > 10_000 for one in record.runs)
    assert record.corpus == size(SMALL)
    assert {path: path.read_bytes() for path in corpus.rglob("*")} == before, "the corpus is only read"
    for built in ("stock/html", "ours/html"):
        pages = [path.read_text("utf-8") for path in (tmp_path / "work" / built / "posts").glob("*.html")]
        assert len(pages) == 3 and sum("量度而加上" in page for page in pages) == 1
    assert "| stock |" in capsys.readouterr().out
    assert main(["--show", str(found)]) == 0
    assert capsys.readouterr().out == report(record, "en")


def test_a_peer_that_fails_ends_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def fails(_: Path) -> tuple[str, ...]:
        return (sys.executable, "-c", "raise SystemExit('no luck')")

    builders = {name: replace(sphinx_builders(REPO / "edition.toml")[0], name=name, command=fails)
                for name in ("peer", OURS)}
    bench, failed = Bench(builders, SMALL, tmp_path, 60), {}
    assert list(_progress(bench, [Step("peer"), Step("peer", round=2)], {"peer"}, failed)) == []
    assert failed == {"peer": "no luck"}
    assert capsys.readouterr().err.count("peer, full") == 1, "it is tried once"
    with pytest.raises(EditionError, match="no luck"):
        list(_progress(bench, [Step(OURS)], {"peer"}, {}))


def test_a_builder_that_leaves_posts_out_is_an_error(tmp_path: Path) -> None:
    idle = replace(sphinx_builders(REPO / "edition.toml")[0], command=lambda _: (sys.executable, "-c", ""))
    with pytest.raises(EditionError, match="stock wrote 0 pages for 3 posts"):
        Bench({STOCK: idle}, SMALL, tmp_path, 60).carry_out(Step(STOCK))


def test_help_teaches_and_a_missing_corpus_is_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "post.md").write_text(POST, "utf-8")
    with pytest.raises(SystemExit):
        main([])
    assert "make bench CORPUS=DIR" in capsys.readouterr().err
    assert main([str(tmp_path / "none")]) == 1 and "is no folder" in capsys.readouterr().err
    assert main([str(tmp_path / "one"), "--only", "ours,their"]) == 1
    assert "called their\n  remedy: take stock, ours, ours -j auto" in capsys.readouterr().err
    assert main([str(tmp_path)]) == 1 and "holds no Markdown" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["--help"])
    assert re.search(r"a first look: ten posts", capsys.readouterr().out)


def test_the_commit_is_told(tmp_path: Path) -> None:
    assert re.fullmatch(r"[0-9a-f]{10,}(-dirty)?", commit(REPO))
    assert commit(tmp_path) == ""
