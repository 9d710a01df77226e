"""Bind an EPUB: Sphinx's builder writes the chapters, and here they are made well-formed, linked and packed."""

from __future__ import annotations

import mimetypes
import os
import time
from collections.abc import Callable, Iterator, Set
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from lxml import etree
from sphinx.builders.epub3 import Epub3Builder, validate_config_values
from sphinx.util.fileutil import copy_asset_file

from ext.edition.links.external import iri
from ext.edition.site import xhtml
from ext.posts.measure import records
from ext.site.book import context, origin, volume
from ext.site.settings import STATIC, edition

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config

#: What chapters load, from the folder that all extensions share.
FILES = ("book.css", "fonts/zhushu-math.woff2", "fonts/zhushu-math.LICENCE.txt")
_TYPES = {".xhtml": "application/xhtml+xml", ".woff2": "font/woff2", ".css": "text/css", ".svg": "image/svg+xml"}
#: Why a reader has to know of it before it opens the chapter.
_PROPERTIES = {"mathml": xhtml.MATHML, "svg": xhtml.SVG}


class BookBuilder(Epub3Builder):
    """Write the chosen posts as chapters, and nothing that belongs to the site around them."""

    add_permalinks = False

    def get_outdated_docs(self) -> Iterator[str]:
        """Write every chapter: which they are is known when all documents were read."""
        yield from self.env.found_docs

    def write_documents(self, docnames: Set[str]) -> None:
        """Write the chapters, whatever else changed."""
        super().write_documents(set(volume(self._app).docnames))

    def handle_page(self, pagename: str, addctx: dict[str, Any], templatename: str = "page.html", *,
                    outfilename: Path | None = None, event_arg: Any = None) -> None:
        """Write a chapter as XHTML; its links are looked at when all are there."""
        head, closing, rest = addctx["body"].partition("</h1>")
        said = " · ".join(f'<a href="{escape(address)}">{escape(one)}</a>' if address else escape(one)
                          for one, address in origin(self._app, records(self.env)[pagename]))
        body = f'{head}{closing}<p class="book-source">{said}</p>{rest}' if closing else head
        self._write(pagename, addctx["title"], body)

    def _write(self, name: str, title: str, body: str) -> None:
        root = xhtml.read(body)
        xhtml.settle(root)
        path = self.get_output_path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.templates.render("book/chapter.xhtml", {
            **context(self._app), "title": "".join(etree.fromstring(f"<i>{title}</i>").itertext()),
            "up": "../" * name.count("/"), "body": etree.tostring(root, encoding="unicode")}), "utf-8")

    def gen_indices(self) -> None:
        """Write no index: the site has a search."""

    gen_pages_from_extensions = gen_additional_pages = gen_indices

    def copy_static_files(self) -> None:
        """Copy the style and the font of formulas."""
        for name in FILES:
            target = self.outdir / "_static" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            copy_asset_file(STATIC / name, target.parent, force=True)

    def copy_extra_files(self) -> None:
        """Copy nothing else."""

    def handle_finish(self) -> None:
        """Settle the links between the chapters, and pack them."""
        chapters = volume(self._app).docnames
        self._write("nav", volume(self._app).title, self.templates.render("book/nav.xhtml", {
            **context(self._app), "href": lambda name: iri(self.get_target_uri(name))}))
        known = {name: self._ids(name) for name in chapters}
        kinds = {name: self._relink(name, known) for name in chapters}
        self.files = [*(f"{name}.xhtml" for name in ("nav", *chapters)), *(f"_static/{name}" for name in FILES),
                      *(f"{self.imagedir}/{image}" for image in self.images.values())]
        items = [{"id": f"item-{at}", "href": iri(file), "type": _type(file),
                  "properties": kinds.get(file.removesuffix(".xhtml"), "")}
                 for at, file in enumerate(self.files) if file != "nav.xhtml"]
        moment = time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH", time.time())))
        content = self.templates.render("book/content.opf", {
            **context(self._app), "items": items, "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", moment)})
        (self.outdir / "content.opf").write_text(content, "utf-8")
        self.build_mimetype()
        self.build_container()
        self.build_epub()

    def build_epub(self) -> None:
        """Pack the book: what says that it is one comes first, as it stands."""
        with ZipFile(self.outdir / f"{volume(self._app).name}.epub", "w", ZIP_DEFLATED) as book:
            book.write(self.outdir / "mimetype", "mimetype", ZIP_STORED)
            for name in ("META-INF/container.xml", "content.opf", *self.files):
                book.write(self.outdir / name, name)

    def _tree(self, name: str) -> etree._ElementTree:
        return etree.parse(self.get_output_path(name), etree.XMLParser(huge_tree=True))

    def _ids(self, name: str) -> frozenset[str]:
        return frozenset(xhtml.ids(self._tree(name).getroot()))

    def _relink(self, name: str, known: dict[str, frozenset[str]]) -> str:
        """Point the links of a chapter at chapters, else at the site; return what a reader must be able to show."""
        tree = self._tree(name)
        xhtml.relink(tree.getroot(), self._resolver(name, known))
        tree.write(str(self.get_output_path(name)), encoding="utf-8", xml_declaration=True)
        return " ".join(word for word, space in _PROPERTIES.items() if xhtml.has(tree.getroot(), space))

    def _resolver(self, name: str, known: dict[str, frozenset[str]]) -> Callable[[str, str], str | None]:
        site = edition(self.config).edition.url.rstrip("/")

        def resolve(page: str, fragment: str) -> str | None:
            target = os.path.normpath(Path(name).parent / page).removesuffix(".xhtml") if page else name
            if target not in known:
                tail = f"#{fragment}" if fragment else ""
                return iri(f"{site}/{target}.html{tail}") if site and not target.startswith("..") else None
            if fragment not in known[target] and not (page and not fragment):
                return iri(page) if page and target != name else None
            return iri(page + (f"#{fragment}" if fragment else ""))

        return resolve


def _type(file: str) -> str:
    return _TYPES.get(Path(file).suffix) or mimetypes.guess_type(file)[0] or "text/plain"


def configure(app: Sphinx, config: Config) -> None:
    """Show no addresses behind links."""
    config.epub_show_urls = "no"


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the builder in the place of Sphinx's own."""
    app.setup_extension("ext.site.book")
    app.add_builder(BookBuilder, override=True)
    # Sphinx asks for settings that its own template needs; ours is filled from edition.toml.
    for listener in list(app.events.listeners["builder-inited"]):
        if listener.handler is validate_config_values:
            app.disconnect(listener.id)
    app.connect("config-inited", configure, priority=850)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
