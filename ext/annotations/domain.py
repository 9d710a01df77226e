"""The ``prf`` domain: references to annotations, kept per document and numbered without numfig."""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import Any, ClassVar

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.builders import Builder
from sphinx.domains import Index as Index_
from sphinx.domains import ObjType
from sphinx.environment import BuildEnvironment
from sphinx.util.nodes import make_refnode
from sphinx_proof.domain import ProofDomain, ProofXRefRole

from ext.annotations.directives import AnnotationDirective, ErratumDirective
from ext.edition.annotations.errata import ERRATUM
from ext.edition.annotations.kinds import KINDS, SECTION
from ext.edition.annotations.targets import Index, Page, Target, name_of


class AnnotationDomain(ProofDomain):
    """Extend sphinx-proof's domain by our kinds, and by a memory that is kept apart for every document.

    Sphinx-proof numbers by ``numfig``, which renumbers later documents and walks every doctree in every
    build, and keeps its data in one dictionary that parallel readers cannot merge.
    """

    roles: ClassVar = {"ref": ProofXRefRole(innernodeclass=nodes.inline)}
    directives: ClassVar = {**dict.fromkeys([*ProofDomain.directives, *KINDS], AnnotationDirective),
                            ERRATUM: ErratumDirective}
    indices: ClassVar[list[type[Index_]]] = []
    object_types: ClassVar = {SECTION: ObjType("注疏", "ref")} | {
        kind.name: ObjType(kind.zh, "ref") for kind in KINDS.values()}
    initial_data: ClassVar[dict[str, Any]] = {"pages": {}}
    data_version = 5

    def __init__(self, env: BuildEnvironment) -> None:
        """Start without an index; it is made when it is first asked for."""
        super().__init__(env)
        self._index: Index | None = None

    @property
    def pages(self) -> dict[str, Page]:
        """What every document defines and refers to, by its name."""
        pages: dict[str, Page] = self.data["pages"]
        return pages

    @property
    def index(self) -> Index:
        """The index over all documents read so far."""
        if self._index is None:
            self._index = Index(self.pages)
        return self._index

    def note_page(self, docname: str, page: Page) -> None:
        """Keep what was read in a document."""
        self.pages[docname] = page
        self._index = None

    def clear_doc(self, docname: str) -> None:
        """Forget a document that is gone or about to be read again."""
        self.pages.pop(docname, None)
        self._index = None

    def merge_domaindata(self, docnames: Set[str], otherdata: dict[str, Any]) -> None:
        """Take over what a parallel reader read."""
        self.pages.update({name: otherdata["pages"][name] for name in docnames if name in otherdata["pages"]})
        self._index = None

    def resolve_xref(
        self,
        env: BuildEnvironment,
        fromdocname: str,
        builder: Builder,
        typ: str,
        target: str,
        node: pending_xref,
        contnode: nodes.Element,
    ) -> nodes.reference | None:
        """Return the link for ``{prf:ref}``; a label that does not exist was reported when all was read."""
        found = self.index.label(target)
        return None if found is None else self._link(fromdocname, builder, found, node, contnode)

    def resolve_any_xref(
        self,
        env: BuildEnvironment,
        fromdocname: str,
        builder: Builder,
        target: str,
        node: pending_xref,
        contnode: nodes.Element,
    ) -> list[tuple[str, nodes.reference]]:
        """Return the link for a Markdown link to ``#label``."""
        found = self.index.label(target)
        if found is None:
            return []
        return [("prf:ref", self._link(fromdocname, builder, found, node, contnode))]

    def _link(
        self, fromdocname: str, builder: Builder, found: Target, node: pending_xref, contnode: nodes.Element
    ) -> nodes.reference:
        if not node.get("refexplicit") or not contnode.astext():
            return self.reference(fromdocname, builder, found)
        for words in list(contnode.findall(nodes.Text)):
            words.parent.replace(words, nodes.Text(_filled(str(words), found)))
        return self.reference(fromdocname, builder, found, contnode)

    def reference(
        self, fromdocname: str, builder: Builder, target: Target, content: nodes.Node | None = None
    ) -> nodes.reference:
        """Return a link to a target, named as its reader sees it unless ``content`` is given."""
        language = self.env.config.language
        shown = content or nodes.inline("", name_of(target, self.index, fromdocname, language=language))
        return make_refnode(builder, fromdocname, target.docname, target.place, shown)

    def get_objects(self) -> Iterator[tuple[str, str, str, str, str, int]]:
        """Yield every labelled annotation for the inventory, through which other projects refer to it."""
        language = self.env.config.language
        for label, target in self.index.labels():
            assert target.annotation is not None
            name = name_of(target, self.index, target.docname, language=language)
            yield label, name, target.annotation.kind, target.docname, target.anchor, 1


def _filled(words: str, target: Target) -> str:
    """Return the words of a reference with ``{name}`` and ``{number}`` (or ``%s``) of what it leads to, as numref."""
    named = target.part or target.annotation
    assert named is not None
    number = "" if named.number is None else str(named.number)
    return words.replace("{name}", named.title).replace("{number}", number).replace("%s", number)


def annotation_domain(env: BuildEnvironment) -> AnnotationDomain:
    """Return the domain of ``env``."""
    domain = env.domains["prf"]
    assert isinstance(domain, AnnotationDomain)
    return domain

