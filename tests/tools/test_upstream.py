"""What a blog changes, from two saved pages to the merged post: titles, days, pictures, addresses, formulas."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import EditionFolder

import tools.__main__ as command_line
from ext.edition.math.equation import dead_names
from ext.edition.posts import catalogue
from ext.edition.posts.formula_names import formulas
from ext.edition.posts.naming import names_of
from ext.edition.posts.notes import notes
from ext.edition.posts.original import layer
from ext.edition.site import frontmatter

PAGE = """<!doctype html><html><head><meta charset="utf-8"><title>{title}</title>
<link rel="canonical" href="{url}"><meta property="article:published_time" content="{date}">
<script>MathJax={{}}</script><script src="https://cdn.jsdelivr.net/npm/mathjax@3/es5/tex-mml-chtml.js"></script></head>
<body><article><h1>{title}</h1><div class="entry-content">{body}</div></article></body></html>"""
URL = "https://upstream.example/p/mass/"


def picture(shade: int) -> bytes:
    """Return a PNG of one grey pixel."""
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(bytes([0, shade]))) + chunk(b"IEND", b""))


class Upstream:
    """A blog of one page, of which we have an edition."""

    def __init__(self, folder: EditionFolder, pages: Path) -> None:
        self.folder, self.pages = folder, pages
        pages.mkdir()
        (folder.root / "edition.toml").write_text(
            '[edition]\ntitle = "试"\n[relevance]\nenabled = false\n', "utf-8")

    def run(self, *words: str) -> int:
        return command_line.main([words[0], "--edition", str(self.folder.root), *words[1:]])

    def fetch(self, *paragraphs: str, title: str = "On mass", url: str = URL, date: str = "2021-04-05") -> int:
        body = "\n".join(text if text.startswith("<") else f"<p>{text}</p>" for text in paragraphs)
        (self.pages / "page.html").write_text(PAGE.format(title=title, url=url, date=date, body=body), "utf-8")
        return self.run("fetch", "--pages", str(self.pages))

    def path(self) -> Path:
        (path,) = (self.folder.source / "posts").glob("*.md")
        return path

    def post(self) -> frontmatter.Parts:
        return frontmatter.split(self.path().read_text("utf-8"))

    def annotate(self, text: str, after: str = "") -> None:
        whole = self.path().read_text("utf-8")
        if after:
            assert whole.count(after) == 1
            whole = whole.replace(after, f"{after}\n\n{text}")
        else:
            whole += f"\n{{.annotation}}\n## 注\n\n话。\n\n{text}\n"
        self.path().write_text(whole, "utf-8")

    def says(self, name: str) -> str:
        """Return what the formula called *name* says, or nothing."""
        parts = self.post()
        found = names_of(parts.body, dead_names(parts.meta))
        tex = [one.tex for one in formulas(layer(parts.body), dead=dead_names(parts.meta))]
        return "".join(tex[found[name]].split()) if name in found else ""

    def stale(self) -> list[bool]:
        return [note.stale for note in notes(self.post().body) if not note.section]

    def name(self, tex: str) -> str:
        (found,) = (one.content for one in formulas(layer(self.post().body)) if "".join(one.tex.split()) == tex)
        return found


def about(name: str) -> str:
    return f":::{{prf:derivation}} 推\n:of: {name}\n\n于是 $1$。\n:::"


@pytest.fixture
def upstream(edition_folder: EditionFolder, tmp_path: Path) -> Upstream:
    return Upstream(edition_folder, tmp_path / "saved")


def test_two_formulas_that_change_places_keep_their_names(upstream: Upstream) -> None:
    first = ("Start.", "$$m = r v$$", "One text.", "Two texts.", "$$K = w^3 u$$", "Later.", "End.")
    upstream.fetch(*first)
    one, two = upstream.name("m=rv"), upstream.name("K=w^3u")
    upstream.annotate(f"{about(one)}\n\n{about(two)}")
    upstream.fetch(*[{"$$m = r v$$": "$$K = w^3 u$$", "$$K = w^3 u$$": "$$m = r v$$"}.get(t, t) for t in first])
    assert upstream.run("update") == 0
    assert (upstream.says(one), upstream.says(two)) == ("m=rv", "K=w^3u")
    assert upstream.stale() == [False, False] and "(e-" not in upstream.post().body


@pytest.mark.parametrize("wrap", [
    "<details><summary>Why</summary><p>Since</p><p>{}</p><p>ok.</p></details>",
    "<blockquote><p>so</p><p>{}</p></blockquote>",
    "<ul><li>item <p>{}</p></li><li>b</li></ul>", "<table><tr><th>a</th></tr><tr><td>{}</td></tr></table>",
    "<dl><dt>t</dt><dd>{}</dd></dl>", "<p>words {} in a line</p>",
    "<ol><li><blockquote><p>deep {}</p></blockquote></li></ol>", "<div class='theorem'><p>Thm</p><p>{}</p></div>"])
def test_what_changes_inside_a_container_is_noticed_and_keeps_its_name(upstream: Upstream, wrap: str) -> None:
    upstream.fetch("Start.", wrap.format("$$m = r + v$$"), "Text.", "More.", "End.")
    name = upstream.name("m=r+v")
    upstream.annotate(about(name))
    upstream.fetch("Start.", wrap.format("$$m = r - v$$"), "Text.", "More.", "End.")
    assert upstream.run("update") == 0
    assert upstream.says(name).startswith("m=r-v") and upstream.stale() == [True]
    state = {path: path.read_bytes() for path in upstream.folder.source.rglob("*") if path.is_file()}
    assert upstream.run("update") == 0
    assert state == {path: path.read_bytes() for path in upstream.folder.source.rglob("*") if path.is_file()}


def test_an_aligned_formula_and_the_second_of_two_equal_ones_keep_their_names(upstream: Upstream) -> None:
    texts = ("Start.", r"\begin{align*}m&amp;=r+v\end{align*}", "Case one.", "$$q^2$$", "First words.", "Fill.",
             "$$q^2$$", "Second words.", "End.")
    upstream.fetch(*texts)
    names = [one.content for one in formulas(layer(upstream.post().body))]
    upstream.annotate("\n\n".join(map(about, (names[0], names[2]))))
    upstream.fetch(*texts[:1], texts[1].replace("+", "-"), texts[2], r"$$\int z^7$$", *texts[4:])
    assert upstream.run("update") == 0
    assert "r-v" in upstream.says(names[0]) and upstream.says(names[2]) == "q^2"
    assert upstream.says(names[1]) == "" and upstream.stale() == [True, False]


def test_a_role_keeps_its_formula_and_the_note_is_read_again(upstream: Upstream) -> None:
    texts = ["Start.", "$$m = r + v$$", "After.", "Far one.", "Far two.", "End."]
    upstream.fetch(*texts)
    name = upstream.name("m=r+v")
    upstream.annotate(f":::{{prf:remark}}\n由 {{eq}}`{name}` 知。\n:::", after="Far one.")
    upstream.fetch(*[text.replace("+", "-") for text in texts])
    assert upstream.run("update") == 0
    assert upstream.says(name) == "m=r-v" and upstream.stale() == [True]
    assert upstream.folder.build("dummy").warnings == ()


def test_numbers_make_nothing_stale(upstream: Upstream) -> None:
    upstream.fetch("Start.", r"$$m=1 \tag{1}$$", "One.", r"$$k=2 \tag{2}$$", "Two.", "End.")
    name = upstream.name(r"k=2\tag{2}")
    upstream.annotate(about(name), after="k=2 \\tag{2}\n$$")
    upstream.fetch("Start.", r"$$z=0 \tag{1}$$", r"$$m=1 \tag{2}$$", "One.", r"$$k = 2 \tag{3}$$", "Two.", "End.")
    assert upstream.run("update") == 0 and upstream.stale() == [False]
    assert upstream.says(name) == r"k=2\tag{3}" and "(e-" not in upstream.post().body


def test_labels_that_upstream_moves_are_followed(upstream: Upstream) -> None:
    def eq(tex: str, label: str) -> str:
        return rf"\begin{{equation}}{tex}\label{{eq:{label}}}\end{{equation}}"
    upstream.fetch("Start.", eq("m=1", "1"), "One text.", eq("k=2+h", "2"), "Two texts.", "End.")
    upstream.annotate(about("eq:2"))
    other = upstream.folder.post("other", f"说 {{eq}}`{upstream.path().stem}#eq:2`。\n")
    upstream.fetch("Start.", eq("z=0", "1"), "New.", eq("m=1", "2"), "One text.", eq("k=2+h", "3"), "Two texts.",
                   "End.")
    assert upstream.run("update") == 0
    path = next(p for p in (upstream.folder.source / "posts").glob("*.md") if p != other)
    body = frontmatter.split(path.read_text("utf-8")).body
    (of,) = (note.of[0] for note in notes(body) if note.of)
    tex = [one.tex for one in formulas(layer(body))]
    assert "k=2+h" in tex[names_of(body)[of]] and of != "eq:2" and f"#{of}`" in other.read_text("utf-8")
    assert upstream.folder.build("dummy").warnings == ()


def test_what_cannot_be_told_is_dead_and_says_so_until_it_is_settled(
        upstream: Upstream, capsys: pytest.CaptureFixture[str]) -> None:
    upstream.fetch("Start.", "$$q = p^2$$", "$$q = p^2$$", "Middle text.", "$$m = n$$", "End of it.")
    first, second = (one.content for one in formulas(layer(upstream.post().body)) if "q" in one.tex)
    upstream.annotate(f"{about(first)}\n\n{about(second)}")
    upstream.fetch("Another beginning.", "$$m = n$$", "And another middle.", "$$q = p^2$$", "It closes otherwise.")
    capsys.readouterr()
    assert upstream.run("update") == 0
    said = capsys.readouterr().out
    assert upstream.says(first) == upstream.says(second) == "" and upstream.stale() == [True, True]
    assert said.count("dead") >= 2 and f"python -m tools name {upstream.path().stem} {first}" in said
    warned = upstream.folder.build("dummy").warnings
    assert len(warned) == 2 and all("is dead" in one and "python -m tools name" in one for one in warned)
    standing = next(one.content for one in formulas(layer(upstream.post().body)) if "q" in one.tex)
    assert standing not in (first, second), "what nobody can tell apart has neither name"
    assert upstream.run("name", upstream.path().stem, first, standing) == 0
    assert upstream.says(first).startswith("q=p^2") and dead_names(upstream.post().meta) == (second,)
    assert upstream.run("name", upstream.path().stem, "e-000000", "e-111111") == 1


def test_a_dead_name_lives_again_when_its_formula_comes_back(upstream: Upstream) -> None:
    texts = ("Start.", "$$m = r v$$", "One text.", r"$$K = \int f$$", "End.")
    upstream.fetch(*texts)
    name = upstream.name("m=rv")
    upstream.annotate(about(name))
    upstream.fetch(texts[0], *texts[2:])
    assert upstream.run("update") == 0 and dead_names(upstream.post().meta) == (name,)
    upstream.fetch(*texts)
    assert upstream.run("update") == 0 and dead_names(upstream.post().meta) == () and upstream.says(name) == "m=rv"


def test_a_title_and_a_day_that_were_corrected_are_taken_over(
        upstream: Upstream, capsys: pytest.CaptureFixture[str]) -> None:
    texts = ("Start.", "$$m = r v$$", "End.")
    upstream.fetch(*texts, title="On masss")
    capsys.readouterr()
    assert upstream.fetch(*texts, title="On mass", date="2021-04-06") == 0
    assert "changed: title, date" in capsys.readouterr().out
    assert upstream.run("update") == 0
    parts = upstream.post()
    assert (parts.meta["title"], parts.meta["date"]) == ("On mass", "2021-04-06") and "# On mass\n" in parts.body
    (row,) = catalogue.load(upstream.folder.source).values()
    assert (row.title, row.date) == ("On mass", "2021-04-06")
    assert upstream.fetch(*texts, title="On mass", date="2021-04-06") == 0
    assert not list((upstream.folder.source / "originals").glob("*.new.md"))


def test_a_title_set_by_hand_stays(upstream: Upstream) -> None:
    texts = ("Start.", "$$m = r v$$", "End.")
    upstream.fetch(*texts, title="On masss")
    table = upstream.folder.source / "catalogue.yaml"
    table.write_text(table.read_text("utf-8").replace("On masss", "我的题目"), "utf-8")
    upstream.path().write_text(upstream.path().read_text("utf-8").replace("On masss", "我的题目"), "utf-8")
    upstream.fetch(*texts, title="On mass")
    upstream.run("update")
    assert upstream.post().meta["title"] == "我的题目"


def test_a_picture_that_changed_behind_its_address_is_taken_over(
        upstream: Upstream, capsys: pytest.CaptureFixture[str]) -> None:
    (upstream.pages / "plot.png").write_bytes(picture(1))
    texts = ("Start.", '<p><img src="plot.png" alt="p"></p>', "$$m = r v$$", "End.")
    upstream.fetch(*texts)
    (upstream.pages / "plot.png").write_bytes(picture(2))
    assert upstream.run("fetch", "--pages", str(upstream.pages), "--refresh") == 0
    assert "changed behind its address" in capsys.readouterr().out
    (kept,) = (upstream.folder.source / "_images").rglob("*.png")
    assert kept.read_bytes() == picture(2)


def test_a_post_at_a_new_address_is_the_same_post(upstream: Upstream) -> None:
    texts = ("Start of it.", "$$m = r v$$", "End of it.")
    upstream.fetch(*texts)
    (old,) = catalogue.load(upstream.folder.source)
    upstream.annotate(":::{prf:remark}\n话\n:::", after="Start of it.")
    new = URL.replace("mass", "weight")
    assert upstream.fetch(*texts, "One more.", url=new) == 0
    assert upstream.run("update") == 0 and "话" in upstream.post().body and "One more." in upstream.post().body
    (row,) = catalogue.load(upstream.folder.source).values()
    assert row.id == old and row.source == new and upstream.post().meta["source"] == new and row.aliases
    for url in (URL, new):  # whichever address the page calls its own
        upstream.fetch(*texts, "One more.", url=url)
        assert len(list((upstream.folder.source / "posts").glob("*.md"))) == 1


def test_two_posts_of_one_form_stay_two(upstream: Upstream) -> None:
    upstream.fetch("Weekly notes.", "$$a=1$$", "All about a.", "Bye.", title="Weekly")
    other = URL.replace("mass", "week-2")
    upstream.fetch("Weekly notes.", "$$b=1$$", "All about b.", "Bye.", title="Weekly", url=other)
    assert len(list((upstream.folder.source / "posts").glob("*.md"))) == 2


def test_two_posts_that_are_one_are_joined_without_a_loss(upstream: Upstream) -> None:
    upstream.fetch("Weekly notes.", "$$a=1$$", "All about a.", title="One")
    upstream.fetch("Other notes.", "$$b=1$$", "All about b.", title="Two", url=URL.replace("mass", "two"))
    one, two = sorted((upstream.folder.source / "posts").glob("*.md"))
    two.write_text(two.read_text("utf-8") + "\n:::{prf:remark}\n话\n:::\n", "utf-8")
    assert upstream.run("join", "one", "two") == 1 and two.is_file(), "annotations are not thrown away"
    assert upstream.run("join", "two", "one", "--dry-run") == 0 and one.is_file()
    gone = str(frontmatter.split(one.read_text("utf-8")).meta["id"])
    assert upstream.run("join", "two", "one") == 0 and not one.exists()
    (row,) = catalogue.load(upstream.folder.source).values()
    assert gone in row.aliases and not (upstream.folder.source / "originals" / f"{gone}.md").exists()
    assert "话" in upstream.post().body and upstream.folder.build("dummy").warnings == ()


@pytest.mark.parametrize("first", [
    "~~~~ = x", "+ x", "- x", "1. x", "# x", "> x", "--- x", "=== x", "* x", "` x", "| x", ": x"])
def test_a_formula_may_begin_with_any_characters(upstream: Upstream, first: str) -> None:
    upstream.fetch("Start.", "$$H=1$$", f"$$\n{first} 1\n$$".replace(">", "&gt;"), "Then.", "$$B=2$$", "End.")
    assert len(formulas(layer(upstream.post().body))) == 3
    assert upstream.folder.build("dummy").warnings == ()


def test_a_heading_that_is_nothing_but_a_link_builds(
        upstream: Upstream, make_saved: Callable[[str, str], None]) -> None:
    make_saved("other", "<p>Words of the other.</p><p>More.</p>")
    link = '<a href="https://upstream.example/other/">The other post</a>'
    upstream.fetch("Start.", f"<h2>{link}</h2>", "See.", "$$a=1$$")
    built = upstream.folder.build()
    assert built.warnings == ()


@pytest.fixture
def make_saved(upstream: Upstream) -> Callable[[str, str], None]:
    """Return a maker of further pages of the blog."""
    def make(slug: str, body: str) -> None:
        (upstream.pages / f"{slug}.html").write_text(PAGE.format(
            title=slug, url=f"https://upstream.example/{slug}/", date="2021-01-01", body=body), "utf-8")
    return make
