"""The benchmark of reading shows the same page both ways and counts what goes over the wire."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from urllib.request import urlopen

import pytest
from conftest import EditionFolder

from benchmarks.reading import heaviest, main, race, with_mathjax
from benchmarks.web import served

#: Stands for MathJax: it sets nothing, but says when it would be done.
SCRIPT = "MathJax.startup = {promise: new Promise((done) => setTimeout(done, 300))};"


@pytest.fixture
def site(edition_folder: EditionFolder) -> Path:
    edition_folder.post("few", "矩阵 $a$ 如此。", title="少")
    edition_folder.post("many", "设 $a<b$ 与 $c$。\n\n$$e^{i n\\theta}$$", title="多")
    return edition_folder.build().out


def test_formulas_become_tex_again(site: Path) -> None:
    post = heaviest(site)
    assert post.name == "many.html"
    page = with_mathjax(post.read_text("utf-8"), "tex-chtml.js", {"\\norm": [1, "\\|#1\\|"], "\\R": [0, "<"]})
    assert "<math" not in page and "\\(a&lt;b\\)" in page and "\\[e^{i n\\theta}\\]" in page
    config = page.partition("MathJax = ")[2].partition(";</script>")[0]
    assert "<" not in config and json.loads(config)["tex"]["macros"] == {"norm": ["\\|#1\\|", 1], "R": "<"}


def test_what_is_sent_is_counted_as_compressed_and_nothing_outside_is(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/x.html").write_text("长" * 5000, "utf-8")
    (tmp_path / "secret.txt").write_text("no", "utf-8")
    with served({"a": tmp_path / "a"}, {"/a/made.html": b"made"}) as (base, sent):
        body = urlopen(f"{base}/a/x.html").read()
        assert gzip.decompress(body).decode() == "长" * 5000
        assert gzip.decompress(urlopen(f"{base}/a/made.html").read()) == b"made"
        for place in ("/a/../secret.txt", "/a/%2e%2e/secret.txt", "/b/x.html", "/"):
            with pytest.raises(OSError, match="404"):
                urlopen(base + place)
        assert sent[0].place == "/a/x.html" and len(body) < sent[0].bytes < len(body) + 500


@pytest.mark.browser
def test_both_ways_are_timed_in_turn(site: Path, tmp_path: Path, browser: object) -> None:
    (tmp_path / "tex-chtml.js").write_text(SCRIPT, "utf-8")
    result = race(browser, site, tmp_path, 2)
    assert (result.post, result.formulas, len(result.ours), len(result.mathjax)) == ("posts/many.html", 3, 2, 2)
    assert min(result.mathjax) >= 300 and min(*result.ours, *result.ours_cpu, *result.mathjax_cpu) > 0
    assert (result.mathjax_set, result.mathjax_errors) == (0, 0)


@pytest.mark.parametrize("option", [["--mathjax", "nowhere"], ["nowhere"]])
def test_a_folder_that_lacks_what_is_needed_is_named(
        option: list[str], site: Path) -> None:
    with pytest.raises(SystemExit, match=r"nowhere holds no (tex-chtml\.js|posts)"):
        main(option if len(option) == 1 else [str(site), *option])


def test_help_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "npm pack mathjax@3" in capsys.readouterr().out


@pytest.mark.browser
def test_the_wire_is_followed_from_post_to_query(
        site: Path, tmp_path: Path, browser: object, monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("benchmarks.reading.browser", _always(browser))
    assert main([str(site), "--query", "矩阵", "--json", str(tmp_path / "out.json")]) == 0
    wire = json.loads((tmp_path / "out.json").read_text("utf-8"))["wire"]
    assert wire[0]["step"] == "first post" and wire[0]["bytes"] > wire[1]["bytes"] > 0
    assert set(wire[1]["parts"]) == {"posts"} and wire[1]["requests"] == 1
    assert any("formulas" in step["parts"] for step in wire) and "pagefind" in wire[-1]["parts"]
    assert "cold text query" in capsys.readouterr().out


def _always(browser: object) -> Callable[[], object]:
    from contextlib import nullcontext

    return lambda: nullcontext(browser)
