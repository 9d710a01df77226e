"""Pictures of strangers: what is published of an SVG only draws, opened by itself too."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from ext.edition.checks import svg
from ext.edition.site.errors import EditionError

HEAD = ('<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        'xmlns:h="http://www.w3.org/1999/xhtml" viewBox="0 0 90 30" id="root" ')
HIT = "window.hit=1;document.title='HIT'"
OUT = "http://127.0.0.1:9/left"
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()
INNER = base64.b64encode(f"<svg xmlns='http://www.w3.org/2000/svg' onload='{HIT}'/>".encode()).decode()

# What stands in the root element's tag, or inside it.
TAGS = (f'onload="{HIT}"', f'ONLOAD="{HIT}"', f'style="background:url({OUT})"', f'xml:base="{OUT}"',
        f'xlink:href="{OUT}"', f'contentScriptType="text/javascript" onfocus="{HIT}"', f'data-x="{OUT}"')
INSIDE = (
    f"<script>{HIT}</script>", f'<script href="{OUT}"/>', f"<h:script>{HIT}</h:script>",
    f'<script xmlns="">{HIT}</script>', f'<x:script xmlns:x="http://www.w3.org/2000/svg">{HIT}</x:script>',
    f'<g><defs><symbol id="s"><script>{HIT}</script></symbol></defs><use href="#s"/></g>',
    f'<foreignObject><h:iframe src="javascript:{HIT}"/></foreignObject>', f'<h:img src="x" onerror="{HIT}"/>',
    f'<h:iframe src="{OUT}"/>', f'<h:object data="{OUT}"/>', f'<h:embed src="{OUT}"/>', f'<h:video src="{OUT}"/>',
    f'<h:link rel="stylesheet" href="{OUT}"/>', f'<h:link rel="preload" as="image" href="{OUT}"/>',
    f'<h:meta http-equiv="refresh" content="0;url={OUT}"/>', f'<h:base href="{OUT}"/><image href="a.png"/>',
    f'<h:form action="{OUT}"><h:input autofocus="" onfocus="{HIT}"/></h:form>',
    f'<a href="javascript:{HIT}"><rect id="press" width="90" height="30"/></a>',
    f'<a href="#a" ping="{OUT}"><rect id="press" width="90" height="30"/></a>',
    f'<a><animate attributeName="href" values="javascript:{HIT}"/><rect id="press" width="90" height="30"/></a>',
    f'<a><set attributeName="xlink:href" to="javascript:{HIT}"/><rect id="press" width="90" height="30"/></a>',
    f'<image href="x"><set attributeName="href" to="{OUT}"/></image>', f'<animate onbegin="{HIT}" dur="1s"/>',
    f'<set onend="{HIT}" dur="1ms"/>', f'<discard onbegin="{HIT}"/>', f'<image href="{OUT}"/>',
    f'<image xlink:href="{OUT}"/>', f'<image x="1" href="data:image/svg+xml;base64,{INNER}" width="9" height="9"/>',
    f'<image href="data:image/png;base64,{INNER}" width="9" height="9"/>', f'<image href=" {OUT}" onerror="{HIT}"/>',
    f'<use href="{OUT}#a"/>', f'<use xlink:href="data:image/svg+xml;base64,{INNER}#x"/>', f'<feImage href="{OUT}"/>',
    f'<filter id="f"><feImage xlink:href="{OUT}"/></filter><rect filter="url(#f)" width="9" height="9"/>',
    f'<filter id="f"><feImage href="{OUT}"/></filter><rect style="filter:url(#f)" width="9" height="9"/>',
    f'<rect fill="url({OUT}#a)" width="9" height="9"/>', f'<rect fill="url(\'{OUT}#a\')" width="9" height="9"/>',
    f'<rect fill="u\\72l({OUT}#a) red" width="9" height="9"/>', f'<rect fill="url(#g) url({OUT})" width="9"/>',
    f'<rect mask="url({OUT}#m)" width="9" height="9"/>', f'<rect cursor="url({OUT}),auto" width="9"/>',
    f'<rect style="mask-image:image-set(\'{OUT}\' 1x)" width="9"/>', f'<path marker-end="url({OUT}#m)" d="M0 0h9"/>',
    f'<rect style="fill:red;background:\\75 rl({OUT})" width="9"/>', f'<rect style="--a:url({OUT});fill:var(--a)"/>',
    f'<linearGradient id="g" href="{OUT}#g"/><rect fill="url(#g)" width="9" height="9"/>',
    f"<style>@import '{OUT}';</style>", f"<style>@import url({OUT});rect{{fill:red}}</style>",
    f"<style>@font-face{{font-family:f;src:url({OUT})}}text{{font-family:f}}</style><text>x</text>",
    f"<style>svg{{background:url({OUT})}}</style>", f"<style>svg{{background:ur<!--x-->l({OUT})}}</style>",
    f"<style>a{{}}<!--x-->@import '{OUT}';</style>", f"<style><![CDATA[svg{{background:url({OUT})}}]]></style>",
    f"<style>svg{{background:\\75\\72\\6c({OUT})}}</style>", f"<style>svg{{background:image('{OUT}')}}</style>",
    f"<style>svg{{background:src('{OUT}')}}</style>",
    f"<style>svg{{background:-webkit-image-set(url({OUT}) 1x)}}</style>",
    f"<style>svg{{background:cross-fade(url({OUT}),red)}}</style>", f"<style>svg{{content:url({OUT})}}</style>",
    f"<style>svg{{list-style:url({OUT});cursor:url({OUT})}}</style>",
    f"<style>@media all{{svg{{background:url({OUT})}}}}</style>",
    f"<style>svg{{color:red;}}}}@import '{OUT}';svg{{background:url({OUT})</style>",
    f"<style>svg{{--x:url({OUT});background:var(--x)}}</style>",
    f"<style>svg{{&amp; rect{{background:url({OUT})}}}}</style>",
    f"<style>@namespace h url({OUT});svg{{background:url({OUT})}}</style>", f"<style type='x' media='{OUT}'/>",
    f"<h:style>@import '{OUT}';</h:style>", f'<handler type="text/javascript">{HIT}</handler>',
    f'<listener event="load" handler="#h"/><rect onclick="{HIT}" id="press" width="90" height="30"/>',
    f'<text><a href="javascript:{HIT}"><tspan id="press" y="20" font-size="30">press</tspan></a></text>',
    f'<title><script>{HIT}</script></title>', f'<desc><h:script>{HIT}</h:script></desc>',
    f'<metadata><script>{HIT}</script></metadata>', f'<switch><g onload="{HIT}"/></switch>',
    f'<view viewTarget="x" onload="{HIT}"/>', f'<audio href="{OUT}"/>', f'<iframe href="{OUT}"/>',
    f'<color-profile href="{OUT}"/>',
    f'<font-face><font-face-src><font-face-uri href="{OUT}"/></font-face-src></font-face>',
)
PICTURES = [*(f"{HEAD}{tag}/>".encode() for tag in TAGS), *(f"{HEAD}>{part}</svg>".encode() for part in INSIDE)]
PICTURES += [f"{HEAD}>{part}</svg>".encode("utf-16") for part in INSIDE[:3]]

REFUSED = {
    "doctype": b"<!DOCTYPE svg>" + f"{HEAD}/>".encode(),
    "doctype-public": b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x.dtd">' + f"{HEAD}/>".encode(),
    "entity": f'<!DOCTYPE svg [<!ENTITY e SYSTEM "file:///etc/hostname">]>{HEAD}><text>&e;</text></svg>'.encode(),
    "entity-utf16": f'<!DOCTYPE svg [<!ENTITY e "x">]>{HEAD}><text>&e;</text></svg>'.encode("utf-16"),
    "attlist": f'<!DOCTYPE svg [<!ATTLIST svg onload CDATA "{HIT}">]>{HEAD}/>'.encode(),
    "laughs": ('<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa">'
               + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
               + f']>{HEAD}><text>&i;</text></svg>').encode(),
    "stylesheet": f'<?xml-stylesheet href="{OUT}"?>{HEAD}/>'.encode(),
    "transform": f'{HEAD}/><?xml-stylesheet type="text/xsl" href="{OUT}"?>'.encode(),
    "html": b"<html xmlns='http://www.w3.org/1999/xhtml'><svg/></html>",
    "no-namespace": b"<svg><path d='M0 0'/></svg>",
    "broken": f"{HEAD}><g></svg>".encode(),
    "unknown-encoding": b'<?xml version="1.0" encoding="x-none"?>' + f"{HEAD}/>".encode(),
    "nothing": b"", "text": b"hello", "pdf": b"%PDF-1.4", "gif-head": b"GIF",
    "deep": f"{HEAD}>{'<g>' * 200}{'</g>' * 200}</svg>".encode(),
    "wide": f"{HEAD}>{'<g/>' * (svg.MAX_ELEMENTS + 1)}</svg>".encode(),
    "heavy": HEAD.encode() + b">" + b" " * svg.MAX_BYTES + b"</svg>",
    "doubling": (f"{HEAD}>" + '<g id="a0"><path d="M0 0h9"/></g>' + "".join(
        f'<g id="a{n}"><use href="#a{n - 1}"/><use href="#a{n - 1}"/></g>' for n in range(1, 25)) + "</svg>").encode(),
    "doubling-patterns": (f"{HEAD}>" + '<pattern id="a0"><rect/></pattern>' + "".join(
        f'<pattern id="a{n}">' + f'<rect style="fill:url(\'#a{n - 1}\')"/>' * 9 + "</pattern>"
        for n in range(1, 9)) + "</svg>").encode(),
    "itself": f'{HEAD}><g id="a"><use href="#b"/></g><g id="b"><use xlink:href="#a"/></g></svg>'.encode(),
    "its-own-mask": f'{HEAD}><mask id="m"><rect mask="url(#m)"/></mask></svg>'.encode(),
}

PLAIN = f"""<?xml version="1.0" encoding="utf-8"?>
<!-- drawn -->
{HEAD}xmlns:sodipodi="http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd" sodipodi:docname="a.svg">
<sodipodi:namedview/><metadata/><title>图一</title><style>.a {{ fill: #123; stroke: rgb(1, 2, 3) }}</style>
<defs><linearGradient id="g"><stop offset="0" stop-color="red"/></linearGradient><clipPath id="c"><rect width="9"/>
</clipPath><path id="p" d="M0 0L9 9"/></defs>
<g transform="matrix(1 0 0 -1 0 3) rotate(4, 1 2)" clip-path="url(#c)"><use xlink:href="#p" x="3"/>
<rect class="a" width="9" height="9" style="fill:url(#g);stroke-width:.5px"/></g>
<text x="1" y="2" font-family="serif">文<tspan dy="1">字</tspan>尾</text>
<image width="2" height="2" xlink:href="data:image/png;base64,{PNG}"/></svg>""".encode()


def outline(data: bytes) -> list[tuple[str, dict[str, str], str]]:
    """Return what a picture is made of, without the white space between elements."""
    return [(etree.QName(one).localname, dict(one.attrib), (one.text or "").strip() + (one.tail or "").strip())
            for one in etree.fromstring(data).iter() if isinstance(one.tag, str)]


@pytest.mark.parametrize("data", PICTURES)
def test_what_is_kept_has_only_what_the_tables_allow(data: bytes) -> None:
    picture = svg.read(data)
    assert picture.suffix == "svg" and b"127.0.0.1" not in picture.data and b"window.hit" not in picture.data
    for element in etree.fromstring(picture.data).iter():
        name = etree.QName(element)
        assert name.namespace == svg.SVG and name.localname in svg.ELEMENTS
        for key in element.attrib:
            assert not etree.QName(str(key)).localname.lower().startswith("on")


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_picture_is_refused_with_a_remedy(name: str) -> None:
    with pytest.raises(EditionError) as refused:
        svg.read(REFUSED[name])
    assert refused.value.remedy


def test_a_drawing_keeps_all_that_it_draws() -> None:
    picture = svg.read(PLAIN)
    assert picture.lost == ()
    was, now = outline(PLAIN), outline(picture.data)
    assert [one for one in was if one[0] not in ("namedview", "metadata", "style", "svg", "rect")] == [
        one for one in now if one[0] not in ("style", "svg", "rect")]
    text = picture.data.decode()
    assert ".a { fill: #123; stroke: rgb(1, 2, 3) }" in text and 'style="fill: url(#g); stroke-width: .5px"' in text


def test_drawing_anew_twice_changes_nothing() -> None:
    for data in [PLAIN, *PICTURES]:
        once = svg.read(data).data
        assert svg.read(once).data == once


def test_what_a_picture_lost_is_named() -> None:
    assert svg.read(f"{HEAD} onload='x'><script/><filter/><style>@import 'x';</style></svg>".encode()).lost == (
        "<filter>", "<script>", "@import", "onload=")


@pytest.mark.parametrize(("data", "suffix"), [
    (b"\x89PNG\r\n\x1a\n..", "png"), (b"\xff\xd8\xff\xe0", "jpg"), (b"GIF89a..", "gif"), (b"RIFF\0\0\0\0WEBP", "webp")])
def test_raster_pictures_stay_as_they_are(data: bytes, suffix: str) -> None:
    assert svg.read(data) == svg.Picture(suffix, data)


_PIECE = st.sampled_from(["url", "(", ")", "\\75", "\\72 ", "l", "'", '"', "/*", "*/", "#a", OUT, ":", ";", "{", "}",
                          "@import ", "fill", "svg", " ", "!important", "image-set(", "src(", "var(--x)", "--x",
                          "\\", "-->"])


@given(st.lists(_PIECE, max_size=14).map("".join))
def test_no_style_asks_another_host(style: str) -> None:
    root = etree.Element(f"{{{svg.SVG}}}svg", nsmap={None: svg.SVG})
    etree.SubElement(root, f"{{{svg.SVG}}}style").text = style
    etree.SubElement(root, f"{{{svg.SVG}}}rect", style=style, fill=style)
    kept = etree.fromstring(svg.read(etree.tostring(root)).data)
    for text in (kept[0].text or "", kept[1].get("style", ""), kept[1].get("fill", "")):
        # A string is no request, save in url(); whatever calls or imports is one.
        text = re.sub(r'(?<!url\()"(?:[^"\\]|\\.)*"', "", text)
        assert not re.search(r"(?<!\\)@", text), text
        assert not re.search(r"\b(src|image-set|var)\(|url\(\s*[\"']?(?!#)", text.replace("\\", "")), text


@pytest.mark.browser
def test_no_picture_runs_or_asks_when_it_is_opened(tmp_path: Path, browser: Any, serve: Any) -> None:
    for number, data in enumerate([PLAIN, *PICTURES]):
        (tmp_path / f"{number}.svg").write_bytes(svg.read(data).data)
    base, page = serve(tmp_path), browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for number in range(len(PICTURES) + 1):
        address = f"{base}/{number}.svg"
        page.goto(address)
        if page.query_selector("#press"):
            page.click("#press", force=True)
        assert page.evaluate("[window.hit ?? null, document.contentType, document.title === 'HIT']") == [
            None, "image/svg+xml", False], PICTURES[number - 1]
    assert [url for url in asked if not re.fullmatch(rf"{base}/\d+\.svg|data:image/png;base64,.*", url)] == []
    page.close()
