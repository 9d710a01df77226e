"""What a book is made of, for the builders that bind one: the chosen posts, who wrote them, how it is called."""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx
from sphinx.errors import ConfigError

from ext.build.once import once
from ext.edition.posts.measures import PostRecord
from ext.edition.posts.volume import Volume, bind
from ext.edition.site.errors import EditionError
from ext.posts.measure import records
from ext.site.navigation import shelves
from ext.site.settings import edition, text
from ext.site.wording import words


@once
def volume(app: Sphinx) -> Volume:
    """Return what is bound: the posts of ``-D book_posts``, the series of ``-D book_series``, or the whole edition."""
    try:
        return bind(shelves(app), edition(app.config).edition.title,
                    app.config.book_posts.replace(",", " ").split(), app.config.book_series.strip())
    except EditionError as error:
        raise ConfigError(str(error)) from error


def origin(app: Sphinx, record: PostRecord) -> list[tuple[str, str]]:
    """Return what stands under the title of a post, as texts with an address or none: date, author, source, licence."""
    ui = words(app.config)
    source = record.source if record.source.startswith(("https://", "http://")) else ""
    licence = (record.licence or edition(app.config).site.licence) if source else ""
    said = [(record.date[:10], ""), (record.author, ""),
            (f"{ui['source']}: {source}" if source else ui["local"], source),
            (f"{ui['licence']}: {licence}" if licence else "", "")]
    return [(one, address) for one, address in said if one]


def context(app: Sphinx) -> dict[str, Any]:
    """Return what the templates of a book are filled with."""
    known, about = edition(app.config), edition(app.config).edition
    authors = {records(app.env)[name].author for name in volume(app).docnames if name in records(app.env)}
    return {"volume": volume(app), "about": about, "ui": words(app.config), "lang": about.language.replace("_", "-"),
            "licence": known.site.licence, "creators": sorted(filter(None, {*authors, about.author})),
            "noted": text(app.config, "注疏以左侧竖线标出，此外是原文。",
                          "Annotations carry a rule at their left; all else is the original.")}


def setup(app: Sphinx) -> dict[str, Any]:
    """Register what is chosen on the command line."""
    app.setup_extension("ext.site.navigation")
    app.add_config_value("book_posts", "", "", types=frozenset({str}))
    app.add_config_value("book_series", "", "", types=frozenset({str}))
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
