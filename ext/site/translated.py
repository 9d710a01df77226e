"""Say of every page of a translated site how much of it is not translated, on the page and in the build's output.

Sphinx puts in what the catalogues say, paragraph by paragraph; of Markdown it cannot do listings, which are done here.
What is left is counted on the page as it is then, not in the catalogues, which may know nothing of it; and it is marked
with the language that it is in, for those who have it read to them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders.gettext import MessageCatalogBuilder, MsgOrigin
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from sphinx.util.nodes import extract_messages

from ext.build.kept import KeptCollector, kept
from ext.build.views import add_view
from ext.edition.site import config as edition_config
from ext.edition.site import translations
from ext.edition.site.translations import NAMES, Share, speaks
from ext.posts.measure import records
from ext.site.languages import compiled, message, original_language, others, own_language, tag, translates
from ext.site.settings import edition, text, writes_site

logger = logging.getLogger(__name__)

_TABLE = "translated"
#: How a paragraph begins that says in short, for readers of English, what a page in another language is about.
SUMMARY = "English."
#: The class of listings that nobody translates: what a program prints is what it prints.
PRINTED = "printed"
#: Under what the nodes with words of the edition's own language are noted between two transforms.
_TOLD = "zhushu_told"


def words(node: nodes.Node) -> str:
    """Return the words of a node: its text without code and formulas, that of a listing, what stands for a picture."""
    if isinstance(node, nodes.Text):
        return str(node)
    if isinstance(node, nodes.image):
        return str(node.get("alt", ""))
    if isinstance(node, nodes.literal | nodes.math | nodes.math_block | nodes.raw | nodes.Invisible):
        return ""
    return "".join(map(words, node.children))


def told(document: nodes.Node, language: str) -> Iterator[nodes.Element]:
    """Yield the paragraphs, headings, cells, listings and pictures of a document with words of a language."""
    for node in document.findall(nodes.Element):
        block = isinstance(node, nodes.TextElement) and not isinstance(node, nodes.Inline | nodes.Invisible)
        said = (block or isinstance(node, nodes.image)) and node.get("translatable", True)
        said = said and PRINTED not in node["classes"]
        if said and speaks(words(node), language):
            yield node


class BeforeTranslation(SphinxTransform):
    """Note what there is to translate, and translate the listings."""

    default_priority = 15

    def apply(self, **kwargs: Any) -> None:
        """Run before Sphinx puts in what the catalogue says."""
        config, docname = self.config, self.env.current_document.docname
        self.env.current_document[_TOLD] = found = list(told(self.document, own_language(config)))
        if (path := compiled(config, docname)) is not None:
            self.env.note_dependency(str(path))
        for node in found:
            if isinstance(node, nodes.literal_block) and (new := message(config, docname, node.rawsource)) is not None:
                node.rawsource, node.children = new, []
                node += nodes.Text(new)
                node["translated"] = True


class AfterTranslation(SphinxTransform):
    """Count what was not translated, and mark it with the language that it is in."""

    default_priority = 22

    def apply(self, **kwargs: Any) -> None:
        """Run when the catalogue's words are in."""
        language, docname = own_language(self.config), self.env.current_document.docname
        found: list[nodes.Element] = self.env.current_document[_TOLD]
        left = [node for node in found if not node.get("translated") and speaks(words(node), language)]
        for paragraph in list(self.document.findall(nodes.paragraph)):
            if paragraph.children and isinstance(paragraph[0], nodes.emphasis) and paragraph[0].astext() == SUMMARY:
                paragraph.parent.remove(paragraph)
        share = kept(self.env, _TABLE)[docname] = Share(len(found), len(left))
        if share.untouched:
            return  # its article says so at once
        for node in left:
            box = node.parent
            # A paragraph that is all of a cell or an entry of a list has no element of its own in HTML.
            alone = isinstance(box, nodes.entry | nodes.list_item) and len(box) == 1
            (box if alone else node)["classes"].append(f"language-{tag(language)}")


class TranslatedCollector(KeptCollector):
    """Know of every document how much of it is translated."""

    table = _TABLE

    def process_doc(self, app: Sphinx, doctree: nodes.document) -> None:
        """Do nothing: it is counted while the document is read."""


def shares(app: Sphinx) -> Mapping[str, Share]:
    """Return how much of every document is translated; nothing where the site speaks its own language."""
    return kept(app.env, _TABLE) if translates(app.config) else {}


def notice(app: Sphinx, docname: str) -> str:
    """Return what a page says at its head of what is not translated."""
    share = shares(app).get(docname, Share())
    language = NAMES.get(own_language(app.config), own_language(app.config))
    record = records(app.env).get(docname)
    if record is not None and record.is_post and share.left:
        return text(app.config, f"此文的语言是{language}，未译；四周的文字已译。",
                    "This post stands in Chinese, as it was written; only what is around it is in English.")
    if share.untouched:
        return text(app.config, "此页尚未翻译。", "This page is not translated yet: what follows is in Chinese.")
    if share.left:
        return text(app.config, f"此页 {share.total} 段中有 {share.left} 段尚未翻译。",
                    f"Of the {share.total} paragraphs, headings and listings of this page, {share.left} "
                    f"({_percent(share)}) are not translated yet and stand in Chinese.")
    return ""


def _percent(share: Share) -> str:
    return f"{max(1, round(100 * share.left / share.total))} %"


def add_context(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Give a page what it says of its language, and the ways to the same page in others."""
    builder = app.builder
    assert writes_site(builder)
    if pagename != "404":  # it is shown under any address
        here = builder.get_target_uri(pagename)
        context["other_languages"] = [
            (tag(language), NAMES.get(language, language), f"{context['content_root']}{way}{here}")
            for language, way in others(app)]
    if translates(app.config):
        share = shares(app).get(pagename, Share())
        context["untranslated"] = notice(app, pagename)
        context["original_language"] = original_language(app.config)
        context["article_language"] = original_language(app.config) if share.untouched else ""


def shown(app: Sphinx) -> dict[str, str]:
    """Return, for every page, the digest of the ways to other languages: one may be built after it was written."""
    ways = list(others(app))
    return dict.fromkeys(app.env.all_docs, repr(ways)) if ways else {}


def report(app: Sphinx, error: Exception | None) -> None:
    """Say how much of the site is not translated, page by page."""
    if error is not None or not translates(app.config) or not writes_site(app.builder):
        return
    posts = {name for name, record in records(app.env).items() if record.is_post}
    pages = {name: share for name, share in sorted(shares(app).items()) if name not in posts and share.total}
    for name, share in pages.items():
        if share.left:
            logger.info("%s: %s", name, "not translated" if share.untouched else
                        f"{share.left} of {share.total} paragraphs ({_percent(share)}) not translated")
    whole = sum(pages.values(), Share())
    logger.info("in %s: %d of %d pages throughout, %d of %d paragraphs; %d posts stay in %s", app.config.language,
                sum(not share.left for share in pages.values()), len(pages), whole.total - whole.left, whole.total,
                len(posts), own_language(app.config))


def prepare(app: Sphinx) -> None:
    """Have documents counted where they are translated; otherwise nothing is looked at."""
    if translates(app.config):
        app.add_transform(BeforeTranslation)
        app.add_transform(AfterTranslation)


class Catalogues(MessageCatalogBuilder):
    """Write what there is to translate: the words of the edition's own pages and settings, and of no post.

    A post stands as it was written; of the rest, what has no words (a formula in a cell, a command) needs nobody.
    """

    def write_doc(self, docname: str, doctree: nodes.document) -> None:
        """Take up the messages of one document."""
        record = records(self.env).get(docname)
        if record is not None and record.is_post:
            return
        language = own_language(self.config)
        for node in doctree.findall(nodes.literal_block):
            if PRINTED not in node["classes"]:  # Sphinx takes up no listings, and only what it has a mark for
                node["translatable"], node.uid = True, ""
        for node, _ in list(extract_messages(doctree)):
            if not isinstance(node, nodes.image) and not speaks(words(node), language):
                node["translatable"] = False
        super().write_doc(docname, doctree)
        if not self.catalogs[docname].metadata:
            del self.catalogs[docname]

    def finish(self) -> None:
        """Add what ``edition.toml`` says, and write everything."""
        path = edition_config.find(self.srcdir)
        for said in translations.texts(edition(self.config)):
            self.catalogs[translations.EDITION].add(said, MsgOrigin(str(path), 1))
        super().finish()


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the counting, what pages say, and the builder of the catalogues."""
    app.setup_extension("sphinx.builders.gettext")
    app.add_builder(Catalogues, override=True)
    app.add_env_collector(TranslatedCollector)
    app.connect("builder-inited", prepare)
    add_view(app, "languages", shown)
    app.connect("html-page-context", add_context, priority=650)
    app.connect("build-finished", report, priority=700)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
