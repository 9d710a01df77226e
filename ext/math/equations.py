r"""Give every displayed equation its identity, its number and its place on the page.

An equation is known in its document by its label (``$$…$$ (label)``, ``\label{…}``) or, without one, by an
id made of its content. Labels and numbers belong to one document: two posts may use the same. Equations of
the original keep the numbers that MathJax gives them; those inside annotations are numbered ``A1``, ``A2``
and never take one. ``{eq}`label``` refers within a document, ``{eq}`slug#label``` to another post,
``\eqref`` and ``\ref`` within one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from docutils import nodes
from sphinx import addnodes
from sphinx.domains import ObjType
from sphinx.domains.math import MathDomain, MathReferenceRole
from sphinx.util.nodes import make_refnode

from ext.build.views import add_view
from ext.build.walks import instances
from ext.checks.findings import line_of, report
from ext.edition.checks.lint import Lint
from ext.edition.math import tex as tex_source
from ext.edition.math.display import Counter, Display, Tag, number, parse
from ext.edition.math.equation import (
    Equation,
    EquationRow,
    Names,
    Use,
    anchor_of,
    content_names,
    dead_names,
    labelled,
    named,
)
from ext.edition.site.near import hint
from ext.posts.origin import front_matter, is_mirrored, of_the_blog, origin_of

if TYPE_CHECKING:
    from sphinx.addnodes import pending_xref
    from sphinx.application import Sphinx
    from sphinx.builders import Builder
    from sphinx.environment import BuildEnvironment
    from sphinx.util.typing import ExtensionMetadata

VIEW = "equations"
#: Before the collectors (500), so that they find equations and references as they are.
PRIORITY = 300
#: Ids that the parsers give to the targets of labelled formulas.
_PARSED = "equation-"
_UNREADABLE = (nodes.FixedTextElement, nodes.literal, nodes.math, nodes.raw, nodes.comment)


@dataclass(slots=True)
class _Found:
    """Hold what is known of a displayed formula while its document is read."""

    node: nodes.math_block
    display: Display
    labels: tuple[str, ...]
    origin: str
    tags: tuple[Tag | None, ...]
    content: str = ""


class EquationDomain(MathDomain):
    """Keep the equations of each document, and resolve references to them."""

    data_version = 5
    initial_data: ClassVar[dict[str, Any]] = {
        "objects": {},
        "has_equations": {},
        "equations": {},  # docname -> tuple of Equation
        "uses": {},  # docname -> tuple of Use: those of other documents
        "missing": {},  # docname -> tuple of Use: those of no equation of their own document
        "macros": {},  # docname -> the macros that its formulas define, see ext.math.typesetting
        "engines": {},  # docname -> how many formulas each engine has set, see ext.math.typesetting
    }
    enumerable_nodes: ClassVar[dict[Any, Any]] = {}
    object_types: ClassVar = {"equation": ObjType("equation", "eq", "numref")}
    # Words for an equation of another edition are text, not code.
    roles: ClassVar = dict.fromkeys(("eq", "numref"), MathReferenceRole(innernodeclass=nodes.inline))

    def note_equation(self, docname: str, labelid: str, location: Any = None) -> None:
        """Keep the label as written on the node; the parser makes its target from a name of our own.

        Thus two formulas with one label, which are reported later, are no clash of HTML ids, and the
        random labels that the MyST parser gives to bare environments are forgotten.
        """
        if isinstance(location, nodes.math_block):
            if "amsmath" not in location["classes"]:
                location["written"] = labelid
            location["label"] = f"parsed-{self.env.new_serialno('zhushu-equation')}"

    def get_equation_number_for(self, labelid: str) -> int | None:
        """Return None: numbers are known when the whole document is read."""
        return None

    def clear_doc(self, docname: str) -> None:
        """Forget the equations of a document and its references."""
        for table in ("equations", "uses", "missing", "engines", "macros"):
            self.data[table].pop(docname, None)

    def merge_domaindata(self, docnames: Set[str], otherdata: dict[str, Any]) -> None:
        """Take over what a parallel reader found in its documents."""
        for table in ("equations", "uses", "missing", "engines", "macros"):
            theirs = otherdata[table]
            self.data[table].update({name: theirs[name] for name in docnames if name in theirs})

    def get_objects(self) -> Iterator[tuple[str, str, str, str, str, int]]:
        """Yield every labelled equation for the inventory, through which other editions refer to it.

        Each is there as ``slug#label``, and as ``label`` where no other document has that label.
        """
        for docname, equation, label, names in labelled(self.data["equations"], self.env.found_docs):
            row = equation.row(label)
            for name in names:
                yield name, shown_name(self.env, docname, row.number or label), "equation", docname, row.anchor, 1

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
        """Link to the equation; one that doesn't exist was reported when the reference was read."""
        found = lookup(env, fromdocname, target)
        if found is None:
            missing = nodes.inline("", "(??)", classes=["equation-undefined"])
            return missing
        docname, equation = found
        row = equation.row(target.rpartition("#")[2])
        if node.get("refexplicit"):
            # Words of its own are text: Sphinx's role would set them as code.
            content: nodes.Node = nodes.Text(contnode.astext())
        elif node.get("bare"):
            content = nodes.Text(row.number or equation.id)
        else:
            content = nodes.Text(f"({row.number or equation.id})")
        link = make_refnode(builder, fromdocname, docname, row.anchor, content)
        link["classes"].append("equation-reference")
        return link

    def resolve_any_xref(
        self,
        env: BuildEnvironment,
        fromdocname: str,
        builder: Builder,
        target: str,
        node: pending_xref,
        contnode: nodes.Element,
    ) -> list[tuple[str, nodes.reference]]:
        """Resolve ``{any}`` to an equation where there is one."""
        if lookup(env, fromdocname, target) is None:
            return []
        link = self.resolve_xref(env, fromdocname, builder, "eq", target, node, contnode)
        return [] if link is None else [("math:eq", link)]


def equations(env: BuildEnvironment) -> Mapping[str, tuple[Equation, ...]]:
    """Return the equations of every document that has any, in order, by document name."""
    return env.domaindata["math"]["equations"]


def shown_name(env: BuildEnvironment, docname: str, number: str) -> str:
    """Return how another edition calls an equation."""
    title = env.titles[docname].astext() if docname in env.titles else docname
    return f"Eq. ({number}) of “{title}”" if env.config.language == "en" else f"《{title}》式 ({number})"


def document_of(env: BuildEnvironment, slug: str) -> str | None:
    """Return the document that ``slug`` names: a document name, a post, or the only file of that name."""
    for name in (slug, f"posts/{slug}"):
        if name in env.found_docs:
            return name
    alike = [name for name in env.found_docs if name.rpartition("/")[2] == slug]
    return alike[0] if len(alike) == 1 else None


def lookup(env: BuildEnvironment, docname: str, target: str) -> tuple[str, Equation] | None:
    """Return the equation that ``target`` (``label``, ``id`` or ``slug#…``) means in a document, and where."""
    slug, _, name = target.strip().rpartition("#")
    where = document_of(env, slug) if slug else docname
    if where is None:
        return None
    equation = named(equations(env).get(where, ()), name)
    return None if equation is None else (where, equation)


def identify(app: Sphinx, doctree: nodes.document) -> None:
    """Find, number, name and record the equations of a document, then resolve references inside it."""
    env, docname = app.env, app.env.current_document.docname
    local = not is_mirrored(doctree)
    found = [_read(node) for node in _displayed(doctree)]
    _count(found, local=local)
    _name(found, dead_names(front_matter(doctree)))
    records: list[Equation] = []
    taken: set[str] = set(doctree.ids)
    seen: set[str] = set()
    for item in found:
        for label in item.labels:
            if label in seen:
                report(env, docname, Lint.EQUATION_DOUBLED, f"the label {label!r} is given twice", item.node)
        item.labels = tuple(label for label in item.labels if label not in seen)
        seen.update(item.labels)
        records.append(_place(item, taken, doctree))
    if records:
        env.domaindata["math"]["equations"][docname] = tuple(records)
    _refer(env, docname, doctree)


def _displayed(doctree: nodes.document) -> Iterator[nodes.math_block]:
    """Give the displayed formulas in order, freed from what the parsers attached to them."""
    for target in list(doctree.findall(nodes.target)):
        if str(target.get("refid", "")).startswith(_PARSED) or any(
            name.startswith(_PARSED) for name in target["ids"]
        ):
            target.parent.remove(target)
    for node in doctree.findall(nodes.math_block):
        for name in [name for name in node["ids"] if name.startswith(_PARSED)]:
            node["ids"].remove(name)
            doctree.ids.pop(name, None)
        node["label"] = node["number"] = None
        if tex_source.definitions(node.astext())[1].strip():
            yield node


def _read(node: nodes.math_block) -> _Found:
    display = parse(node.astext())
    written = str(node.get("written", "")).strip()
    labels = tuple(dict.fromkeys((*([written] if written else []), *display.labels)))
    return _Found(node, display, labels, origin_of(node), (None,) * len(display.rows))


def _count(found: list[_Found], *, local: bool) -> None:
    """Number the original as it is numbered where it comes from, and what was added apart from it."""
    counters = {"original": Counter(), "added": Counter(prefix="A")}
    for item in found:
        labelled = bool(item.labels) and (local or item.origin == "added")
        item.tags = number(item.display, counters[item.origin], labelled=labelled)


def _name(found: list[_Found], dead: Collection[str]) -> None:
    """Give content ids, to the original first: an annotation before an equation can't change its id."""
    ordered = [item for origin in ("original", "added") for item in found if item.origin == origin]
    named = content_names([(item.node.astext(), item.labels) for item in ordered], dead)
    for item, name in zip(ordered, named, strict=True):
        item.content = name


def _place(item: _Found, taken: set[str], doctree: nodes.document) -> Equation:
    """Write identity, numbers and ids on the node; return the record."""
    node, name = item.node, item.labels[0] if item.labels else item.content
    anchor = _free(anchor_of(name), taken)
    rows: list[EquationRow] = []
    single = len(item.display.rows) == 1
    for row, tag in zip(item.display.rows, item.tags, strict=True):
        labels = item.labels if single else tuple(label for label in row.labels if label in item.labels)
        own = anchor
        if not single and tag is not None:
            own = _free(anchor_of(labels[0]) if labels else f"{anchor}-{len(rows) + 1}", taken, anchor)
        rows.append(EquationRow(tag.text if tag else None, tag.shown if tag else None, labels, own))
    node["ids"].insert(0, anchor)
    doctree.ids[anchor] = node
    node["equation"], node["origin"] = name, item.origin
    node["rows"] = tuple(rows)
    return Equation(
        name, item.content, item.labels, node["rows"], node.astext(), item.origin, line_of(node), anchor
    )


def _free(anchor: str, taken: set[str], but: str = "") -> str:
    """Return an HTML id that the document doesn't have yet, and take it."""
    name, times = anchor, 1
    while name in taken and name != but:
        times += 1
        name = f"{anchor}-{times}"
    taken.add(name)
    return name


def _refer(env: BuildEnvironment, docname: str, doctree: nodes.document) -> None:
    """Turn references in TeX into links or numbers, report those to nothing, record those to other posts."""
    missing: list[Use] = []
    for text in list(doctree.findall(nodes.Text)):
        if "ref{" in text and not isinstance(text.parent, _UNREADABLE):
            _refer_in_text(text, docname)
    for math in instances(doctree, nodes.math, nodes.math_block):
        assert isinstance(math, nodes.Element)
        if "ref" not in math.astext():
            continue
        alone = tex_source.only_reference(math.astext()) if isinstance(math, nodes.math) else None
        if alone is not None:
            math.replace_self(_cross_reference(alone, docname, math))
        elif used := tex_source.references(math.astext()):
            known = {use.label: lookup(env, docname, use.label) for use in used}
            missing += [_use(label, math) for label, found in known.items() if found is None]
            shown = {label: found and found[1].row(label).number or "??" for label, found in known.items()}
            math["set"] = tex_source.replace_references(math.astext(), shown)
    uses: list[Use] = []
    for node in doctree.findall(addnodes.pending_xref):
        if node.get("refdomain") != "math" or node.get("intersphinx"):
            continue
        target = node["reftarget"]
        if "#" in target:
            uses.append(_use(target, node))
        elif lookup(env, docname, target) is None:
            missing.append(_use(target, node))
    for table, found in (("uses", uses), ("missing", missing)):
        if found:
            env.domaindata["math"][table][docname] = tuple(found)


def _use(target: str, node: nodes.Node) -> Use:
    return Use(target, line_of(node), of_the_blog(node))


def _refer_in_text(text: nodes.Text, docname: str) -> None:
    r"""Link ``\eqref{label}`` written in plain text, as MathJax does."""
    parts: list[nodes.Node] = []
    rest = text.astext()
    while match := re.search(r"\\(?:eqref|ref)\s*\{[^{}]*\}", rest):
        reference = tex_source.only_reference(match[0])
        assert reference is not None
        parts += [nodes.Text(rest[: match.start()]), _cross_reference(reference, docname, text.parent)]
        rest = rest[match.end() :]
    if parts:
        parent = text.parent
        at = parent.index(text)
        parent[at : at + 1] = [part for part in (*parts, nodes.Text(rest)) if part.astext()]


def _cross_reference(reference: tex_source.Reference, docname: str, at: nodes.Node) -> pending_xref:
    """Return a reference to an equation of the same document, to be resolved when pages are written."""
    node = addnodes.pending_xref(
        "", refdomain="math", reftype="eq", reftarget=reference.label, refdoc=docname, refexplicit=False,
        refwarn=True, bare=not reference.parentheses,
    )  # fmt: skip
    node += nodes.inline("", reference.label, classes=["xref", "eq"])
    node.line, node.source = line_of(at), at.source
    return node


def check(app: Sphinx, env: BuildEnvironment) -> None:
    """Report references that lead to nothing, each once a document, with what looks like it in any document."""
    data = env.domaindata["math"]
    names = Names(data["equations"])
    for docname in sorted(data["uses"].keys() | data["missing"].keys()):
        dead: dict[str, list[Use]] = {}
        for use in (*data["missing"].get(docname, ()), *data["uses"].get(docname, ())):
            if lookup(env, docname, use.target) is None:
                dead.setdefault(use.target, []).append(use)
        for target, found in dead.items():
            # The first that somebody here may mend, if there is one.
            first, *others = sorted(found, key=lambda use: (use.theirs, use.line or 0))
            lines = ", ".join(dict.fromkeys(str(use.line) for use in others if use.line and use.line != first.line))
            again = f", nor for line {lines}" if lines else ""
            message = f"there is no equation {target!r}{again}{hint(names.near(docname, target))}"
            report(env, docname, Lint.EQUATION_UNDEFINED, message, first.line, theirs=first.theirs)


def digests(app: Sphinx) -> dict[str, str]:
    """Return, for every page that refers to equations of others, where they are and their numbers."""
    return {docname: " ".join(_place_of(app.env, docname, use.target) for use in uses)
            for docname, uses in app.env.domaindata["math"]["uses"].items()}


def _place_of(env: BuildEnvironment, docname: str, target: str) -> str:
    if (found := lookup(env, docname, target)) is None:
        return "-"
    row = found[1].row(target.rpartition("#")[2])
    return f"{found[0]}#{row.anchor}({row.number})"


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the domain of equations."""
    app.setup_extension("ext.checks.findings")
    app.setup_extension("ext.math.printing")
    app.add_domain(EquationDomain, override=True)
    app.connect("doctree-read", identify, priority=PRIORITY)
    app.connect("env-updated", check)
    add_view(app, VIEW, digests)
    return {"version": "1", "env_version": 4, "parallel_read_safe": True, "parallel_write_safe": True}
