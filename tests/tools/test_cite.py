"""The command that lists works without an entry, and asks for their entries."""

from __future__ import annotations

import pytest
from conftest import EditionFolder
from pybtex.database import Entry, Person, parse_string
from pytest_httpserver import HTTPServer

from tools import cite
from tools.__main__ import main

TOML = '[edition]\ntitle = "试验版"\n[fetch]\ndelay = 0\nretries = 0\ntimeout = 2\n'
ANSWER = """@misc{https://doi.org/10.48550/arxiv.1706.03762, doi = {10.48550/ARXIV.1706.03762},
  url = {javascript:alert(1)}, author = {Vaswani, Ashish and Shazeer, Noam}, keywords = {Learning},
  title = {Attention Is <i>All</i> You Need \\url{x}}, publisher = {arXiv}, year = {2017}}"""


@pytest.fixture
def edition(make_edition: object) -> EditionFolder:
    folder: EditionFolder = make_edition(TOML)  # type: ignore[operator]
    folder.write("works.bib", "@misc{ho2020, title={T}, author={Ho}, year=2020, eprint={2006.11239}}\n")
    folder.post("a", "[一](https://arxiv.org/abs/1706.03762) [二](https://arxiv.org/abs/2006.11239)")
    folder.post("b", "[一](https://arxiv.org/pdf/1706.03762v5) [三](https://doi.org/10.1000/abc) `https://doi.org/10.1/x`")
    return folder


def run(folder: EditionFolder, *more: str, server: HTTPServer | None = None) -> int:
    asked = [] if server is None else ["--allow-private", "--arxiv", server.url_for("/a/{id}"),
                                       "--doi", server.url_for("/d/{id}")]
    return main(["cite", "--edition", str(folder.root), *asked, *more])


def test_works_without_an_entry_are_listed_and_nothing_is_asked(
    edition: EditionFolder, httpserver: HTTPServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(edition, server=httpserver) == 0
    assert capsys.readouterr().out.splitlines() == [
        "arXiv:1706.03762  a, b", "doi:10.1000/abc  b",
        "2 works are linked to and in no .bib file; --write fetches them"]
    assert httpserver.log == [] and not (edition.source / "references.bib").exists()


def test_entries_are_fetched_once_and_tidied(
    edition: EditionFolder, httpserver: HTTPServer, capsys: pytest.CaptureFixture[str]
) -> None:
    httpserver.expect_request("/robots.txt").respond_with_data("", status=404)
    httpserver.expect_request("/a/1706.03762").respond_with_data(ANSWER)
    httpserver.expect_request("/d/10.1000/abc").respond_with_data("gone", status=404)
    kept = edition.write("references.bib", "% mine\n@misc{me, title={M}, author={M}, year=1999}\n").read_text("utf-8")
    assert run(edition, "--write", server=httpserver) == 1
    said = capsys.readouterr()
    assert "1 entries appended" in said.out and "doi:10.1000/abc" in said.err and "404" in said.err
    text = (edition.source / "references.bib").read_text("utf-8")
    assert text.startswith(kept)
    entry = parse_string(text, "bibtex").entries["vaswani2017attention"]
    assert entry.type == "misc" and entry.fields["title"] == "Attention Is All You Need {x}"
    assert entry.fields["eprint"] == "1706.03762" and set(entry.fields) == {"title", "year", "eprint", "archiveprefix"}
    # What was found is not asked for again.
    httpserver.clear_log()
    run(edition, "--write", server=httpserver)
    assert [request.path for request, _ in httpserver.log if request.path.startswith("/a")] == []
    edition.write("references.md", "# 参考\n\n```{bibliography}\n```\n")
    built = edition.build()
    assert built.warnings == () and "Ashish Vaswani" in built.html("posts/b")
    assert "javascript" not in built.html("posts/b").split("<article")[1].split("</article>")[0]


@pytest.mark.parametrize("answer", ["<html>no</html>", "@misc{x, title = {", "@misc{x, year = 2000}", ""])
def test_what_is_no_entry_is_an_error_and_changes_nothing(
    edition: EditionFolder, httpserver: HTTPServer, answer: str, capsys: pytest.CaptureFixture[str]
) -> None:
    httpserver.expect_request("/robots.txt").respond_with_data("", status=404)
    httpserver.expect_request("/a/1706.03762").respond_with_data(answer)
    assert run(edition, "--write", "--limit", "1", server=httpserver) == 1
    assert "error: arXiv:1706.03762" in capsys.readouterr().err
    assert not (edition.source / "references.bib").exists()


def test_robots_are_obeyed(edition: EditionFolder, httpserver: HTTPServer, capsys: pytest.CaptureFixture[str]) -> None:
    httpserver.expect_request("/robots.txt").respond_with_data("User-agent: *\nDisallow: /\n")
    assert run(edition, "--write", "--limit", "1", server=httpserver) == 1
    assert "robots.txt" in capsys.readouterr().err


def test_keys_are_new_whatever_the_case() -> None:
    people = {"author": [Person("Müller, A")]}
    entry = Entry("misc", {"title": "On the Größe of Things", "year": "2020"}, persons=people)
    assert cite.key_for(entry, []) == "muller2020groe"
    assert cite.key_for(entry, ["Muller2020Groe", "muller2020groe-2"]) == "muller2020groe-3"
    assert cite.key_for(Entry("misc", {"title": "注疏"}), []) == "anonymous"


@pytest.mark.parametrize("value", ["}@misc{evil,", "{{{", "a\x00b\nc", "<script>x</script>", "\\href{javascript:1}{y}"])
def test_no_field_breaks_out(value: str, edition: EditionFolder) -> None:
    entry = cite.tidy(Entry("evil", {"title": value}, persons={"author": [Person("A")]}), "doi:10.1/x")
    path = edition.source / "references.bib"
    cite.append(path, "k", entry)
    again = parse_string(path.read_text("utf-8"), "bibtex").entries
    assert list(again) == ["k"] and again["k"].type == "misc" and again["k"].fields["doi"] == "10.1/x"
    title = again["k"].fields.get("title", "")
    assert "<" not in title and "href" not in title and "evil" not in again
