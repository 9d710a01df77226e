"""The table of site generators: how a page of each is recognised, which element holds the post, what is no part of it.

A row is data, and ``[[site.generators]]`` of ``edition.toml`` adds more of them, which come first. The selectors only
propose: whatever a row says, the choice is checked against the formulas and the prose of the whole page (``content``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tools.convert.dom import Element


@dataclass(frozen=True, slots=True)
class Generator:
    """One kind of site. A mark is ``#id``, ``.class`` or a tag that its pages hold, or a word of their
    ``<meta name="generator">`` in lower case, after ``meta:``."""

    name: str
    marks: tuple[str, ...] = ()
    content: tuple[str, ...] = ()  # CSS selectors, from the most to the least specific
    drop: tuple[str, ...] = ()  # CSS selectors of what the generator itself adds to a post
    several: bool = False  # a page holds several posts (questions and answers, a thread): all of them, in order


GENERATORS = (
    Generator("quarto", ("#quarto-content",), ("main#quarto-document-content", "main.content"),
              ("#TOC", ".quarto-title-meta", ".quarto-alternate-formats", ".quarto-alternate-notebooks",
               "#quarto-back-to-top", ".nav-page")),
    Generator("reveal.js", (".reveal",), (".reveal > .slides",)),
    Generator("sphinx", (".bd-article", ".rst-content", "#furo-main-content", ".sphinxsidebar"),
              ("article.bd-article", ".rst-content [itemprop~=articleBody]", "#furo-main-content",
               ".document .body", "[role=main]"),
              ("a.headerlink", ".prev-next-area", ".sphinxsidebar", ".toctree-wrapper.compound > .caption")),
    Generator("bookdown", ("meta:bookdown", ".book-summary"),
              (".page-inner section.normal", ".page-inner", "main#content")),
    Generator("r markdown", (".main-container", "meta:rmarkdown"),
              (".toc-content", ".main-container", "main"), ("#TOC", ".dropdown-menu", ".code-folding-btn")),
    Generator("mkdocs", (".md-content", "meta:mkdocs"),
              ("article.md-content__inner", ".md-content__inner", "[role=main]"),
              (".md-content__button", ".md-source-file", ".md-feedback")),
    Generator("docusaurus", ("meta:docusaurus",),
              ("#__blog-post-container", ".theme-doc-markdown", "article .markdown", "article"),
              (".theme-doc-breadcrumbs", ".theme-doc-toc-mobile", ".hash-link", ".theme-code-block button")),
    Generator("vitepress", (".vp-doc", ".theme-default-content", ".vp-page"),
              (".vp-doc", ".theme-default-content", "main"), (".header-anchor", "button.copy", "span.lang")),
    Generator("hexo", ("meta:hexo",),
              ("#article-container", ".article-entry", ".post-body", ".markdown-body", "#articleContent",
               ".article .content", ".md-text", ".post-content", "article .body"),
              (".post-copyright", ".tag_share", ".post-reward", ".reward-container", ".post-nav", ".post-tags")),
    Generator("jekyll", ("meta:jekyll",),
              (".page__content", "[itemprop~=articleBody]", ".post-content", "#main-content", "#markdown-content",
               ".blog-post", "article .content")),
    Generator("hugo", ("meta:hugo",),
              ("[itemprop~=articleBody]", ".post-content", ".article-content", ".article-entry", ".e-content",
               "article.book-article", ".book-page", ".td-content", ".prose", "article .content", "article")),
    Generator("zola", ("meta:zola",), (".e-content", ".post-content", ".prose", "article")),
    Generator("pelican", ("meta:pelican",), (".entry-content", ".post-content", "article .content", "article")),
    Generator("nikola", ("meta:nikola",), (".e-content.entry-content", "[itemprop~=articleBody]", "article")),
    Generator("org", ("meta:org", "#org-div-home-and-up", "#table-of-contents"), ("#content",),
              ("#table-of-contents", "#org-div-home-and-up", "#postamble")),
    Generator("wordpress", ("meta:wordpress", ".wp-block-post-content"),
              (".entry-content", ".wp-block-post-content", ".post-content", ".entry", ".storycontent", ".snap_preview"),
              (".sharedaddy", "#jp-post-flair", ".jp-relatedposts", ".wpcnt")),
    Generator("ghost", ("meta:ghost",), (".gh-content", ".post-full-content", ".post-content", "article"),
              (".kg-signup-card", ".gh-subscribe")),
    Generator("substack", (".available-content",), (".available-content", ".body.markup"),
              (".subscription-widget-wrap", ".subscribe-widget", ".button-wrapper", ".post-ufi",
               ".header-anchor-parent")),
    Generator("distill", ("d-article", "dt-article"), ("d-article", "dt-article"),
              ("d-contents", "d-byline", "distill-header", "distill-footer")),
    Generator("latexml", (".ltx_page_main", ".ltx_document", "meta:latexml"),
              ("article.ltx_document", ".ltx_page_content", ".ltx_page_main"), (".ltx_page_logo", ".ltx_TOC")),
    Generator("notion", (".notion-page-content", ".page-body"), (".notion-page-content", ".page-body")),
    Generator("blogger", ("meta:blogger",), (".post-body", ".entry-content")),
    Generator("notebook", (".jp-Notebook", "#notebook-container"), (".jp-Notebook", "#notebook-container")),
    Generator("pretext", (".ptx-content", ".mathbook-content"), ("#ptx-content", ".ptx-content", ".mathbook-content"),
              (".autopermalink", ".permalink")),
    Generator("mdbook", ("meta:mdbook", "#menu-bar"), ("#content main", "main")),
    Generator("mediawiki", ("meta:mediawiki", ".mw-parser-output"), ("#mw-content-text", ".mw-parser-output"),
              (".mw-editsection", "#toc", ".printfooter", "#catlinks", ".navbox")),
    Generator("stack exchange", (".js-vote-count", "#answers"), (".s-prose", ".post-text"), (), True),
    Generator("discourse", ("meta:discourse",), (".cooked", ".topic-body .post", "[itemprop=text].post"), (), True),
    Generator("github", (".js-comment-body", ".js-discussion"), (".js-comment-body", ".comment-body"), (), True),
    Generator("lesswrong", ("#postContent", ".PostsPage-postContent"), ("#postContent", ".PostsPage-postContent")),
    Generator("csdn", ("#content_views",), ("#content_views", "#article_content")),
    Generator("zhihu", (".ztext",), (".Post-RichText", ".RichText.ztext"), (), True),
    Generator("cnblogs", ("#cnblogs_post_body",), ("#cnblogs_post_body",)),
    Generator("yuque", (".ne-viewer-body", ".lake-content"), (".ne-viewer-body", ".lake-content")),
    Generator("wechat", ("#js_content",), ("#js_content",)),
    Generator("codeforces", (".problem-statement", ".ttypography"), (".problem-statement", ".ttypography")),
)
# For a page that no row knows; from the most to the least specific.
COMMON = (
    "[itemprop~=articleBody]", ".post-content", ".entry-content", ".article-content", ".post-body", ".entry-body",
    ".e-content", ".post__content", ".article__content", ".article-body", ".post-entry", ".markdown-body",
    ".postcontent", "#PostContent", ".article-entry", ".storycontent", ".post-text", ".blog-post", ".content-post",
    ".section-content", "[role=main] article", "article", "[role=main]", "main", ".hentry", ".post", ".entry",
    "#content", "#main", ".content",
)


def recognise(root: Element, rows: Iterable[Generator]) -> list[Generator]:
    """Return the rows of which a page holds a mark, in the order of the table."""
    there: set[str] = set()
    for el in root.iter():
        if not isinstance(el.tag, str):
            continue
        there.add(el.tag)
        for name, value in el.items():
            if name == "class":
                there.update("." + word for word in value.split())
            elif name == "id":
                there.add("#" + value.strip())
        if el.tag == "meta" and (el.get("name") or "").lower() == "generator":
            words = (el.get("content") or "").lower().split()
            there.update("meta:" + word.strip("(),;") for word in words)
    return [row for row in rows if any(mark in there for mark in row.marks)]
