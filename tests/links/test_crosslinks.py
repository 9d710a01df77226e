"""Links between posts and to the blog."""

from __future__ import annotations

from collections.abc import Callable

from conftest import EditionFolder

from ext.edition.posts.identity import digest_id

BLOG = "https://blog.example"


def test_a_link_to_a_post_leads_to_the_mirrored_one_if_there_is_one(edition_folder: EditionFolder) -> None:
    edition_folder.post("a", f"[甲]({BLOG}/archives/8) [乙](/archives/8#part) [丙](/archives/9) [丁](/about.html)")
    edition_folder.post("b", "正文", id="8")
    built = edition_folder.build()
    assert built.warnings == ()
    page = built.html("posts/a")
    assert 'href="b.html"' in page
    assert 'href="b.html#part"' in page
    assert f'href="{BLOG}/archives/9"' in page
    assert f'href="{BLOG}/about.html"' in page


def test_a_post_that_arrives_or_goes_redirects_the_links_of_others(edition_folder: EditionFolder) -> None:
    edition_folder.post("a", "[甲](/archives/8)")
    edition_folder.post("c", "无关")
    assert f'href="{BLOG}/archives/8"' in edition_folder.build().html("posts/a")
    path = edition_folder.post("b", "正文", id="8")
    second = edition_folder.build()
    assert 'href="b.html"' in second.html("posts/a")
    assert "posts/a.html" in second.written
    path.unlink()
    third = edition_folder.build()
    assert f'href="{BLOG}/archives/8"' in third.html("posts/a")


def test_a_file_of_the_edition_is_not_taken_for_an_address_of_the_blog(edition_folder: EditionFolder) -> None:
    edition_folder.post("b", "正文")
    edition_folder.post("a", "[乙](/posts/b.md)")
    built = edition_folder.build()
    assert built.warnings == ()
    assert 'href="b.html"' in built.html("posts/a")


def test_without_a_pattern_a_post_is_known_by_its_address(make_edition: Callable[..., EditionFolder]) -> None:
    folder = make_edition('[edition]\ntitle = "试"\n')
    there = "https://other.example/2024/notes/"
    folder.post("b", "正文", id=digest_id(there), source=there, origin="feed")
    folder.post("a", f"[乙]({there}?utm_source=x#part) [丙](https://third.example/)", id="u-1", origin="feed",
                source="https://other.example/2024/first/")
    built = folder.build()
    assert built.warnings == ()
    assert 'href="b.html#part"' in built.html("posts/a")
    assert 'href="https://third.example/"' in built.html("posts/a")


def test_a_post_is_found_by_the_other_ids_of_its_catalogue_row(edition_folder: EditionFolder) -> None:
    edition_folder.post("b", "正文", id="8")
    edition_folder.post("a", "[乙](/archives/7)")
    edition_folder.write("catalogue.yaml", "- id: '8'\n  title: b\n  state: fetched\n  aliases: ['7']\n")
    assert 'href="b.html"' in edition_folder.build().html("posts/a")
