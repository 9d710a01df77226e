"""Read the edition's ``edition.toml`` and configure Sphinx from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeGuard

from sphinx import package_dir
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.config import Config
from sphinx.errors import ConfigError
from sphinx.locale import init as init_locale
from sphinx.locale import translators

from ext.edition.site import config as edition_config
from ext.edition.site.config import Edition
from ext.edition.site.errors import EditionError
from ext.edition.site.files import is_own
from ext.site import languages

STATIC = Path(__file__).parent.parent / "static"
TEMPLATES = Path(__file__).parent.parent / "templates"


def edition(config: Config) -> Edition:
    """Return the edition that is being built."""
    loaded: Edition = config.edition
    return loaded


def text(config: Config, zh: str, en: str) -> str:
    """Choose a text of the site's own by the edition's language."""
    return en if config.language == "en" else zh


def writes_site(builder: Builder) -> TypeGuard[StandaloneHTMLBuilder]:
    """Tell whether a builder writes the site: a book has chapters of HTML too, but no search, audit or sidebar."""
    return isinstance(builder, StandaloneHTMLBuilder) and builder.name != "epub"


def configure(app: Sphinx, config: Config) -> None:
    """Fill Sphinx's own configuration from ``edition.toml``; command-line ``-D`` settings win."""
    try:
        loaded = languages.choose(app, config, edition_config.load(edition_config.find(Path(app.srcdir))))
    except EditionError as error:
        raise ConfigError(str(error)) from error
    if not (Path(app.srcdir) / "index.md").is_file():
        raise ConfigError(str(EditionError(
            "there is no index.md, the home page", where=app.srcdir,
            remedy=f"run `python -m tools init {Path(app.srcdir).parent}`; it adds only what is missing")))
    about = loaded.edition
    given = {
        "project": about.title,
        "author": about.author or loaded.site.author,
        "copyright": about.author,
        "language": about.language,
        "html_title": about.title,
        "html_baseurl": about.url,
        "edition_macros": dict(loaded.math.macros),
        "bibtex_bibfiles": sorted(str(path) for path in Path(app.srcdir).glob("*.bib")
                                  if is_own(Path(app.srcdir), path)),
    }
    for name, value in given.items():
        if name not in config.overrides:
            setattr(config, name, value)
    # Sphinx has already looked for its own words, in the language of conf.py.
    translators.pop(("general", "sphinx"), None)
    app.translator, _ = init_locale([package_dir / "locale"], config.language)
    config.edition = loaded
    config.edition_reading = repr((loaded.coverage, loaded.site, loaded.limits,
                                   [(one.name, one.notation) for one in loaded.series if one.notation]))
    config.edition_look = repr((about, loaded.topics))
    config.templates_path = [*config.templates_path, str(TEMPLATES)]
    config.html_static_path = [*config.html_static_path, str(STATIC)]
    if about.repository:
        config.html_theme_options |= {
            "repository_url": about.repository, "repository_branch": about.branch, "path_to_docs": "source",
            "use_repository_button": True, "use_edit_page_button": True}


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the configuration values and the reading of ``edition.toml``."""
    app.add_config_value("edition", None, "", types=frozenset({Edition}))
    # Macros, symbols, addresses of the blog and the rule of coverage change how documents are read; the title and the
    # topics change the frame of every page; all else changes only what is made of the records.
    if "edition_macros" not in app.config:  # the math room has them too, and works without us
        app.add_config_value("edition_macros", {}, "env", types=frozenset({dict}))
    app.add_config_value("edition_reading", "", "env", types=frozenset({str}))
    app.add_config_value("edition_look", "", "html", types=frozenset({str}))
    app.setup_extension("ext.site.languages")
    app.add_html_theme("zhushu", str(TEMPLATES))
    app.connect("config-inited", configure, priority=100)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
