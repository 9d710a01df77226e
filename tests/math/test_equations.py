"""Identity, numbers and references of equations, in real builds of small projects."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

from ext.edition.math.equation import Equation
from ext.math.equations import equations, lookup
from ext.math.typesetting import engines

MYST = {
    "extensions": ["myst_parser", "ext.math.typesetting"],
    "myst_enable_extensions": ["dollarmath", "amsmath", "colon_fence", "attrs_block"],
    "myst_dmath_double_inline": True,
    "suppress_warnings": ["toc.not_included"],
    "html_theme": "basic",
}


@dataclass(frozen=True)
class Built:
    """A finished build."""

    env: Any
    out: Path
    warnings: list[str]
    written: list[str]

    def html(self, page: str) -> str:
        return (self.out / f"{page}.html").read_text("utf-8")

    def equations(self, page: str) -> tuple[Equation, ...]:
        return equations(self.env).get(page, ())


@dataclass(frozen=True)
class Project:
    """A Sphinx project of a few pages."""

    root: Path

    def write(self, name: str, text: str) -> Project:
        path = self.root / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return self

    def build(self, out: str = "out", jobs: int = 1, fresh: bool = False, **overrides: Any) -> Built:
        warnings, written = io.StringIO(), []
        with patch_docutils(self.root), docutils_namespace():
            app = Sphinx(
                self.root, None, self.root.parent / out, self.root.parent / f"{out}.doctrees", "html",
                confoverrides={**MYST, **overrides}, status=None, warning=warnings, freshenv=fresh, parallel=jobs,
            )
            app.connect("html-page-context", lambda _app, page, *_rest: written.append(page))
            app.build()
        text = re.sub(r"\x1b\[[\d;]*m", "", warnings.getvalue())
        return Built(app.env, self.root.parent / out, text.splitlines(), written)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "src").write("index", "# 首页\n")


MIRRORED = """---
id: '77'
title: 文
---

# 文

先看 $a$ 与 $$b=1$$ 之间。

$$c=2$$

\\begin{equation}d=3\\label{eq:d}\\end{equation}

\\begin{align}
e&=4\\\\
f&=5\\notag\\\\
g&=6\\label{eq:g}
\\end{align}

$$h=7 \\tag{*}$$

\\begin{equation*}i=8\\end{equation*}

由 $\\eqref{eq:g}$、$\\ref{eq:d}$ 及 $x\\overset{\\eqref{eq:d}}{=}y$，又 \\eqref{eq:d}。

{.annotation}
## 推导

\\begin{equation}j=9\\end{equation}

$$k=10$$

$$l=11$$ (mine)

{eq}`mine`

$$c=2$$

# 又一节

\\begin{gather}m=12\\\\ n=13\\end{gather}
"""


def test_original_keeps_its_numbers_and_annotations_take_none(project: Project) -> None:
    built = project.write("posts/p", MIRRORED).build()
    assert built.warnings == []
    found = built.equations("posts/p")
    numbers = [[row.number for row in equation.rows] for equation in found]
    assert numbers == [
        [None], [None], ["1"], ["2", None, "3"], ["*"], [None], ["A1"], [None], ["A2"], [None], ["4", "5"],
    ]
    assert [e.origin for e in found] == ["original"] * 6 + ["added"] * 4 + ["original"]
    assert [e.id for e in found if e.labels] == ["eq:d", "eq:g", "mine"]


def test_a_repetition_in_an_annotation_never_takes_the_id_of_the_original(project: Project) -> None:
    text = "# 文\n\n{.annotation}\n## 注\n\n$$x = 1$$\n\n# 正文\n\n$$x=1$$\n\n$$ x = {1} $$\n"
    added, original, other = project.write("p", text).build().equations("p")
    assert added.origin == "added" and added.id == f"{original.id}-2"
    assert re.fullmatch(r"e-[0-9a-f]{6}", original.id)
    assert other.content not in {original.content, added.content}


def test_references_inside_a_document_become_links(project: Project) -> None:
    html = project.write("posts/p", MIRRORED).build().html("posts/p")
    assert '<a class="equation-reference reference internal" href="#eq-eq-g">(3)</a>' in html
    assert '<a class="equation-reference reference internal" href="#eq-eq-d">1</a>' in html
    assert '<a class="equation-reference reference internal" href="#eq-mine">(A2)</a>' in html
    assert "<mtext>(1)</mtext>" in html  # inside a bigger formula the number stands as text
    assert "\\eqref" not in re.sub(r'(?:alttext|data-latex)="[^"]*"', "", html)
    assert html.count('href="#eq-eq-d">(1)</a>') == 2  # the number of the equation itself, and the text's link


def test_every_equation_has_an_anchor_of_its_own(project: Project) -> None:
    built = project.write("posts/p", MIRRORED).build()
    html = built.html("posts/p")
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    for equation in built.equations("posts/p"):
        assert equation.anchor in ids
        assert all(row.anchor in ids for row in equation.rows)
    assert not any(name.startswith("equation-") for name in ids)


def test_two_posts_may_use_the_same_label(project: Project) -> None:
    for name, value in (("one", "1"), ("two", "2")):
        project.write(f"posts/{name}", f"# {name}\n\n$$y={value}$$ (same)\n\n{{eq}}`same`\n")
    project.write("posts/three", "# 三\n\n{eq}`one#same` {eq}`此式 <two#same>`\n")
    built = project.build()
    assert built.warnings == []
    assert 'href="one.html#eq-same">(1)</a>' in built.html("posts/three")
    assert 'href="two.html#eq-same">此式</a>' in built.html("posts/three")
    assert lookup(built.env, "posts/three", "two#same") != lookup(built.env, "posts/three", "one#same")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("# 甲\n\n文\n\n见 {eq}`nowhere`。\n", 5),
        ("# 甲\n\n见 $\\eqref{nowhere}$。\n", 3),
        ("# 甲\n\n文\n\n$$a\\overset{\\ref{nowhere}}{=}b$$\n", 5),
        ("# 甲\n\n见 \\eqref{nowhere}。\n", 3),
        ("# 甲\n\n\n\n见 {eq}`index#nowhere`。\n", 5),
    ],
)
def test_an_undefined_label_is_a_warning_with_its_line(project: Project, text: str, line: int) -> None:
    built = project.write("p", text).build()
    (warning,) = built.warnings
    assert f"p.md:{line}: WARNING" in warning
    assert "nowhere" in warning and "[zhushu.equation_undefined]" in warning
    assert "??" in built.html("p")


def test_a_doubled_label_is_a_warning_with_its_line_and_the_first_wins(project: Project) -> None:
    text = "# 甲\n\n$$a=1$$ (x)\n\n\\begin{equation}b=2\\label{x}\\end{equation}\n\n{eq}`x`\n"
    built = project.write("p", text).build()
    (warning,) = built.warnings
    assert "p.md:5: WARNING" in warning and "[zhushu.equation_doubled]" in warning
    first, second = built.equations("p")
    assert first.id == "x" and second.id == second.content and second.number == "2"
    assert 'href="#eq-x">(1)</a>' in built.html("p")


def test_bare_environments_have_no_random_labels(project: Project) -> None:
    project.write("p", MIRRORED)
    first, second = project.build("one", fresh=True), project.build("two", fresh=True)
    assert first.html("p") == second.html("p")
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-", first.html("p"))


def test_parallel_reading_gives_the_same_pages(project: Project) -> None:
    for n in range(12):
        project.write(f"posts/p{n}", MIRRORED.replace("b=1", f"b={n}") + f"\n{{eq}}`p{(n + 1) % 12}#eq:g`\n")
    serial, parallel = project.build("serial"), project.build("parallel", jobs=2)
    assert serial.warnings == parallel.warnings == []
    for n in range(12):
        assert serial.html(f"posts/p{n}") == parallel.html(f"posts/p{n}")
    assert equations(serial.env) == equations(parallel.env)
    assert engines(serial.env) == engines(parallel.env)


def test_editing_one_post_rewrites_those_whose_references_changed(project: Project) -> None:
    project.write("posts/a", "# 甲\n\n$$a=1$$ (one)\n\n$$b=2$$ (two)\n")
    project.write("posts/b", "# 乙\n\n{eq}`a#two`\n").write("posts/c", "# 丙\n\n$$c=3$$ (one)\n")
    project.build()
    project.write("posts/a", "# 甲\n\n$$z=0$$ (zero)\n\n$$a=1$$ (one)\n\n$$b=2$$ (two)\n")
    built = project.build()
    assert 'href="a.html#eq-two">(3)</a>' in built.html("posts/b")
    assert "posts/b" in built.written and "posts/c" not in built.written
    project.write("posts/a", "# 甲\n\n文。\n\n$$z=0$$ (zero)\n\n$$a=1$$ (one)\n\n$$b=2$$ (two)\n")
    assert "posts/b" not in project.build().written


def test_deleting_a_post_forgets_its_equations(project: Project) -> None:
    project.write("posts/a", "# 甲\n\n$$a=1$$ (one)\n").write("posts/b", "# 乙\n\n{eq}`a#one`\n")
    assert project.build().warnings == []
    (project.root / "posts/a.md").unlink()
    built = project.build()
    assert "posts/a" not in equations(built.env)
    assert any("posts/b.md:3: WARNING" in line and "equation_undefined" in line for line in built.warnings)
    assert "??" in built.html("posts/b")


def test_page_macros_belong_to_their_page_and_take_no_space(project: Project) -> None:
    define = "$\\newcommand{sgn}{\\mathop{\\text{sgn}}}$\n\n$$\\def\\R{\\mathbb{R}}$$\n\n"
    project.write("a", f"# 甲\n\n{define}$\\sgn(x)\\in\\R$\n\n$$\\R$$\n").write("b", "# 乙\n\n$\\sgn(x)$\n")
    built = project.build()
    assert built.html("a").count('class="equation"') == 1 and "<mi>sgn</mi>" in built.html("a")
    (warning,) = built.warnings
    assert "b.md:3: WARNING" in warning and "\\sgn" in warning and "[zhushu.math_unset]" in warning
    assert '<code class="math-failed" title="Unknown command &quot;\\sgn&quot;">\\sgn(x)</code>' in built.html("b")
    assert engines(built.env) == {"b": {"none": 1}, "a": {"math-core": 2}}


def test_macros_of_the_edition_hold_everywhere(project: Project) -> None:
    built = project.write("a", "# 甲\n\n$\\R^\\top$\n").build(edition_macros={"R": r"\mathbb{R}"})
    assert built.warnings == [] and "ℝ" in built.html("a")


def test_math_directive_and_hostile_tex_stay_inside_the_page(project: Project) -> None:
    text = '# 甲\n\n```{math}\n:label: m\na<b \\text{<script>alert(1)</script>} "q"\n```\n\n$\\foo{"><script>}$\n'
    built = project.write("a", text).build()
    html = built.html("a")
    assert "<script>alert" not in html and '"><script>' not in html
    assert built.equations("a")[0].id == "m" and built.equations("a")[0].number == "1"


def test_punctuation_stays_with_the_formula_at_its_side(project: Project) -> None:
    html = project.write("a", "# 甲\n\n设（$a$，$b$）且 $c$ 与$d$。\n").build().html("a")
    flat = re.sub(r"<math.*?</math>", "M", html)
    assert '设<span class="math-tie">（M，</span><span class="math-tie">M）</span>且 M 与' in flat
    assert '与<span class="math-tie">M。</span></p>' in flat


def test_no_script_is_needed_and_none_is_fetched_from_elsewhere(project: Project) -> None:
    html = project.write("posts/p", MIRRORED).build().html("posts/p")
    assert "mathjax" not in html.lower().replace("mathjax_ignore", "").replace("tex2jax", "")
    assert not re.search(r'(?:src|href)="(?:https?:)?//', re.sub(r'href="https://www.sphinx-doc[^"]*"', "", html))
    assert "<math" in html
