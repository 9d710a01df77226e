"""Build an edition in a language that is not its own, ``-D language=en``: where its catalogues are, where its pages go.

The catalogues stand in ``source/locale/LANGUAGE/LC_MESSAGES``. Sphinx compiles them beside themselves; so that a build
writes nothing into ``source/`` it is given copies, beside the doctrees.
"""

from __future__ import annotations

import gettext
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.locale import translators
from sphinx.util.i18n import docname_to_domain

from ext.edition.site import translations
from ext.edition.site.config import Edition
from ext.edition.site.files import write_atomic


def own_language(config: Config) -> str:
    """Return the language that the edition is written in."""
    return str(config.edition_own_language)


def translates(config: Config) -> bool:
    """Tell whether the site that is built speaks another language than the edition is written in."""
    return bool(config.language != config.edition_own_language)


def original_language(config: Config) -> str:
    """Return the tag of the language of the posts where the site speaks another one, else nothing."""
    return tag(own_language(config)) if translates(config) else ""


def tag(language: str) -> str:
    """Return a language as HTML writes it."""
    return language.replace("_", "-")


def choose(app: Sphinx, config: Config, loaded: Edition) -> Edition:
    """Return the edition in the language that was asked for, with what its catalogues say in it."""
    config.edition_own_language = loaded.edition.language
    language = config.overrides.get("language", loaded.edition.language)
    if language == loaded.edition.language:
        return loaded
    source = Path(app.srcdir)
    config.locale_dirs = [str(_copied(app, language).parent.parent)]
    messages = translations.read(translations.folder(source, language) / f"{translations.EDITION}.po")
    told = translations.translated(loaded, messages, language)
    return translations.moved(told, language) if is_below(app, language) else told


def is_below(app: Sphinx, language: str) -> bool:
    """Tell whether the site is written into the folder of its language, beside the site in the edition's own."""
    return Path(app.outdir).name == language


def _copied(app: Sphinx, language: str) -> Path:
    """Copy the catalogues of a language to where they are compiled; return that folder."""
    source = translations.folder(Path(app.srcdir), language)
    target = translations.folder(Path(app.doctreedir), language)
    target.mkdir(parents=True, exist_ok=True)
    there = {path.relative_to(source): path for path in sorted(source.rglob("*.po"))}
    for name, path in there.items():
        write_atomic(target / name, path.read_bytes())
    for path in target.rglob("*.?o"):
        if path.relative_to(target).with_suffix(".po") not in there:
            path.unlink()
    return target


def compiled(config: Config, docname: str) -> Path | None:
    """Return the compiled catalogue of a document, None where it has none."""
    if not translates(config):
        return None
    domain = docname_to_domain(docname, config.gettext_compact)
    path = Path(config.locale_dirs[0]) / config.language / translations.MESSAGES / f"{domain}.mo"
    return path if path.is_file() else None


def message(config: Config, docname: str, text: str) -> str | None:
    """Return what a text of a document is in the language of the site, None where nobody has translated it."""
    path = compiled(config, docname)
    if path is None:
        return None
    with path.open("rb") as file:
        found = gettext.GNUTranslations(file).gettext(text)
    return found if found != text else None


def forget(app: Sphinx, error: Exception | None) -> None:
    """Forget what was read of the catalogues: a process may build again, another language or what they say by then."""
    if not translates(app.config):
        return
    root = Path(app.config.locale_dirs[0])
    for path in root.rglob("*.po"):
        translators.pop(("general", path.relative_to(root / app.config.language / translations.MESSAGES)
                         .with_suffix("").as_posix()), None)
    # What the standard library holds as long as the process, whatever becomes of the file.
    known: dict[Any, Any] = getattr(gettext, "_translations", {})
    for key in [key for key in known if str(root) in str(key)]:
        del known[key]


def others(app: Sphinx) -> Iterator[tuple[str, str]]:
    """Yield the languages that this edition was built in beside this one, each with the way there from the root."""
    out, source = Path(app.outdir), Path(app.srcdir)
    if translates(app.config):
        if is_below(app, app.config.language) and (out.parent / "index.html").is_file():
            yield own_language(app.config), "../"
        return
    for language in translations.languages(source):
        if (out / language / "index.html").is_file():
            yield language, f"{language}/"


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the language that the edition is written in; the settings ask for the rest."""
    app.add_config_value("edition_own_language", "", "", types=frozenset({str}))
    app.connect("build-finished", forget)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
