"""The short walks of ``ext.build.walks`` find and show what the walks of docutils do."""

from __future__ import annotations

import pickle
import subprocess
import sys

import pytest
from docutils import nodes
from docutils.transforms import Transform
from docutils.utils import new_document
from hypothesis import given
from hypothesis import strategies as st
from sphinx.util.nodes import NodeMatcher

from ext.build.documents import document
from ext.build.walks import instances, made

made.watch()

LEAVES = st.one_of(
    st.text("ab ", min_size=1, max_size=3).map(nodes.Text),
    st.sampled_from([nodes.math, nodes.image, nodes.literal_block]).map(lambda kind: kind()),
    st.text("xy", min_size=1, max_size=2).map(lambda text: nodes.math(text, text)))
TREES = st.recursive(LEAVES, lambda inner: st.builds(
    lambda kind, children: kind("", *children), st.sampled_from([nodes.paragraph, nodes.section, nodes.emphasis]),
    st.lists(inner, max_size=4)), max_leaves=20)


def _document(children: list[nodes.Node]) -> nodes.document:
    made = new_document("text")
    made.extend(child.deepcopy() for child in children)
    made.__class__ = document
    return made


@given(st.lists(TREES, max_size=4))
def test_finds_what_docutils_finds_in_its_order(children: list[nodes.Node]) -> None:
    made = _document(children)
    for condition in (nodes.math, nodes.Text, nodes.Element, nodes.document, nodes.footnote, nodes.Structural,
                      nodes.section, None, NodeMatcher(nodes.math), NodeMatcher(nodes.image, alt="none"),
                      lambda node: isinstance(node, nodes.image)):
        ours, theirs = list(made.findall(condition)), list(nodes.Node.findall(made, condition))
        assert [id(node) for node in ours] == [id(node) for node in theirs]
    both = [node for node in nodes.Node.findall(made) if isinstance(node, nodes.math | nodes.image)]
    assert list(map(id, instances(made, nodes.math, nodes.image))) == list(map(id, both))


@given(st.lists(TREES, max_size=3), st.lists(TREES, max_size=2), st.lists(TREES, max_size=2), st.data())
def test_what_comes_later_is_found_in_a_document_that_was_begun(
        children: list[nodes.Node], later: list[nodes.Node], others: list[nodes.Node], data: st.DataObject) -> None:
    made.begin()
    first = _document(children)
    waiting = nodes.pending(Transform, {"nodes": [nodes.footnote("", nodes.paragraph("", "", nodes.target()))]})
    first += waiting
    made.since(first)

    def complete(document: nodes.document) -> None:
        for kind in (nodes.math, nodes.image, nodes.footnote, nodes.target, nodes.Inline, nodes.section):
            assert list(document.findall(kind)) == list(nodes.Node.findall(document, kind))

    complete(first)
    for child in later:
        places = [node for node in nodes.Node.findall(first) if isinstance(node, nodes.Element)]
        data.draw(st.sampled_from(places)).append(child.deepcopy())
        complete(first)
    waiting.replace_self(waiting.details["nodes"])
    complete(first)
    made.begin()
    second = _document(others)
    made.since(second)
    complete(second)
    complete(first)


def test_a_class_of_which_nothing_was_made_since_a_document_began_is_not_sought() -> None:
    with_picture = _document([nodes.paragraph("", "", nodes.image())])
    made.begin()
    without = _document([])
    without += nodes.math()
    made.since(without)
    assert made.kinds(without, (nodes.image,)) == frozenset() and made.kinds(with_picture, (nodes.image,))
    without += nodes.image()
    assert made.kinds(without, (nodes.image,)) == {nodes.image}


class _Log(nodes.GenericNodeVisitor):
    def __init__(self, document: nodes.document, raises: dict[type, Exception]) -> None:
        super().__init__(document)
        self.seen: list[tuple[str, int]] = []
        self._raises = raises

    def default_visit(self, node: nodes.Node) -> None:
        self.seen.append(("visit", id(node)))
        if error := self._raises.get(node.__class__):
            raise error

    def default_departure(self, node: nodes.Node) -> None:
        self.seen.append(("depart", id(node)))


@given(st.lists(TREES, max_size=4), st.dictionaries(
    st.sampled_from([nodes.paragraph, nodes.math, nodes.section, nodes.Text]),
    st.sampled_from([nodes.SkipNode(), nodes.SkipChildren(), nodes.SkipDeparture(), nodes.SkipSiblings(),
                     nodes.StopTraversal()])))
def test_a_visitor_sees_what_docutils_shows_it(children: list[nodes.Node], raises: dict[type, Exception]) -> None:
    made = _document(children)
    ours, theirs = _Log(made, raises), _Log(made, raises)
    made.walkabout(ours)
    nodes.Node.walkabout(made, theirs)
    assert ours.seen == theirs.seen


IN_ANOTHER_PROCESS = """
import pickle, sys
from docutils import nodes
import ext.build.walks
ext.build.walks.made.watch()
document = pickle.load(sys.stdin.buffer)
print(len(list(document.findall(nodes.image))), len(list(document.findall(nodes.footnote))))
document.append(nodes.footnote())
print(len(list(document.findall(nodes.footnote))))
"""


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_nodes_from_a_pickle_are_found(protocol: int) -> None:
    made = _document([nodes.paragraph("", "", nodes.image())])
    made.reporter = made.settings = None  # type: ignore[assignment]
    made.transformer = None  # type: ignore[assignment]
    done = subprocess.run([sys.executable, "-c", IN_ANOTHER_PROCESS], input=pickle.dumps(made, protocol),
                          capture_output=True, check=True)
    assert done.stdout.split() == [b"1", b"0", b"1"]
