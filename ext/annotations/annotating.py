"""Annotations: directives of a closed table, numbered per document, that refer to equations and each other.

``annotation_records(env)`` gives the records of every document, ``annotation_index(env)`` resolves targets
across documents. A node is an annotation when ``node["annotation"]`` is set (a directive, its kind) or when
it is a section that has the class ``annotation``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.errors import ConfigError
from sphinx.util.typing import ExtensionMetadata
from sphinx_proof.directive import DEFAULT_REALTYP_TO_COUNTERTYP
from sphinx_proof.nodes import NODE_TYPES

from ext.annotations import flowing, latex, linking
from ext.annotations import nodes as nodes_
from ext.annotations.beside import Beside
from ext.annotations.directives import NumberAnnotations, PartDirective
from ext.annotations.domain import AnnotationDomain, annotation_domain
from ext.annotations.nodes import NODES
from ext.annotations.recording import read_page, set_title
from ext.build.views import add_view
from ext.build.walks import instances
from ext.checks.findings import report
from ext.edition.annotations.authorship import By, author
from ext.edition.annotations.kinds import KINDS, PARTS, SECTION, Need
from ext.edition.annotations.targets import AnnotationRecord, Index, Page
from ext.edition.checks.lint import Lint
from ext.edition.math.plain import text_of
from ext.math.equations import equations
from ext.math.printing import FLOWING

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config
    from sphinx.environment import BuildEnvironment

__all__ = ["annotation_index", "annotation_records", "setup"]

VIEW = "annotations"
STATIC = Path(__file__).parent.parent / "static"


def annotation_records(env: BuildEnvironment) -> Mapping[str, tuple[AnnotationRecord, ...]]:
    """Return the annotations of every document in reading order, by document name."""
    pages = annotation_domain(env).pages
    return {docname: pages[docname].annotations for docname in sorted(pages)}


def annotation_index(env: BuildEnvironment) -> Index:
    """Return the index that resolves labels and equation ids over all documents."""
    return annotation_domain(env).index


def collect(app: Sphinx, doctree: nodes.document) -> None:
    """Record the document that was just read, after equations have their ids and the page its title."""
    env = app.env
    docname = env.current_document.docname
    title = env.titles[docname].astext() if docname in env.titles else docname
    heading = next(instances(doctree, nodes.title), None)
    if heading is not None and heading.astext() == title and (shown := set_title(heading)):
        title = text_of(shown)
    page = read_page(doctree, title, equations(env).get(docname, ()))
    annotation_domain(env).note_page(docname, page)
    check_page(env, docname, page)


def check_page(env: BuildEnvironment, docname: str, page: Page) -> None:
    """Report annotations that lack what their kind needs, as far as their own page shows it."""
    for record in page.annotations:
        name = record.label or record.anchor
        if record.by and author(record.by)[0] is None:
            message = f"{name!r} has :by: {record.by!r}, which begins with none of {', '.join(By)}"
            report(env, docname, Lint.BY_UNKNOWN, message, record.line)
        if record.stale and record.correction is None:
            since = "" if record.stale == "?" else f" ({record.stale})"
            message = f"{name!r} is about a part of the original that has changed{since}"
            report(env, docname, Lint.ANNOTATION_STALE, message, record.line)
        if record.kind == SECTION:
            continue
        needs = KINDS[record.kind].needs
        if needs is Need.WORK and not (record.inline or record.displayed or (record.steps and record.written)):
            message = f"{name!r} has neither a formula nor a step that says something"
            report(env, docname, Lint.DERIVATION_EMPTY, message, record.line)
        if needs is Need.PARTS:
            present = {part.part for part in record.parts}
            for part in PARTS.values():
                if part.within == record.kind and part.name not in present:
                    message = f"{name!r} has no {{{part.name}}} ({part.zh})"
                    report(env, docname, Lint.PANORAMA_PART_MISSING, message, record.line)


def add_files(app: Sphinx, config: Config) -> None:
    """Serve the style sheet and the script from the folder all extensions share."""
    if str(STATIC) not in config.html_static_path:
        config.html_static_path = [*config.html_static_path, str(STATIC)]


def check_settings(app: Sphinx, config: Config) -> None:
    """Refuse settings of sphinx-proof that mean nothing."""
    for name in (name for pair in config.prf_realtyp_to_countertyp.items() for name in pair):
        if name not in KINDS:
            raise ConfigError(f"prf_realtyp_to_countertyp: {name!r} is no kind of annotation; "
                              f"there are {', '.join(sorted(KINDS))}")
    if config.proof_title_format and "%t" not in config.proof_title_format:
        raise ConfigError("proof_title_format has no %t, the place of the title")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the annotations."""
    app.setup_extension("ext.checks.findings")
    app.setup_extension("ext.math.equations")
    NODE_TYPES.update(NODES)
    DEFAULT_REALTYP_TO_COUNTERTYP.update({kind: kind for kind in NODES if kind not in DEFAULT_REALTYP_TO_COUNTERTYP})
    app.add_config_value("prf_realtyp_to_countertyp", {}, "env", types=frozenset({dict}))
    app.add_config_value("proof_title_format", "", "html", types=frozenset({str}))
    for key in nodes_.WRITTEN:
        for node in key if isinstance(key, tuple) else (key,):
            flow: Any = dict.fromkeys(FLOWING, flowing.WRITTEN[key])
            app.add_node(node, html=nodes_.WRITTEN[key], latex=latex.WRITTEN[key], **flow)
    # sphinx-design has a {step} of its own, for its steppers; in an annotated edition the word is ours.
    for part in PARTS:
        app.add_directive(part, PartDirective, override=True)
    app.add_domain(AnnotationDomain)
    app.add_transform(NumberAnnotations)
    app.add_post_transform(Beside)
    app.add_css_file("annotations.css")
    app.add_css_file("layers.css", priority=810)
    app.add_js_file("annotations.js", loading_method="defer")
    app.add_js_file("layers.js", loading_method="defer")
    app.connect("config-inited", add_files, priority=900)
    app.connect("config-inited", check_settings)
    app.connect("doctree-read", collect, priority=700)
    app.connect("env-updated", linking.check)
    app.connect("doctree-resolved", linking.insert_links)
    app.connect("doctree-resolved", linking.mark_sections)
    add_view(app, VIEW, linking.digests)
    return {"version": "1", "env_version": 8, "parallel_read_safe": True, "parallel_write_safe": True}
