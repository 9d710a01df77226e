"""Read a WordPress export (WXR): the published posts, their text as WordPress shows it."""

from __future__ import annotations

import html
import re
import string
from collections import Counter

from lxml import etree

from tools.fetch.answered import Page
from tools.fetch.entries import Listed, iso_date
from tools.fetch.readers.batch import Batch, read_xml, text_in

_KINDS = {"page": "a page", "attachment": "an attachment", "nav_menu_item": "an item of a menu",
          "revision": "an older version", "custom_css": "a style sheet"}
_STATES = {"draft": "a draft", "private": "a private post", "pending": "a post that waits for review",
           "future": "a post for a later day", "trash": "a post in the bin", "auto-draft": "a draft",
           "inherit": "a draft"}
_BLOCKS = (r"(?:table|thead|tfoot|caption|colgroup|tbody|tr|td|th|div|dl|dd|dt|ul|ol|li|pre|form|map|area|blockquote"
           r"|address|style|p|h[1-6]|hr|fieldset|section|article|aside|header|footer|nav|figure|figcaption|details|summary)")
_OPEN = re.compile(rf"(<{_BLOCKS}[\s/>])", re.I)
_CLOSE = re.compile(rf"(</{_BLOCKS}>|<hr\b[^<>]*>)", re.I)
_BLOCK_END = re.compile(rf"(?:</?{_BLOCKS}\b[^<>]*>|<br[ /]*>)[ \t]*\Z", re.I)
#: What is taken out before paragraphs are made, by how it begins, with what ends it.
_OPENER = re.compile(r"<!--|<(?:pre|script|style|textarea)\b|\[(?:code|sourcecode|caption|wp_caption)\b|\$\$|\\\[",
                     re.I)
_SMALL = {ord(c): c.lower() for c in string.ascii_uppercase}  # keeps every letter in its place, as lower() does not
_CLOSERS = {"<!--": "-->", "$$": "$$", "\\[": "\\]"}
_CAPTION = re.compile(r"\[(?:wp_)?caption\b([^\]\n]{0,500})\](.*)\[/(?:wp_)?caption\]\Z", re.S | re.I)
_MEDIA = re.compile(r"\A\s*((?:<a\b[^<>]*>\s*)?<img\b[^<>]*>(?:\s*</a>)?)(.*)\Z", re.S | re.I)
_CODE = re.compile(r"\A\[(?:source)?code\b([^\]\n]{0,200})\](.*?)\[/(?:source)?code\]\Z", re.S | re.I)
_LANGUAGE = re.compile(r"(?:lang(?:uage)?\s*=\s*)?[\"']?([\w+#-]{1,20})[\"']?")
_EMBED = re.compile(r"\[embed\b[^\[\]\n]*\]\s*(https?://[^\s\[\]<>]+)\s*\[/embed\]")
_GONE = re.compile(r"\[/?(?:gallery|playlist|toc|contact-form|subscribe|sharing|polldaddy)\b[^\]\n]{0,500}\]")


def read(answer: Page) -> Batch:
    """Return the published posts; drafts, private posts, attachments, menus and the like are counted by kind."""
    root = read_xml(answer.body, answer.url)
    names = {text_in(author, "wp:author_login"): text_in(author, "wp:author_display_name")
             for author in root.iter("{*}author") if author.prefix == "wp"}
    posts: list[Listed] = []
    left: Counter[str] = Counter()
    for item in root.iter("item"):
        kind, state = text_in(item, "wp:post_type") or "post", text_in(item, "wp:status") or "publish"
        why = _KINDS.get(kind, f"of the kind {kind!r}") if kind != "post" else (
            "" if state == "publish" else _STATES.get(state, f"in the state {state!r}"))
        if not why and text_in(item, "wp:post_password"):
            why = "a post with a password"
        if why:
            left[why] += 1
        else:
            posts.append(_post(item, names))
    return Batch(tuple(posts), left)


def _post(item: etree._Element, names: dict[str, str]) -> Listed:
    author = text_in(item, "dc:creator")
    tags = [" ".join("".join(map(str, tag.itertext())).split()) for tag in item.iter("category")
            if tag.get("domain") in ("category", "post_tag") and tag.get("nicename") != "uncategorized"]
    day = iso_date(text_in(item, "wp:post_date")[:10])
    return Listed(
        url=text_in(item, "link"), guid=text_in(item, "guid"), title=html.unescape(text_in(item, "title")),
        date=day or iso_date(text_in(item, "pubDate")), updated=iso_date(text_in(item, "wp:post_modified")[:10]),
        author=names.get(author) or author, tags=tuple(dict.fromkeys(tag for tag in tags if tag)),
        html=shown(text_in(item, "content:encoded")), whole=True, kind="feed")


def shown(text: str) -> str:
    """Return the stored text of a post as WordPress shows it: empty lines part paragraphs, short codes are read."""
    text, kept = _set_apart(text.replace("\r\n", "\n").translate({1: None, 2: None}))
    text = _EMBED.sub(r'<p><a href="\1">\1</a></p>', _GONE.sub("", text))
    text = _CLOSE.sub(r"\1\n\n", _OPEN.sub(r"\n\n\1", text))
    parts = [part.strip() for part in re.split(r"\n[^\S\n]*\n", text)]
    text = "\n".join(part if _OPEN.match(part) or _CLOSE.match(part) else f"<p>{_broken(part)}</p>"
                     for part in parts if part)
    return re.sub("\x01(\\d+)\x02", lambda match: kept[int(match[1])], text)


def _set_apart(text: str) -> tuple[str, list[str]]:
    """Return the text with marks for comments, code, captions and displays, and what each stands for.

    What is never ended is text; that it is not is looked for once for each kind.
    """
    out: list[str] = []
    kept: list[str] = []
    lower, at = text.translate(_SMALL), 0
    endless: set[str] = set()
    for match in _OPENER.finditer(text):
        opener = match[0].lower()
        closer = _CLOSERS.get(opener) or (f"</{opener[1:]}>" if opener[0] == "<" else f"[/{opener[1:]}]")
        if match.start() < at or closer in endless:
            continue
        end = lower.find(closer, match.end())
        if end < 0:
            endless.add(closer)
            continue
        piece = text[match.start():end + len(closer)]
        out.append(text[at:match.start()])
        if opener != "<!--":
            block = _caption(piece) or _code(piece)
            kept.append(block or piece)
            mark = f"\x01{len(kept) - 1}\x02"
            out.append(f"\n\n<div>{mark}</div>\n\n" if block else mark)
        at = end + len(closer)
    return "".join([*out, text[at:]]), kept


def _broken(part: str) -> str:
    """Return a paragraph with its line ends as breaks, as they are shown."""
    lines = part.split("\n")
    return "".join(line + ("" if _BLOCK_END.search(line[-200:]) else "<br>") + "\n" for line in lines[:-1]) + lines[-1]


def _caption(text: str) -> str:
    """Return a picture with its caption as HTML, or nothing if this is something else."""
    match = _CAPTION.match(text)
    if match is None:
        return ""
    media = _MEDIA.match(match[2])
    given = re.search(r'caption="([^"]{0,400})"', match[1])
    picture, words = (media[1], media[2]) if media else (match[2], "")
    words = words.strip() or (given[1] if given else "")
    return f"<figure>{picture}{f'<figcaption>{words}</figcaption>' if words else ''}</figure>"


def _code(text: str) -> str:
    """Return a listing as HTML, or nothing if this is something else."""
    match = _CODE.match(text)
    if match is None:
        return ""
    language = _LANGUAGE.search(match[1])
    body = html.escape(html.unescape(match[2]).strip("\n"), quote=False)
    return f'<pre><code class="language-{language[1] if language else "text"}">{body}</code></pre>'
