"""The pages for those who read no HTML: posts and topics as Markdown beside their pages, and a list of them.

Both follow what is published: a document without a page has no Markdown either.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from sphinx.application import Sphinx

from ext.build.contents import digest
from ext.build.sharing import at_end
from ext.build.written import ledger
from ext.edition.links.external import iri
from ext.edition.posts.shared_text import shared
from ext.edition.site.errors import EditionError
from ext.edition.site.files import read_text, write_atomic
from ext.site.navigation import shelves
from ext.site.settings import edition, writes_site
from ext.site.wording import words

#: Folders of documents that are texts; the rest of the site is made of them.
FOLDERS = ("posts", "topics")
LIST = "llms.txt"
#: Another number means that the same source becomes another text.
FORM = 1


def markdown(app: Sphinx, docname: str) -> str:
    """Return the address of a page as Markdown, relative to the site; empty where it has none."""
    made = docname.split("/")[0] in FOLDERS and docname in app.env.found_docs \
        and str(app.env.doc2path(docname)).endswith(".md")
    return f"{docname}.md" if made else ""


def add_context(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object) -> None:
    """Give a page the address of its Markdown."""
    context["markdown"] = iri(Path(markdown(app, pagename)).name) if writes_site(app.builder) else ""


def write(app: Sphinx) -> None:
    """Write the Markdown of pages whose sources changed, take away what no page has any more, and list all."""
    assert writes_site(app.builder)
    files = {docname: Path(app.outdir, name) for docname in app.env.found_docs
             if (name := markdown(app, docname)) and app.builder.get_output_path(docname).is_file()}
    sources = {docname: f"{FORM} {digest(Path(app.env.doc2path(docname)))}" for docname in files}
    written = ledger(app, "markdown")
    missing = frozenset(docname for docname, path in files.items() if not path.is_file())
    for docname in written.begin(sources, missing):
        text = _text(app, docname) if docname in files else None
        if text is None:
            Path(app.outdir, f"{docname}.md").unlink(missing_ok=True)
        else:
            write_atomic(files[docname], text, lasting=False)
    written.finish(sources)
    made = {docname for docname, path in files.items() if path.is_file()}
    write_atomic(Path(app.outdir) / LIST, "\n".join(_list(app, made)) + "\n")


def _text(app: Sphinx, docname: str) -> str | None:
    """Return the Markdown of a post; None where its front matter is none, of which the build has told."""
    try:
        return shared(read_text(Path(app.env.doc2path(docname))), where=f"{docname}.md")
    except EditionError:
        return None


def _list(app: Sphinx, made: set[str]) -> Iterator[str]:
    """Yield the lines of the list: what the edition is, then its posts by topic (https://llmstxt.org)."""
    about, known = edition(app.config), shelves(app)
    root = about.edition.url.rstrip("/") + "/" if about.edition.url else ""

    def line(docname: str, title: str, after: str) -> str:
        name = title.replace("\\", "").replace("[", "(").replace("]", ")")
        return f"- [{name}]({urljoin(root, iri(f'{docname}.md'))}){f': {after}' if after else ''}"

    yield f"# {about.edition.title}"
    if told := about.edition.description or about.edition.subtitle:
        yield f"\n> {' '.join(told.split())}"
    seen: set[str] = set()
    for topic in known.topics:
        posts = [leaf for leaf in topic.posts if leaf.docname in made]
        if posts:
            yield f"\n## {topic.name}\n"
            yield from (line(leaf.docname, leaf.title, leaf.date) for leaf in posts)
            seen |= {leaf.docname for leaf in posts}
    if rest := [leaf for leaf in known.posts if leaf.docname in made - seen]:
        yield f"\n## {words(app.config)['unsorted']}\n"
        yield from (line(leaf.docname, leaf.title, leaf.date) for leaf in rest)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the address on a page and the writing of the files."""
    app.setup_extension("ext.site.navigation")
    app.connect("html-page-context", add_context)
    at_end(app, write, weight=2)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
