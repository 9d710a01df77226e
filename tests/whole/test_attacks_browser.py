"""Hostile posts, fetched, built and opened: nothing runs, nothing is read, nothing leaves, text shows as text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

import pytest
from conftest import REPO, Build, EditionFolder

from ext.edition.posts import catalogue
from ext.edition.site import frontmatter
from ext.edition.site.files import read_text
from tests.attacks import ATTACKS, Attack
from tools.__main__ import main

pytestmark = pytest.mark.browser

SECRET = "the-secret-marker-0xC0FFEE"
HIT = "window.hit=(window.hit||0)+1"
NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
# What the site itself never puts into an article.
ACTIVE = ("script, iframe, object, embed, form, base, meta, link, style, input:not([type=checkbox]), svg script, "
          "[onclick], [onerror], [onload], [onmouseover], [onfocus], [style*=position], [srcdoc], [formaction]")
# The frame of a page, from the body down to the article: tags and classes, no text.
FRAME = """() => {
  const article = document.querySelector('article.zs-article'), found = [];
  const walk = (node, depth) => { for (const child of node.children) {
    if (child.matches('.zs-toc, .zs-toc + script, .zs-neighbours > *')) continue;
    found.push(depth + child.tagName + '.' + [...child.classList].sort().join('.'));
    if (child !== article && depth < 3) walk(child, depth + 1);
  } };
  walk(document.body, 0);
  return found;
}"""
STATE = """active => {
  const article = document.querySelector('article.zs-article');
  return {
    hit: window.hit ?? null,
    articles: document.querySelectorAll('article').length,
    active: [...article.querySelectorAll(active)].map(el => el.outerHTML.slice(0, 200)),
    handlers: [...article.querySelectorAll('*')].filter(
        el => [...el.attributes].some(a => /^on/i.test(a.name))).map(el => el.outerHTML.slice(0, 200)),
    schemes: [...document.querySelectorAll('a[href], img[src], source[src], video[src]')].map(
        el => new URL(el.href || el.src, document.baseURI).protocol).filter(
        scheme => !['http:', 'https:', 'mailto:'].includes(scheme)),
    stolen: [...document.querySelectorAll('#stolen, #own, #stolen-label, .danger, .hidden, article .annotation')].map(
        el => el.outerHTML.slice(0, 200)),
    text: article.textContent,
    title: document.title,
  };
}"""


@dataclass(frozen=True, slots=True)
class Hostile:
    """One hostile entry of a feed: what stands around the text."""

    name: str
    title: str = "plain"
    path: str = ""
    tags: tuple[str, ...] = ()
    author: str = ""
    rights: str = ""
    html: str = "<p>shown</p>"
    shows: str = "shown"
    files: dict[str, bytes] = field(default_factory=dict)


SCRIPT_SVG = f'<svg xmlns="http://www.w3.org/2000/svg"><script>{HIT}</script></svg>'.encode()
ENTRIES = (
    Hostile("title-script", f"<script>{HIT}</script><img src=x onerror={HIT}>"),
    Hostile("title-markdown", "# x {#stolen} [a](javascript:alert(1)) {raw}`html` {{ config }} $x"),
    Hostile("title-yaml", "a: b\n---\nid: stolen\nlabels: !!python/object/apply:os.system [ls]"),
    Hostile("title-yaml-quotes", "\"' \\\" %TAG ! tag:yaml.org,2002: &a *a |"),
    Hostile("title-path", "../../../../evil"),
    Hostile("title-absolute", "/etc/passwd"),
    Hostile("title-windows", "..\\..\\evil"),
    Hostile("title-device", "con"),
    Hostile("title-dots", "..."),
    Hostile("title-hidden", ".htaccess"),
    Hostile("title-long", "长" * 500),
    Hostile("title-bidi", "a\u202egnp.exe"),
    Hostile("title-index", "index"),
    Hostile("title-underscore", "__init__"),
    Hostile("title-close", '</title><script>' + HIT + '</script>"\'><b>'),
    Hostile("title-directive", ":::{include} secret.txt"),
    Hostile("title-fence", "```{include} secret.txt```"),
    Hostile("path-up", path="../../../evil"),
    Hostile("path-up-spelled", path="%2e%2e%2f%2e%2e%2fevil"),
    Hostile("path-absolute", path="/etc/passwd"),
    Hostile("path-nul", path="a%00b"),
    Hostile("path-script", path="<script>alert(1)</script>"),
    Hostile("path-javascript", path='x" onclick="alert(1)'),
    Hostile("path-newline", path="a%0Aid: stolen"),
    Hostile("path-new", path="1.new"),
    Hostile("tags", tags=(f"<script>{HIT}</script>", "a: b", "[x](javascript:alert(1))", "{raw}`html`", "../../up",
                          "- item", "'\"", "x\ny")),
    Hostile("author", author=f"a\n---\n# stolen\n<img src=x onerror={HIT}>"),
    Hostile("rights", rights=f"<img src=x onerror={HIT}> [x](javascript:alert(1))"),
    Hostile("include", html="<p>:::{include} SECRET<br>:::</p><pre>```\n```{include} SECRET\n```</pre><p>shown</p>"),
    Hostile("include-relative", html="<p>```{literalinclude} ../secret.txt<br>```</p><p>shown</p>"),
    Hostile("include-code", html='<pre><code class="language-{include}">SECRET</code></pre><p>shown</p>'),
    Hostile("include-download", html="<p>{download}`SECRET` and {download}<code>../secret.txt</code> shown</p>"),
    Hostile("include-link", html='<p><a href="file://SECRET">shown</a> <a href="../secret.txt">b</a></p>'),
    Hostile("include-picture", html='<p><img src="file://SECRET" alt="shown"><img src="../secret.txt"></p>'),
    Hostile("include-tex", html=r"<p>\(\input{SECRET}\) and $$\include{SECRET}$$ shown</p>"),
    Hostile("include-entity", html='<!DOCTYPE x [<!ENTITY e SYSTEM "file://SECRET">]><p>&e; shown</p>'),
    Hostile("picture-svg", html='<p>shown<img src="/evil.svg" alt="evil"></p>', files={"evil.svg": SCRIPT_SVG}),
    Hostile("picture-named", html='<p>shown<img src="/..%2f..%2fevil.png" alt="evil"></p>'),
    Hostile("picture-html", html='<p>shown<img src="/evil.png" alt="evil"></p>',
            files={"evil.png": b"<script>" + HIT.encode() + b"</script>"}),
    Hostile("tex-html", html=r"<p>\(\href{javascript:alert(1)}{x}\) \(\style{position:fixed}{y}\) "
                             r"\(\class{danger}{z}\) \(\unicode{x3c}\) \(\text{<script>alert(1)</script>}\) shown</p>"),
    Hostile("tex-html-cells", html="<p>$$\\begin{matrix}\\text{&lt;img src=x onerror=alert(1)&gt;}\\end{matrix}$$"
                                   r" shown $\text{&lt;/math&gt;&lt;script&gt;alert(1)&lt;/script&gt;}$</p>"),
)
PAGES = {
    "page-title": "<title>a</title><h1>&lt;script&gt;alert(1)&lt;/script&gt; {#stolen}</h1><p>shown</p>",
    "page-canonical": '<link rel=canonical href="BASE/archives/../../page-canonical"><p>shown</p>',
    "page-saved-from": "<!-- saved from url=(0023)file:///etc/passwd --><p>shown</p>",
    "page-meta": f'<meta name=author content="&lt;img src=x onerror={HIT}&gt;"><meta name=date content="---"><p>shown',
}


@dataclass(frozen=True, slots=True)
class Opened:
    """The built site: where it is served, and which document each attack became."""

    root: Path
    base: str
    build: Build
    documents: dict[str, str]
    problems: str
    frame: list[str]


def _entry(number: int, post: Attack | Hostile, base: str, secret: str) -> str:
    if isinstance(post, Attack):
        post = Hostile(post.name, f"attack {number}", html=post.html + "<p>end</p>")
    link = f"{base}/archives/{post.path or number}"
    tags = "".join(f"<category>{escape(tag)}</category>" for tag in (*post.tags, f"n{number}"))
    return (f"<item><title>{escape(post.title)}</title><link>{escape(link)}</link><guid>{escape(link)}</guid>{tags}"
            f"<dc:creator>{escape(post.author)}</dc:creator><dc:rights>{escape(post.rights)}</dc:rights>"
            "<pubDate>Tue, 02 Jan 2024 08:00:00 +0800</pubDate>"
            f"<content:encoded>{escape(post.html.replace('SECRET', secret))}</content:encoded></item>")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, serve: Any, browser: Any) -> Opened:
    """Fetch every attack from a feed and from saved pages, and build what came of it."""
    root = tmp_path_factory.mktemp("attacked")
    blog, pages, folder = root / "blog", root / "pages", EditionFolder(root / "edition")
    for path in (blog, pages, folder.source / "posts"):
        path.mkdir(parents=True)
    secret = folder.source / "secret.txt"
    for place in (secret, folder.root / "secret.txt"):
        place.write_text(SECRET, "utf-8")
    base = serve(blog)
    (folder.root / "edition.toml").write_text(
        f'[edition]\ntitle = "试验"\n[site]\nname = "b"\nurl = "{base}"\nfeeds = ["{base}/feed.xml"]\n'
        "post = '127\\.0\\.0\\.1:\\d+/archives/(?P<id>[^?#]+)'\n[fetch]\ndelay = 0\nretries = 0\ntimeout = 2\n",
        "utf-8")
    folder.write("index.md", "# 首页\n")
    folder.write("audit.md", read_text(REPO / "source" / "audit.md"))
    folder.post("harmless", "shown", id="harmless")
    posts = [post for post in (*ATTACKS, *ENTRIES) if not NOT_XML.search(post.html)]
    for post in posts:
        for name, data in getattr(post, "files", {}).items():
            (blog / name).write_bytes(data)
    items = "".join(_entry(number, post, base, str(secret)) for number, post in enumerate(posts, 1))
    (blog / "feed.xml").write_text(
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>b</title>{items}</channel></rss>', "utf-8")
    saved = {**PAGES, **{a.name: a.html for a in ATTACKS if NOT_XML.search(a.html)}}
    for name, html in saved.items():
        (pages / f"{name}.html").write_text(
            f"<html><body><article>{html.replace('BASE', base)}</article></body></html>", "utf-8")
    before = _files(root, blog, folder.source)
    options = ["fetch", "--edition", str(folder.root), "--allow-private", "--quiet"]
    assert main(options) == 0
    assert main([*options, "--pages", str(pages)]) == 0
    assert _files(root, blog, folder.source) == before | {folder.root / ".cache"}
    build = folder.build()
    found = {document: frontmatter.split(read_text(folder.source / f"{document}.md")).meta
             for document in build.env.found_docs if document.startswith("posts/")}
    numbered = {f"n{number}": post.name for number, post in enumerate(posts, 1)}
    documents = {numbered[str(tag)]: document for document, meta in found.items()
                 for tag in meta.get("tags") or () if str(tag) in numbered}
    sources = {str(meta.get("id")): document for document, meta in found.items()}
    for row in catalogue.load(folder.source).values():
        name = Path(row.source).stem.removeprefix("file:")
        if name in saved:
            documents[name] = sources[row.id]
    site_base = serve(build.out)
    page = browser.new_page()
    page.goto(f"{site_base}/posts/harmless.html")
    frame = page.evaluate(FRAME)
    page.close()
    return Opened(root, site_base, build, documents, "\n".join(build.warnings), frame)


def _files(root: Path, *beside: Path) -> set[Path]:
    """Return every path outside of the folders where something is expected."""
    return {path for path in root.rglob("*") if not any(path.is_relative_to(folder) for folder in beside)
            and ".cache" not in path.parts[:-1]} | {root / "edition" / ".cache"}


#: Attacks whose address leads up out of its own path: there is nothing of that name to fetch.
NOWHERE = frozenset({"path-up-spelled"})
SHOWN = {**{post.name: post.shows for post in (*ATTACKS, *ENTRIES) if post.name not in NOWHERE},
         **dict.fromkeys(PAGES, "shown")}
TITLES = {post.name: post.title for post in ENTRIES}


def test_the_build_is_quiet_and_reads_nothing(site: Opened) -> None:
    assert site.problems == ""
    for path in site.build.out.rglob("*"):
        assert not (path.is_file() and SECRET.encode() in path.read_bytes()), path
    names = {path.name for path in (site.root / "edition" / "source").rglob("*")}
    assert not [name for name in names if re.search(r"[^\w.-]", name) or name.startswith("-")]
    assert not {"evil", "passwd", ".htaccess"} & {Path(name).stem for name in names if not name.endswith(".md")}


def test_every_attack_became_a_post(site: Opened) -> None:
    assert len(SHOWN) >= 60
    assert set(SHOWN) <= set(site.documents), set(SHOWN) - set(site.documents)
    assert NOWHERE.isdisjoint(site.documents)
    assert len(set(site.documents.values())) == len(site.documents)


class Visitor:
    """One tab of a browser that opens pages and writes down what they do."""

    def __init__(self, context: Any, base: str) -> None:
        self._base = base
        self.left: list[str] = []
        self.said: list[str] = []
        # Written down, not intercepted: that would make the browser fetch every file of the site anew for each page.
        context.on("request", self._request)
        self.page = context.new_page()
        self.page.on("dialog", self._dialog)
        self.page.on("console", lambda message: self.said.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.said.append(f"error: {error}"))
        self.page.on("framenavigated", lambda frame: frame.parent_frame and self.said.append(f"frame: {frame.url}"))
        context.on("page", lambda page: self.said.append(f"window: {page.url}"))

    def _request(self, request: Any) -> None:
        if not request.url.startswith((f"{self._base}/", "data:", "blob:")):
            self.left.append(request.url)

    def _dialog(self, dialog: Any) -> None:
        self.said.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def open(self, document: str) -> dict[str, Any]:
        """Open a page and return what it became, as plain data."""
        self.left.clear()
        self.said.clear()
        address = f"{self._base}/{quote(document)}.html"
        self.page.goto(address, wait_until="load")
        found: dict[str, Any] = self.page.evaluate(STATE, ACTIVE)
        return found | {"frame": self.page.evaluate(FRAME), "moved": self.page.url != address,
                        "left": [*self.left], "said": [*self.said]}


@pytest.fixture(scope="module")
def visitor(site: Opened, browser: Any) -> Iterator[Visitor]:
    """Return one visitor for all pages, so that the site's own files are read once."""
    context = browser.new_context()
    yield Visitor(context, site.base)
    context.close()


def test_a_visitor_sees_what_a_page_does(visitor: Visitor) -> None:
    visitor.said.clear()
    visitor.left.clear()
    visitor.page.set_content("<script>alert(1); console.log(2); throw Error(3)</script><img src='http://192.0.2.1/x'>")
    assert visitor.said == ["dialog: 1", "log: 2", "error: 3", *visitor.said[3:]]
    assert visitor.left == ["http://192.0.2.1/x"]


@pytest.mark.parametrize("name", SHOWN)
def test_nothing_of_an_attack_acts(site: Opened, visitor: Visitor, name: str) -> None:
    found = visitor.open(site.documents[name])
    assert not found["left"] and not found["said"] and not found["moved"] and found["hit"] is None
    assert found["articles"] == 1
    assert [found[kind] for kind in ("active", "handlers", "schemes", "stolen")] == [[], [], [], []]
    assert found["frame"] == site.frame
    assert SECRET not in found["text"]
    assert "".join(SHOWN[name].split()) in "".join(found["text"].split())
    if title := TITLES.get(name):  # as it is, only white space and what is no text apart
        assert re.sub(r"\W+", "", title) in re.sub(r"\W+", "", found["text"])
