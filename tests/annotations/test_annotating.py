"""Annotations: numbers per document, links both ways across posts, and what is missing."""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from annotated import Built, build_root
from sphinx_proof.proof_type import PROOF_TYPES

from ext.annotations.annotating import annotation_index, annotation_records
from ext.checks.findings import findings
from ext.edition.annotations.kinds import KINDS, PARTS, Need, Role
from ext.edition.annotations.targets import heading_of, part_heading
from ext.edition.checks.lint import Lint, Severity
from ext.math.equations import equations

LOW, POWER = "posts/low-rank", "posts/power"
#: Sphinx rewrites the page whose toctree lists a changed document.
PARENTS = {"index"}


def build(work: Path, **options: object) -> Built:
    """Build the two posts."""
    return build_root("test-annotations", work, **options)  # type: ignore[arg-type]


def edit(built: Built, docname: str, old: str, new: str) -> None:
    """Replace text in a source file, which must be there."""
    path = built.source / f"{docname}.md"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def append(built: Built, docname: str, text: str) -> None:
    """Add text to a source file."""
    with (built.source / f"{docname}.md").open("a", encoding="utf-8") as file:
        file.write("\n" + text + "\n")


def kinds_found(built: Built, docname: str) -> list[Lint]:
    """Return the subtypes found in a document."""
    return [one.subtype for one in findings(built.env).get(docname, ())]


def test_every_kind_of_sphinx_proof_is_a_kind() -> None:
    assert set(PROOF_TYPES) | {"proof"} <= set(KINDS)


def test_kinds_tell_themselves_apart_without_colour() -> None:
    assert len({kind.sign for kind in KINDS.values()}) == len({kind.zh for kind in KINDS.values()}) == len(KINDS)
    assert all(len(kind.sign) == 1 for kind in KINDS.values())


def test_roles_and_needs_agree() -> None:
    for kind in KINDS.values():
        assert (kind.covers == "derived") == kind.proves
        assert kind.needs is not Need.PROOF or kind.counts_as is Role.STATEMENT
        assert (kind.needs is Need.PARTS) == any(part.within == kind.name for part in PARTS.values())


def test_full_build(tmp_path: Path) -> None:
    built = build(tmp_path)
    assert built.warnings == ()
    page = built.html(LOW)
    assert '<span class="annotation-label">定理 1</span><span class="annotation-name">（最优低秩近似）</span>' in page
    assert '<details class="annotation kind-derivation tone-derivation" id="der-error">' in page
    assert 'id="der-error-step-1"' in page and "第 2 步" in page
    assert '所论：<a class="reference internal" href="#eq-eq-svd"><span>式 (1)</span></a>' in page
    assert 'href="#thm-low-rank"><span>定理 1</span></a>' in page
    assert '<section class="annotation"' in page
    # A reference to another post names the post; one with a text of its own keeps it.
    assert 'href="power.html#lem-power"><span class="xref prf prf-ref">幂法的引理</span></a>' in page
    assert 'href="power.html#lem-power"><span class="prf prf-ref">《幂法》引理 1</span></a>' in page


def test_statement_and_proof_in_another_post_link_to_each_other(tmp_path: Path) -> None:
    built = build(tmp_path)
    assert "证明见：" in built.html(LOW)
    assert 'href="power.html#prf-low-rank"><span>《幂法》证明「最优性」</span></a>' in built.html(LOW)
    assert '所论：<a class="reference internal" href="low-rank.html#thm-low-rank"><span>《低秩近似》定理 1</span>' in (
        built.html(POWER)
    )
    assert kinds_found(built, LOW) == []


def test_records(tmp_path: Path) -> None:
    records = annotation_records(build(tmp_path).env)
    theorem, derivation, section, intuition = records[LOW]
    assert (theorem.kind, theorem.number, theorem.label) == ("theorem", 1, "thm-low-rank")
    assert theorem.title == "最优低秩近似"
    assert theorem.of == ("eq-svd",) and theorem.follows == "eq-svd" and theorem.line == 9
    assert derivation.follows == "eq-svd", "annotations in a row all follow the equation before them"
    assert (derivation.steps, derivation.inline, derivation.displayed) == (2, 0, 1)
    assert derivation.characters == len("由酉不变性出发。左右乘以正交阵，范数不变。")
    assert section.kind == "section" and intuition.parent == section.anchor
    assert (section.inline, intuition.inline) == (0, 1), "a nested annotation counts for itself"
    lemma, proof, elsewhere = records[POWER]
    assert proof.subject == lemma.anchor and proof.number is None
    assert elsewhere.subject == "" and elsewhere.of == ("low-rank#thm-low-rank",)


def test_index_knows_what_an_equation_is_discussed_by(tmp_path: Path) -> None:
    index = annotation_index(build(tmp_path).env)
    about = index.incoming[LOW, "eq-eq-svd"]
    assert [one.annotation.kind for one in about if one.annotation] == ["theorem", "derivation"]
    found = index.resolve(POWER, "low-rank#eq-svd")
    assert found is not None and found.equation is not None and found.docname == LOW
    assert index.resolve(POWER, "eq-svd") is None, "an equation of another post needs its slug"


def test_english(tmp_path: Path) -> None:
    built = build(tmp_path, language="en")
    page = built.html(LOW)
    assert "Theorem 1" in page and "Step 2" in page and "About: " in page and "Proved in: " in page
    assert "Lemma 1 of “幂法”" in page


def test_parallel_equals_serial(tmp_path: Path) -> None:
    serial, parallel = build(tmp_path, out="one"), build(tmp_path, out="two", jobs=2)
    assert serial.warnings == parallel.warnings == ()
    for page in (LOW, POWER, "index"):
        assert serial.html(page) == parallel.html(page)
    assert annotation_records(serial.env) == annotation_records(parallel.env)
    assert findings(serial.env) == findings(parallel.env)


def test_nothing_changed_writes_nothing(tmp_path: Path) -> None:
    build(tmp_path)
    assert build(tmp_path).written == frozenset()


def test_a_theorem_more_rewrites_its_own_post_only(tmp_path: Path) -> None:
    append(build(tmp_path), POWER, ":::{prf:theorem} 新\n:label: thm-new\n内容。\n:::")
    built = build(tmp_path)
    assert built.written == {POWER, *PARENTS}
    assert built.env.config.numfig is False and not any(built.env.toc_fignumbers.values())


def test_a_number_shown_elsewhere_is_refreshed_there(tmp_path: Path) -> None:
    edit(build(tmp_path), POWER, "# 幂法\n", "# 幂法\n\n:::{prf:lemma} 在前\n无。\n:::\n")
    built = build(tmp_path)
    assert built.written == {POWER, LOW, *PARENTS}
    assert "《幂法》引理 2" in built.html(LOW)


def test_a_lost_proof_is_unlinked(tmp_path: Path) -> None:
    edit(build(tmp_path), POWER, ":of: low-rank#thm-low-rank\n", "")
    built = build(tmp_path)
    assert built.written == {POWER, LOW, *PARENTS}
    assert "最优性" not in built.html(LOW)


def test_freshness_is_kept_with_the_output(tmp_path: Path) -> None:
    """Another output folder over the same doctrees must not hide what this one still has to rewrite."""
    first = build(tmp_path)
    edit(first, POWER, ":of: low-rank#thm-low-rank\n", "")
    (tmp_path / "text-doctrees").symlink_to(tmp_path / "out-doctrees")
    build(tmp_path, out="text", builder="text")
    assert "最优性" not in build(tmp_path).html(LOW)


def test_deleting_a_post(tmp_path: Path) -> None:
    first = build(tmp_path)
    (first.source / f"{POWER}.md").unlink()
    edit(first, "index", "posts/power\n", "")
    built = build(tmp_path)
    assert set(annotation_records(built.env)) == {"index", LOW}
    assert "最优性" not in built.html(LOW)
    assert any("[zhushu.ref_undefined]" in warning and "low-rank.md:" in warning for warning in built.warnings)


@pytest.mark.parametrize("builder", ["text", "man", "texinfo"])
def test_flowing_text(tmp_path: Path, builder: str) -> None:
    """Text holds every annotation with number, title, steps and links, and the number of every equation."""
    name = {"man": "man_pages", "texinfo": "texinfo_documents"}.get(builder)
    rows = {"man": [("index", "all", "全", "某", "7")], "texinfo": [("index", "all", "全", "某", "all", "全", "注")]}
    built = build(tmp_path, builder=builder, **({name: rows[builder]} if name else {}))
    text = "".join(path.read_text("utf-8") for path in sorted(built.out.rglob("*.txt" if not name else "all.*")))
    said = re.sub(r"\\f[BIRP]|\\-|[*`'\\]|\s", "", text)
    for records in annotation_records(built.env).values():
        for record in records:
            if record.kind in KINDS:
                head = heading_of(record.kind, record.number, language="zh_CN")
                title = f"（{record.title}）" if record.title else ""
                assert re.sub(r"\s", "", head + title) in said, record
            else:  # a section, whose style is all that says so on a page
                assert re.sub(r"\s", "", f"［注疏］{record.title}") in said, record
            for part in record.parts:
                head = part_heading(part.part, part.number, language="zh_CN")
                assert re.sub(r"\s", "", f"{head} {part.title}") in said, part
    shown = [row.shown for found in equations(built.env).values() for one in found for row in one.rows if row.shown]
    assert "所论：" in said and shown and all(said.count(one) for one in shown)


def test_latex(tmp_path: Path) -> None:
    """Every annotation is a box with its number and title, and every link into one has its target."""
    built = build(tmp_path, builder="latex", latex_documents=[("index", "all.tex", "全", "某", "howto")])
    tex = (built.out / "all.tex").read_text("utf-8")
    boxes = [record for records in annotation_records(built.env).values() for record in records
             if record.kind in KINDS]
    assert tex.count(r"\begin{sphinxadmonition}") == tex.count(r"\end{sphinxadmonition}") == len(boxes)
    assert "{tip}{定理 1（最优低秩近似）}" in tex and r"\sphinxstylestrong{第 2 步}" in tex and "所论：" in tex
    wanted = set(re.findall(r"\\hyperref\[\\detokenize\{([^}]*)\}\]", tex))
    given = set(re.findall(r"\\label\{\\detokenize\{([^}]*)\}\}", tex))
    anchors = {f"{docname}:{one.anchor}" for docname, records in annotation_records(built.env).items()
               for one in records if one.kind in KINDS}
    assert anchors <= given, "what no target marks can't be linked to"
    assert len(wanted & anchors) > 2 and wanted <= given, "equations have targets too"


def test_records_are_plain_data(tmp_path: Path) -> None:
    records = annotation_records(build(tmp_path).env)
    assert pickle.loads(pickle.dumps(records)) == records


MISTAKES = [
    (":::{prf:remark}\n:of: thm-low-rnk\nx\n:::", Lint.OF_UNDEFINED, "near: thm-low-rank"),
    ("{prf:ref}`thm-low`", Lint.REF_UNDEFINED, "near: thm-low-rank"),
    (":::{prf:remark}\n:label: lem-power\nx\n:::", Lint.LABEL_DOUBLED, "posts/power.md:3"),
    (":::{across}\nx\n:::", Lint.STRAY_PART, "{prf:panorama}"),
    (":::{step} 一\nx\n:::", Lint.STRAY_PART, "an annotation"),
]


@pytest.mark.parametrize(("text", "lint", "says"), MISTAKES)
def test_mistakes_warn_with_place_and_remedy(tmp_path: Path, text: str, lint: Lint, says: str) -> None:
    first = build(tmp_path)
    # The doubled label is put into the post that comes second; the others go into the first.
    docname = POWER if lint is Lint.LABEL_DOUBLED else LOW
    line = len((first.source / f"{docname}.md").read_text("utf-8").split("\n")) + 1
    append(first, docname, text)
    built = build(tmp_path)
    (warning,) = built.warnings
    assert f"{docname}.md:{line}: WARNING" in warning and warning.endswith(f"[zhushu.{lint}]")
    assert says in warning and lint.remedy in warning
    assert lint in kinds_found(built, docname)


NOTES = [
    (":::{prf:theorem} 无证\n:label: thm-bare\nx\n:::", Lint.THEOREM_WITHOUT_PROOF),
    (":::{prf:derivation}\n只有文字。\n:::", Lint.DERIVATION_EMPTY),
    ("::::{prf:panorama}\n:::{across}\nx\n:::\n::::", Lint.PANORAMA_PART_MISSING),
]


@pytest.mark.parametrize(("text", "lint"), NOTES)
def test_unfinished_work_is_found_without_a_warning(tmp_path: Path, text: str, lint: Lint) -> None:
    append(build(tmp_path), LOW, text)
    built = build(tmp_path)
    assert lint.severity is Severity.NOTE
    assert built.warnings == () and kinds_found(built, LOW) == [lint]


PROOFS = [
    "::::{prf:theorem}\n:label: thm-a\nx\n:::{prf:proof}\ny\n:::\n::::",
    ":::{prf:theorem}\n:label: thm-a\nx\n:::\n\n:::{prf:proof}\ny\n:::",
    ":::{prf:theorem}\n:label: thm-a\nx\n:::\n\n:::{prf:remark}\nz\n:::\n\n:::{prf:derivation}\n$y$\n:::",
    ":::{prf:theorem}\n:label: thm-a\nx\n:::\n\n原文一段。\n\n:::{prf:proof}\n:of: thm-a\ny\n:::",
]


@pytest.mark.parametrize("text", PROOFS)
def test_a_proof_may_stand_in_after_or_apart_from_its_theorem(tmp_path: Path, text: str) -> None:
    append(build(tmp_path), LOW, text)
    assert kinds_found(build(tmp_path), LOW) == []


def test_a_mistake_is_warned_of_again_until_it_is_mended(tmp_path: Path) -> None:
    append(build(tmp_path), LOW, "{prf:ref}`nowhere`")
    first, second = build(tmp_path), build(tmp_path)
    assert second.written == frozenset() and first.warnings == second.warnings != ()


def test_folds_open_for_links_and_for_the_printer(tmp_path: Path, browser: Any, serve: Callable[[Path], str]) -> None:
    built = build(tmp_path)
    page = browser.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    address = f"{serve(built.out)}/{LOW}.html"
    fold = "document.getElementById('der-error').open"
    page.goto(address)
    assert page.evaluate(fold) is False
    page.goto(f"{address}#der-error-step-2")
    page.wait_for_function(fold)
    page.evaluate("document.getElementById('der-error').open = false")
    page.evaluate("location.hash = '#der-error-step-1'")
    page.wait_for_function(fold)
    page.evaluate("document.getElementById('der-error').open = false; dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate(fold) is True
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(fold) is False
    page.goto(address)
    page.click("a[href='#der-error'] >> nth=0")
    page.wait_for_function(fold)
    page.evaluate("document.getElementById('der-error').open = false")
    page.click("a[href='#der-error'] >> nth=0")
    page.wait_for_function(fold)
    assert errors == []
    page.close()
