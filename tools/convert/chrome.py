"""Tell what is plainly not part of a post by its tag, its classes and its id: menus, sidebars, comments, buttons.

A name alone decides nothing about what holds the bulk of a page: ``<div class="page-navbar">`` around everything is a
wrapper, and ``content`` asks for the weight of what it leaves out.
"""

from __future__ import annotations

import re
from functools import lru_cache

from tools.convert.dom import MATH_TAG, Element

# Whole class names, with what themes put before and after them. A bare word must not match within a longer name:
# <div class="section" id="related-work"> is a section of the post.
_CHROME = re.compile(
    r"(?:(?:post|entry|article|site|page|blog|content|single|the|js|wp|wp-block|jp|md|is|main|left|right)[-_]?)?(?:"
    r"sidebar|side-bar|sidenav|widgets?|widget[-_]area|share|sharing|share[-_](?:buttons?|bar|links|post)|sharedaddy"
    r"|social(?:[-_](?:links|share|icons|buttons|media))?|addtoany.*|a2a_kit|related[-_]?(?:posts?|articles?|content|links)"
    r"|relatedposts|recommend(?:ed|ation)?s?[-_]posts?|breadcrumbs?|pagination|pager|paginator|nav|navigation|navbar|navi"
    r"|prev[-_]?next|nav[-_]?links|menu|toc|toc[-_](?:container|wrapper|box|content|list|title|wrap|tree)|table-of-contents"
    r"|newsletter.*|subscribe.*|cookie.*|popup|modal|modal-container|author-(?:box|bio|info)|reward(?:-container)?|donate"
    r"|copyright|tags?|tag-?links|tags-?links|meta|meta-?data|footer|search(?:-?(?:box|form|modal|bar))?|skip-link"
    r"|screen-reader-text|sr-only|visually-hidden|noprint|no-print|print-only|mw-editsection|catlinks|printfooter|mw-jump-link"
    r"|headerlink|header-anchor|anchorjs-link|heading-anchor|hash-link|anchor-link|copy-btn|code-copy|clipboard-btn"
    r"|advert(?:isement)?s?|adsbygoogle|likes?|jp-post-flair|post-like|views?-count|page-views|robots-nocontent"
    r"|navigation-top"
    r")", re.I)
_CHROME_IDS = re.compile(r"(?:toc|TOC|toctitle|sidebar|nav|navigation|footer|header-?nav|breadcrumbs?|related-?posts"
                         r"|share|jp-post-flair|jp-relatedposts|catlinks|algolia-search-modal|site-nav|post-nav|mw-navigation)\Z")
_COMMENTS = re.compile(
    r"(?:(?:post|entry|article|blog|wp|the|js)[-_]?)?(?:"
    r"comments?|comment-?(?:list|area|form|section|wrap(?:per)?)|comments-(?:area|list|wrapper|section|title|container)"
    r"|respond|disqus(?:_thread)?|giscus|utterances|gitalk(?:-container)?|valine|vcomments|waline|twikoo|isso-thread"
    r"|fb-comments)", re.I)
_CHROME_TAGS = frozenset({"nav", "form", "dialog"})
OUTSIDE_TAGS = frozenset({"nav", "footer", "aside", "header", "head", "form", "dialog"})
_CONTENT_TAGS = frozenset({
    "html", "body", "main", "article", MATH_TAG, "h1", "h2", "h3", "h4", "h5", "h6", "p", "pre", "code", "img", "table",
    "thead", "tbody", "tr", "td", "th", "figure", "blockquote", "strong"})


def is_chrome(el: Element) -> bool:
    """Tell whether an element is called what is not part of a post."""
    if el.tag in _CONTENT_TAGS:
        return False
    names = (el.get("class") or "").split()
    if "section" in names:
        return False
    return (el.tag in _CHROME_TAGS or any(_names_chrome(name) for name in names)
            or bool(_CHROME_IDS.match(el.get("id") or "")) or is_comments(el))


def is_comments(el: Element) -> bool:
    """Tell whether an element is called what holds the words of readers."""
    return el.tag not in _CONTENT_TAGS and any(
        _names_comments(name) for name in (*(el.get("class") or "").split(), el.get("id") or ""))


@lru_cache(4096)
def _names_chrome(name: str) -> bool:
    return _CHROME.fullmatch(name) is not None


@lru_cache(4096)
def _names_comments(name: str) -> bool:
    return _COMMENTS.fullmatch(name) is not None
