"""The words of Sphinx itself are in the language of the edition."""

from __future__ import annotations

from collections.abc import Callable

from tests.conftest import TOML, EditionFolder

NOTE = "## Part\n\n:::{note}\ntext\n:::\n"


def test_sphinx_speaks_the_language_of_the_edition(make_edition: Callable[..., EditionFolder]) -> None:
    english = TOML.replace('title = "试验版"', 'title = "Trial"\nlanguage = "en"')
    for number, (toml, shown) in enumerate([(TOML, "备注"), (english, "Note"), (TOML, "备注")]):
        folder = make_edition(toml, f"edition-{number}")
        folder.post("a", NOTE)
        page = folder.build().html("posts/a")
        assert f'<p class="admonition-title">{shown}</p>' in page
        assert ("Link to this heading" in page) == (shown == "Note")
