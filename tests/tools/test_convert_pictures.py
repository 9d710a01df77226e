"""Pictures however a page gives them: choices of sizes, lazy loading, within the page, drawn in it."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from ext.edition.checks import svg
from tools.convert import convert
from tools.convert.img import data_of
from tools.fetch import images

URL = "https://notes.example/a/"
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"x" * 20).decode()
DRAWING = ("<svg viewBox='0 0 200 100' width='200'><title>A line</title><defs><linearGradient id='g'/></defs>"
           "<path id='p' d='M0 0L9 9'/><use xlink:href='#p'/></svg>")


def one(body: str) -> tuple[str, str]:
    """Return address and alternative text of the only picture."""
    (image,) = convert(body, url=URL, fragment=True).images
    return image.url, image.alt


@pytest.mark.parametrize(("body", "address"), [
    ("<picture><source srcset='/a-4.webp 424w, /a-8.webp 848w'><img src='/a.png' alt=x></picture>", "/a.png"),
    ("<picture><source srcset='/a-4.webp 424w, /a-8.webp 848w'><img src='data:image/gif;base64,R0' alt=x></picture>",
     "/a-8.webp"),
    ("<img src='/a-300.png' srcset='/a-300.png 300w, /a-1024.png 1024w, /a-9000.png 9000w' alt=x>", "/a-1024.png"),
    ("<img src='/a.png' width=800 srcset='/a-424.png 424w' alt=x>", "/a.png"),
    ("<img srcset='/a,b.png 2x, /c.png 1x' alt=x>", "/a,b.png"),
    ("<img src='/themes/blank.gif' data-lazy-src='/a.png' alt=x>", "/a.png"),
    ("<img src='/img/loading.svg' data-srcset='/a.png 900w' alt=x>", "/a.png"),
    ("<img data-original='/a.png' src='data:image/gif;base64,R0lGODlhAQAB' alt=x>", "/a.png"),
])
def test_the_picture_is_the_one_a_reader_would_see_at_its_best(body: str, address: str) -> None:
    assert one(body) == (f"https://notes.example{address}", "x")


def test_a_picture_in_a_choice_of_sources_keeps_its_caption_and_what_follows() -> None:
    body = ("<figure><a class=image-link href='https://cdn.example/big.png'><div><picture>"
            "<source srcset='/s.webp 9w'><img src='/a.png' alt='curve'></picture></div></a>"
            "<figcaption>The curve.</figcaption></figure><p>After.</p>")
    paths = {"https://notes.example/a.png": "../_images/a.png"}
    assert convert(body, url=URL, fragment=True, image_paths=paths).markdown == (
        '```{figure} ../_images/a.png\n:alt: "curve"\n\nThe curve.\n```\n\nAfter.\n')


def test_a_picture_within_the_page_is_named_or_saved(tmp_path: Path) -> None:
    body = f"<p>So <img alt=plot src='data:image/png;base64,{PNG}'> it is.</p>"
    done = convert(body, url=URL, fragment=True)
    assert done.markdown == "So plot it is.\n" and [found.kind for found in done.receipt.lost] == ["image"]

    def never(url: str) -> bytes:
        raise AssertionError(f"asked for {url}")

    kept, failed = images.store([image.url for image in done.images], tmp_path / "_images", never)
    assert not failed
    (path,) = kept.values()
    assert path.suffix == ".png" and path.read_bytes() == base64.b64decode(PNG)
    again = convert(body, url=URL, fragment=True, image_paths={url: path.name for url, path in kept.items()})
    assert again.markdown == f"So ![plot]({path.name}) it is.\n" and not again.receipt.lost


@pytest.mark.parametrize("address", ["data:image/png;base64,!!!!", "data:image/svg+xml,<script/>", "data:image/png,"])
def test_a_broken_picture_within_the_page_is_said_and_not_printed_whole(tmp_path: Path, address: str) -> None:
    kept, failed = images.store([address], tmp_path, lambda url: b"")
    assert not kept and f"{address.partition(',')[0]} in the page" in failed[address]


@pytest.mark.parametrize("address", ["data:text/html,<b>", "https://a.example/x.png", "data:image/png"])
def test_other_addresses_hold_no_picture(address: str) -> None:
    assert data_of(address) is None


def test_a_drawing_is_a_picture_like_any_other() -> None:
    address, alt = one(f"<div class=output_svg>{DRAWING}</div>")
    data = data_of(address)
    assert alt == "A line" and data is not None
    picture = svg.read(data)
    assert picture.suffix == "svg" and not picture.lost
    for name in (b"viewBox", b"linearGradient", b'xmlns="http://www.w3.org/2000/svg"'):
        assert name in picture.data, "names with capitals are lost in HTML and must be there again"


def test_of_a_drawing_that_does_more_only_what_draws_is_kept(tmp_path: Path) -> None:
    body = "<svg viewBox='0 0 200 100'><script>alert(1)</script><path onclick='x()' d='M0'/></svg>"
    (image,) = convert(body, url=URL, fragment=True).images
    kept, notes = images.store([image.url], tmp_path, lambda url: b"")
    (path,) = kept.values()
    assert b"path" in path.read_bytes() and b"alert" not in path.read_bytes() and b"onclick" not in path.read_bytes()
    assert "data:image/svg+xml in the page" in notes[image.url]


@pytest.mark.parametrize("sign", [
    "<a href='/'><svg viewBox='0 0 512 512'><path d='M0'/></svg>x</a>", "<svg width=16 height=16><path d='M0'/></svg>",
    "<span class='icon'><svg viewBox='0 0 512 512'><path d='M0'/></svg></span>", "<svg viewBox='0 0 24 24'/>",
    "<svg width='1em' viewBox='0 0 24 24'><path d='M0'/></svg>",
])
def test_signs_of_a_theme_are_no_pictures(sign: str) -> None:
    assert not convert(f"<p>a {sign}</p>", url=URL, fragment=True).images
