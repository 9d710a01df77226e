"""Links between annotations, equations and pages: written into heads, checked, and kept fresh."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from ext.annotations.domain import annotation_domain
from ext.annotations.nodes import ANNOTATIONS, annotation_links, annotation_part, annotation_title, stale_text
from ext.annotations.recording import is_annotation
from ext.build.walks import instances
from ext.checks.findings import report
from ext.edition.annotations.authorship import By, author
from ext.edition.annotations.kinds import KINDS, STALE_CLASS, Need
from ext.edition.annotations.targets import Index, Target, foreign_texts, proves
from ext.edition.checks.lint import Lint
from ext.edition.math.equation import dead_names
from ext.edition.site.near import hint
from ext.site.settings import text

#: Who wrote an annotation, in words.
AUTHORS: Mapping[By, tuple[str, str]] = {
    By.PERSON: ("人", "a person"), By.ASSISTED: ("人，有程序辅助", "a person, assisted by a program"),
    By.PROGRAM: ("程序", "a program")}
_TITLES = (nodes.title, annotation_title)


def insert_links(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Write what each annotation is about, and where it is proved or discussed, under its title."""
    for node in instances(doctree, nodes.section, annotation_part, *ANNOTATIONS):
        if not node["ids"] or isinstance(node, nodes.section) and not is_annotation(node):
            continue  # a part astray is no annotation's
        lines = [*_author(app, node), *_lines(app, document_of(node, docname), node["ids"][0])]
        after = 1 + next(i for i, child in enumerate(node.children) if isinstance(child, _TITLES))
        node[after:after] = lines


def document_of(node: nodes.Node, docname: str) -> str:
    """Return the document that a node was written in: builders of one file have joined many into the first."""
    current: nodes.Node | None = node
    while current is not None:
        if isinstance(current, nodes.section) and "docname" in current:
            return str(current["docname"])
        current = current.parent
    return docname


def mark_sections(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Say of a section that it is an annotation where no style can show it, and under its heading that it is stale.

    Directives say both in their titles.
    """
    for section in doctree.findall(nodes.section):
        if not is_annotation(section):
            continue
        if STALE_CLASS in section["classes"]:
            section.insert(1, nodes.paragraph("", stale_text(app.config), classes=["annotation-stale"]))
        if app.builder.format != "html":
            section[0].insert(0, nodes.Text(text(app.config, "［注疏］", "[Annotation] ")))


def who_wrote(app: Sphinx, written: str) -> str:
    """Return who wrote an annotation in words, empty where its option ``by`` does not say."""
    by, name = author(written)
    return "" if by is None else text(app.config, *AUTHORS[by]) + (
        text(app.config, f"（{name}）", f" ({name})") if name else "")


def _author(app: Sphinx, node: nodes.Element) -> Iterable[annotation_links]:
    """Say who wrote an annotation, where it says so itself."""
    if who := who_wrote(app, node.get("by", "")):
        yield annotation_links("", text(app.config, f"作者：{who}", f"Written by {who}"), classes=["annotation-author"])


def _lines(app: Sphinx, docname: str, anchor: str) -> Iterable[annotation_links]:
    index = annotation_domain(app.env).index
    incoming = index.incoming.get((docname, anchor), [])
    proofs = [one for one in incoming if one.annotation is not None and proves(one.annotation)]
    others = [one for one in incoming if one not in proofs]
    for (zh, en), targets in (
        (("所论：", "About: "), index.outgoing.get((docname, anchor), [])),
        (("所用：", "Uses: "), index.uses.get((docname, anchor), [])),
        (("证明见：", "Proved in: "), proofs),
        (("另见：", "See also: "), others),
    ):
        if targets:
            yield _line(app, docname, text(app.config, zh, en), targets)


def _line(app: Sphinx, docname: str, head: str, targets: Iterable[Target]) -> annotation_links:
    domain = annotation_domain(app.env)
    line = annotation_links("", head)
    for count, target in enumerate(dict.fromkeys(targets)):
        if count:
            line += nodes.Text(text(app.config, "、", ", "))
        line += domain.reference(docname, app.builder, target)
    return line


def check(app: Sphinx, env: BuildEnvironment) -> None:
    """Report what only shows when all documents are known; nothing of it needs a doctree."""
    index = annotation_domain(env).index
    for one in index.doubled:
        place = f"{env.doc2path(one.first, base=False)}:{one.first_line or 1}"
        message = f"the label {one.label!r} is already given in {place}"
        report(env, one.docname, Lint.LABEL_DOUBLED, message, one.line)
    for docname, record, aim in index.undefined:
        name, option = aim.name, f":{aim.relation}:"
        message = f"{record.kind}: {name!r} in {option} names nothing{hint(index.near(docname, name))}"
        if (slug := _dead_in(env, index, docname, name)) is not None:
            message = f"{record.kind}: {name!r} in {option} is dead: its equation is gone from the original, " \
                      "or cannot be told; say which it means with " \
                      f"`python -m tools name {slug} {name.rpartition('#')[2]} ID`" \
                      f"{hint(index.near(docname, name))}"
        report(env, docname, Lint.OF_UNDEFINED, message, record.line)
    for docname, page in sorted(index.pages.items()):
        for reference in page.references:
            if reference.strict and index.label(reference.target) is None:
                near = hint(index.near(docname, reference.target))
                message = f"{{prf:ref}} to {reference.target!r}, which is no annotation's label{near}"
                report(env, docname, Lint.REF_UNDEFINED, message, reference.line)
        for record in page.annotations:
            needs = KINDS[record.kind].needs if record.kind in KINDS else None
            if needs is Need.PROOF and not index.proofs(docname, record):
                message = f"{record.kind} {record.label or record.anchor!r} has no proof"
                report(env, docname, Lint.THEOREM_WITHOUT_PROOF, message, record.line)


def _dead_in(env: BuildEnvironment, index: Index, docname: str, name: str) -> str | None:
    """Return the slug of the post in which a name is known to be dead."""
    slug, mark, rest = name.rpartition("#")
    for page in index.called(docname, slug) if mark and slug else (docname,):
        if rest in dead_names(env.metadata.get(page, {})):
            return page.rpartition("/")[2]
    return None


def digests(app: Sphinx) -> dict[str, str]:
    """Return, for every page with links to or from other pages, how they read."""
    index = annotation_domain(app.env).index
    language = app.config.language
    shown = {docname: foreign_texts(index, docname, language=language) for docname in index.pages}
    return {docname: "\n".join(texts) for docname, texts in shown.items() if texts}
