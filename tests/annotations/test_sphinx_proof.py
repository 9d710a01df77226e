"""What is written for sphinx-proof builds here unchanged: one project, built by that package and by ours."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from annotated import Built, build_root
from bs4 import BeautifulSoup, Tag
from sphinx.errors import ConfigError
from sphinx_proof.nodes import NODE_TYPES, proof_node
from sphinx_proof.proof_type import PROOF_TYPES

from ext.annotations.annotating import annotation_records
from ext.annotations.nodes import ANNOTATIONS, NODES
from ext.edition.annotations.kinds import KINDS, catalogue

PAGES = ("index", "kinds", "older")
OURS = ["myst_parser", "ext.annotations", "ext.math"]


def build(work: Path, **options: Any) -> Built:
    """Build the project with our packages in the place of sphinx-proof."""
    return build_root("test-sphinx-proof", work, **{"extensions": OURS, **options})


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build_root("test-sphinx-proof", tmp_path_factory.mktemp("theirs"))


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build(tmp_path_factory.mktemp("ours"))


def parsed(built: Built, page: str) -> BeautifulSoup:
    return BeautifulSoup(built.html(page), "html.parser")


def words(text: str) -> str:
    return " ".join(text.split())


def restarted(page: BeautifulSoup, texts: list[str]) -> list[str]:
    """Return texts with the numbers that theirs would have if they began anew in every document, as ours do."""
    first: dict[str, int] = {}
    for head in page.select("div.proof > p.admonition-title"):
        if match := re.match(r"(\w+) (\d+)", words(head.get_text())):
            first.setdefault(match[1], int(match[2]))
    return [re.sub(r"\b([A-Z]\w+) (\d+)", lambda match: f"{match[1]} {int(match[2]) - first[match[1]] + 1}", text)
            for text in texts]


def links(page: BeautifulSoup) -> list[tuple[str, str]]:
    """Return where every link of a page's own text leads, and its words."""
    return [(str(link["href"]), words(link.get_text())) for link in page.select("div.body a.reference.internal")
            if "#" in str(link["href"])]


def boxes(page: BeautifulSoup, title: str, dropped: str = "") -> list[tuple[str, str, str]]:
    """Return the id, the title and the text of every box that has a title of a class."""
    found = []
    for head in page.select(title):
        box = head.parent
        assert isinstance(box, Tag)
        for silent in box.select(f".headerlink{dropped}"):
            silent.extract()
        for formula in box.select("div.math, span.math, math"):
            formula.replace_with(" ∎ ")
        written = words(head.get_text()).replace(" )", ")")
        text = words(box.get_text())[len(words(head.get_text())):]
        # A displayed formula may show its number; ours are A1, A2, … in what was added.
        found.append((str(box.get("id", "")), written, words(re.sub(r"\(A?\d\)", "", text))))
    return found


def test_the_vocabulary_is_theirs_and_ours() -> None:
    assert {*PROOF_TYPES, "proof"} < set(KINDS) == set(NODES)
    assert all(NODES[kind] is NODE_TYPES[kind] for kind in PROOF_TYPES) and NODES["proof"] is proof_node
    assert len(set(ANNOTATIONS)) == len(KINDS) + 1


def test_their_catalogue_names_what_we_have_no_word_for() -> None:
    assert KINDS["theorem"].called("de") == "Satz" != KINDS["theorem"].called("fr") == "Théorème"
    assert KINDS["theorem"].chinese == "" and KINDS["theorem"].zh == catalogue("zh_CN").gettext("Theorem") == "定理"
    assert KINDS["criterion"].zh == "判据" != catalogue("zh_CN").gettext("Criterion"), "a word of ours goes before"
    assert KINDS["derivation"].called("de") == "Derivation"


def test_nothing_is_wrong_with_it(ours: Built) -> None:
    assert ours.warnings == ()


def test_every_link_leads_where_theirs_does_with_the_same_words(theirs: Built, ours: Built) -> None:
    own = {page: parsed(ours, page) for page in PAGES}
    for page in PAGES:
        there, here = links(parsed(theirs, page)), links(own[page])
        # What is numbered inside a box was added to the text around it, and says so; a Markdown link without words
        # shows a name here, a label there.
        shown = [re.sub(r"^\(A(\d)\)$", r"(\1)", text) for _, text in here]
        named = restarted(parsed(theirs, page), [re.sub(r"^\(\d\)$", "(1)", text) for _, text in there])
        assert [{"outer": "Theorem 1"}.get(text, text) for text in named] == shown
        for (old, text), (new, _) in zip(there, here, strict=True):
            assert new.rpartition("#")[2].removeprefix("eq-") == old.rpartition("#")[2].removeprefix("equation-"), text
            file, _, anchor = new.partition("#")
            assert own[file.removesuffix(".html") or page].find(id=anchor) is not None


def test_every_box_has_their_title_and_text(theirs: Built, ours: Built) -> None:
    seen = 0
    for page in PAGES:
        there = boxes(parsed(theirs, page), "div.proof > p.admonition-title")
        here = [box for box in boxes(parsed(ours, page), ".annotation > .annotation-title", ", .annotation-sign")
                if not box[1].startswith("Proof")]
        assert restarted(parsed(theirs, page), [title for _, title, _ in there]) == [title for _, title, _ in here]
        texts = [re.sub(r"\bProof\. ", "Proof ", text) for _, _, text in there]
        assert restarted(parsed(theirs, page), texts) == [text for _, _, text in here]
        seen += len(here)
    assert seen == 4 * len(PROOF_TYPES) + 5


def test_proofs_and_what_they_stand_in(ours: Built) -> None:
    theorem, lemma, *_ = [record for record in annotation_records(ours.env)["index"] if record.label]
    proofs = [record for record in annotation_records(ours.env)["index"] if record.kind == "proof"]
    assert [record.parent for record in proofs] == ["", "inner", "outer"]
    assert [record.subject for record in proofs] == ["", "inner", "outer"]
    assert (theorem.number, lemma.number, lemma.parent) == (1, 1, "outer")
    page = parsed(ours, "index")
    fold = page.find(id="inner")
    assert isinstance(fold, Tag) and fold.name == "details", "a class dropdown folds, which theirs leaves to a theme"
    ids = [tag["id"] for tag in page.find_all(id=True)]
    assert len(ids) == len(set(ids)), "theirs gives one id to the content of every box"
    assert "short" in str(page.select_one("#inner .kind-proof")["class"])  # type: ignore[index]


def test_options_are_kept(ours: Built) -> None:
    page = parsed(ours, "kinds")
    for kind in PROOF_TYPES:
        assert {"framed", "wide", f"kind-{kind}"} <= set(page.find(id=f"bare-{kind}")["class"])  # type: ignore[index]
    numbers = {record.label: record.number for record in annotation_records(ours.env)["kinds"] if record.label}
    assert all((numbers[f"my-{kind}"], numbers[f"bare-{kind}"], numbers[f"apart-{kind}"]) == (1, 2, None)
               for kind in PROOF_TYPES)


def test_their_settings(tmp_path: Path) -> None:
    built = build(tmp_path, prf_realtyp_to_countertyp={"lemma": "theorem"}, proof_title_format=": %t —")
    first, second = [record for record in annotation_records(built.env)["index"] if record.label][:2]
    assert [(one.kind, one.number) for one in (first, second)] == [("theorem", 1), ("lemma", 2)]
    assert "Lemma 2" in built.html("index") and ": On nesting —" in parsed(built, "index").get_text()


@pytest.mark.parametrize(("setting", "says"), [
    ({"prf_realtyp_to_countertyp": {"lemma": "teorem"}}, "'teorem' is no kind"),
    ({"proof_title_format": "none"}, "has no %t")])
def test_settings_that_mean_nothing_are_refused(tmp_path: Path, setting: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(says)):
        build(tmp_path, **setting)


def test_words_with_the_name_and_number_of_what_they_lead_to(tmp_path: Path) -> None:
    first = build(tmp_path)
    with (first.source / "index.md").open("a", encoding="utf-8") as file:
        file.write("\n{prf:ref}`the {number} ({name}) <outer>`, {prf:ref}`no. %s <halving>`\n")
    shown = [words for _, words in links(parsed(build(tmp_path), "index"))]
    assert shown[-2:] == ["the 1 (On nesting)", "no. 1"]


def test_parallel_readers_find_the_same(tmp_path: Path, ours: Built) -> None:
    """Two documents a process: sphinx-proof's own domain cannot be merged, ours can."""
    parallel = build(tmp_path, jobs=2)
    assert annotation_records(parallel.env) == annotation_records(ours.env)
    assert all(parallel.html(page) == ours.html(page) for page in PAGES)
