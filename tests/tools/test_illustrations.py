"""`images` fetches what imported posts still show from the network, goes on where it stopped, and changes no more."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from ext.edition.site.files import read_text
from tools import keeping
from tools.__main__ import main

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


@pytest.fixture
def edition(tmp_path: Path, httpserver: HTTPServer) -> Path:
    """Return an edition with two imported posts that show pictures of a blog on this machine."""
    for name in ("/a.png", "/b.png?x=1&y=2"):
        httpserver.expect_request(name.partition("?")[0]).respond_with_response(Response(PNG, content_type="image/png"))
    for name in ("/robots.txt", "/none.png"):
        httpserver.expect_request(name).respond_with_response(Response("", 404))
    url = httpserver.url_for
    source, folder = tmp_path / "src", tmp_path / "ed"
    source.mkdir()
    (source / "one.md").write_text(
        f"---\ntitle: One\n---\n\nLet $x$ ![a]({url('/a.png')}) and ![b]({url('/b.png?x=1&y=2')} \"t\").\n\n"
        f"```\n![code]({url('/c.png')})\n```\n", "utf-8")
    two = f"---\ntitle: Two\n---\n\n![no]({url('/none.png')}) [link]({url('/a.png')})\n"
    (source / "two.md").write_text(two, "utf-8")
    main(["init", str(folder), "--language", "en"])
    settings = read_text(folder / "edition.toml").replace("delay = 2.0", "delay = 0\nretries = 0")
    (folder / "edition.toml").write_text(settings, "utf-8")
    assert main(["import-markdown", str(source), "--edition", str(folder)]) == 0
    return folder


def state(folder: Path) -> dict[str, bytes]:
    """Return every file of an edition but the cache."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*")
            if path.is_file() and ".cache" not in path.parts}


def images(folder: Path, *words: str) -> int:
    """Run the command."""
    return main(["images", "--edition", str(folder), "--allow-private", *words])


def test_pictures_are_kept_and_shown_in_post_and_original(edition: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert images(edition) == 1, "one is not there"
    out = capsys.readouterr().out
    assert "none.png" in out and "2 kept, 1 could not be had" in out
    post = read_text(edition / "source/posts/one.md")
    (original,) = [path for path in (edition / "source/originals").glob("*.md") if "Let $x$" in read_text(path)]
    for text in (post, read_text(original)):
        assert text.count("](../_images/") == 2 and ' "t")' in text
        assert "/c.png" in text, "what stands in code is no picture"
    assert "[link](http" in read_text(edition / "source/posts/two.md")
    before = state(edition)
    assert images(edition, "one") == 0 and state(edition) == before


def test_a_second_import_leaves_the_pictures(edition: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    images(edition)
    before = state(edition)
    assert main(["import-markdown", str(tmp_path / "src"), "--edition", str(edition)]) == 0
    assert state(edition) == before and "2 unchanged" in capsys.readouterr().out


def test_a_run_that_was_limited_goes_on(edition: Path) -> None:
    assert images(edition, "--dry-run") == 0
    assert not (edition / "source/_images").exists()
    images(edition, "--limit", "1")
    assert len(list((edition / "source/_images").rglob("*.png"))) == 1
    images(edition)
    assert len(list((edition / "source/_images").rglob("*.png"))) == 2


def test_only_pictures_at_the_address_are_pointed_elsewhere() -> None:
    text = "![a](https://a.example/x.png) ![b](https://a.example/x.png2) https://a.example/x.png"
    assert keeping.pointed(text, {"https://a.example/x.png": "../_images/1/x.png"}) == (
        "![a](../_images/1/x.png) ![b](https://a.example/x.png2) https://a.example/x.png")


def test_names_of_kept_files_are_read_alike_by_everybody() -> None:
    assert keeping.file_stem("https://a.example/图/inv-市场 派.png").isascii()
    assert keeping.file_stem("https://a.example/求和.png").startswith("image-")
    assert keeping.file_stem("https://a.example/求和.png") != keeping.file_stem("https://a.example/求积.png")
