"""The texts of the audit, and its templates, which escape whatever they are given: titles are fetched text."""

from __future__ import annotations

import functools
import hashlib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup
from sphinx.application import Sphinx

from ext.audit.state import summary
from ext.edition.annotations.kinds import KINDS, SECTION
from ext.edition.annotations.targets import heading_of
from ext.edition.audit.coverage import Cover
from ext.edition.audit.criteria import Result
from ext.edition.audit.phrases import missing, phrase, quantity
from ext.edition.audit.shares import percent
from ext.edition.audit.work import command
from ext.edition.links.external import iri
from ext.site.settings import TEMPLATES, edition

FOLDER = TEMPLATES / "audit"


@functools.cache
def texts() -> Mapping[str, Any]:
    """Return the texts by language."""
    return tomllib.loads((FOLDER / "words.toml").read_text("utf-8"))


@functools.cache
def templates() -> jinja2.Environment:
    """Return the templates; a text that is missing is an error, not a gap."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True,
        undefined=jinja2.StrictUndefined, auto_reload=False)


@functools.cache
def look() -> str:
    """Return a digest of the templates and texts."""
    state = hashlib.sha256()
    for path in sorted(FOLDER.rglob("*.*")):
        state.update(path.read_bytes())
    return state.hexdigest()


def english(app: Sphinx) -> bool:
    """Return whether the site speaks English; Chinese is what every other language gets."""
    return bool(app.config.language == "en")


def words(app: Sphinx) -> Mapping[str, Any]:
    """Return the texts in the language of the site."""
    table = texts()
    return table["en" if english(app) else "zh_CN"]


def render(app: Sphinx, template: str, docname: str, **given: Any) -> Markup:
    """Render ``audit/TEMPLATE.html`` for the page *docname*, with the summary and what every template needs."""
    en = english(app)
    whole = summary(app)
    named = {grade.key: (grade.en or grade.name) if en else grade.name for grade in edition(app.config).grades}

    def uri(target: str, anchor: str = "") -> str:
        return iri(app.builder.get_relative_uri(docname, target)) + (f"#{anchor}" if anchor else "")

    def criterion(name: str) -> str:
        return phrase(name, english=en).name

    def lacking(result: Result) -> str:
        return missing(result, english=en)

    def amount(result: Result, value: float | None) -> str:
        return quantity(result, value) + (phrase(result.criterion, english=en).unit if value is not None else "")

    return Markup(templates().get_template(f"audit/{template}.html").render(  # noqa: S704 - escaped by the template
        summary=whole, t=words(app), english=en, uri=uri, grades=named, criterion=criterion, lacking=lacking,
        quantity=amount, percent=percent, covers=[state.value for state in Cover],
        command=functools.partial(command, folder=Path(app.srcdir).name),
        topic_name={topic.name: topic.en if en and topic.en else topic.name for topic in edition(app.config).topics},
        kind_name=functools.partial(kind_name, language=app.config.language),
        **given))


def kind_name(kind: str, *, language: str) -> str:
    """Return what a kind of annotation is called."""
    return heading_of(kind, None, language=language) if kind in KINDS or kind == SECTION else kind
