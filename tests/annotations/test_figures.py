"""The figures' pictures and scripts: right against NumPy, alike in both languages, and kind to every reader."""

from __future__ import annotations

import functools
import html
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from conftest import REPO, EditionFolder, serious
from hypothesis import given, settings
from hypothesis import strategies as st

from ext.edition.annotations import figures
from ext.edition.annotations.figures import (
    chart,
    distributions,
    experiments,
    memories,
    numeric,
    optimisers,
    spectrum,
    tikz,
)
from ext.edition.site.errors import EditionError

ENTRY = st.one_of(st.sampled_from([0.0, 1.0, -1.0]), st.floats(-100, 100, allow_subnormal=False))


def near(found: Any, expected: Any, tolerance: float) -> bool:
    """Say whether two lists of complex numbers are the same up to their order."""
    rest = list(expected)
    for value in found:
        best = min(range(len(rest)), key=lambda i: abs(rest[i] - value))
        if abs(rest.pop(best) - value) > tolerance:
            return False
    return not rest


def square(n: int) -> st.SearchStrategy[Any]:
    return st.lists(st.lists(ENTRY, min_size=n, max_size=n), min_size=n, max_size=n)


# Numbers


@given(st.integers(1, 6).flatmap(square))
@settings(max_examples=60)
def test_eigenvalues_have_the_right_sums_of_powers(rows: list[list[float]]) -> None:
    # Eigenvalues of defective matrices are ill-conditioned, their power sums are not.
    a, found = np.array(rows), np.array(numeric.eigenvalues(rows))
    size = 1 + float(np.abs(a).max())
    assert abs(found.sum() - np.trace(a)) < 1e-9 * size
    assert abs((found**2).sum() - np.trace(a @ a)) < 1e-9 * size**2 * len(rows)


def test_spectra_agree_with_numpy() -> None:
    rng = np.random.default_rng(0)
    for n in (1, 2, 5, 30):
        a = rng.standard_normal((n, n))
        assert near(numeric.eigenvalues(a.tolist()), np.linalg.eigvals(a), 1e-9)
        b = rng.standard_normal((n, n + 3))
        assert np.allclose(numeric.singular_values(b.tolist()), np.linalg.svd(b, compute_uv=False), atol=1e-6)
    # A permutation makes the plain shift stand still.
    turn = np.roll(np.eye(6), 1, axis=0).tolist()
    assert near(numeric.eigenvalues(turn), np.exp(2j * np.pi * np.arange(6) / 6), 1e-9)


def test_laws_are_densities_and_large_matrices_follow_them() -> None:
    for ratio in (0.1, 0.5, 1.0):
        s = np.linspace(0, 2.2, 40001)
        law = np.array([spectrum.quarter(float(x), ratio) for x in s])
        assert abs(np.trapezoid(law, s) - 1) < 1e-3
        # The mean of s² is the mean squared singular value of a matrix whose entries have variance 1/rows.
        assert abs(np.trapezoid(law * s * s, s) - 1) < 1e-3
    x = np.linspace(-2, 2, 40001)
    assert abs(np.trapezoid([spectrum.semicircle(float(v)) for v in x], x) - 1) < 1e-4
    a = np.array(numeric.random_matrix(100, 50, "normal", 5))
    values = np.sort(np.linalg.svd(a, compute_uv=False))
    s = np.linspace(0, 2.2, 4001)
    below = np.cumsum([spectrum.quarter(float(v), 0.5) for v in s]) * (s[1] - s[0])
    assert np.abs(np.interp(values, s, below) - np.arange(1, 51) / 50).max() < 0.1


@pytest.mark.parametrize("name", distributions.FAMILIES)
def test_samples_follow_their_density(name: str) -> None:
    family = distributions.FAMILIES[name]
    values = distributions.parameters(distributions.Options(family=name))  # type: ignore[arg-type]
    uniform = numeric.random(11)
    samples = np.sort([family.sample(uniform, values) for _ in range(4000)])
    low, high = family.range(values)
    x = np.linspace(low - 40 * (low < 0), high + 40 * (name != "beta"), 200_001)
    density = np.array([family.density(float(v), values) for v in x])
    below = np.cumsum(density) * (x[1] - x[0])
    assert abs(below[-1] - 1) < 2e-3
    assert np.abs(np.interp(samples, x, below) - np.arange(1, 4001) / 4000).max() < 0.03


@pytest.mark.parametrize("name", optimisers.SURFACES)
def test_gradients_minima_and_contours(name: str) -> None:
    surface = optimisers.SURFACES[name]
    for x, y in ((0.3, -0.7), surface.start):
        h = 1e-6
        slope = ((surface.value(x + h, y) - surface.value(x - h, y)) / (2 * h),
                 (surface.value(x, y + h) - surface.value(x, y - h)) / (2 * h))
        assert np.allclose(surface.gradient(x, y), slope, rtol=1e-5, atol=1e-4)
    for minimum in surface.minima:
        assert surface.value(*minimum) < 1e-20
    xs, ys = np.linspace(-1, 1, 41).tolist(), np.linspace(-1, 1, 31).tolist()
    lines = list(optimisers.contour([[x * x + y * y for x in xs] for y in ys], xs, ys, 0.49))
    assert len(lines) == 1 and lines[0][0] == lines[0][-1]
    assert max(abs(np.hypot(*point) - 0.7) for point in lines[0]) < 1e-2


def reference(surface: str, method: str, rate: float, start: tuple[float, float], steps: int, beta: float) -> Any:
    """Walk a path with NumPy, as the papers define the methods."""
    at, m, v = np.array(start, dtype=float), np.zeros(2), np.zeros(2)
    for step in range(1, steps + 1):
        g = np.array(optimisers.SURFACES[surface].gradient(*at))
        if method == "adam":
            m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
            at = at - rate * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.999**step)) + 1e-8)
            continue
        m = beta * m + g
        moved = m if method in ("momentum", "muon") else g
        if method in ("sign", "muon"):
            u, _, vt = np.linalg.svd(np.diag(moved))
            moved = np.diag(u @ vt)
        at = at - rate * moved
    return at


@pytest.mark.parametrize("method", optimisers.METHODS)
@pytest.mark.parametrize("name", optimisers.SURFACES)
def test_paths_agree_with_numpy(name: str, method: Any) -> None:
    surface = optimisers.SURFACES[name]
    found = optimisers.path(name, method, surface.rates[method], surface.start, 25, 0.9)
    assert np.allclose(found[-1], reference(name, method, surface.rates[method], surface.start, 25, 0.9), atol=1e-8)


def test_a_path_that_diverges_ends() -> None:
    assert len(optimisers.path("valley", "gd", 0.099, (1, 1), 500, 0)) == 501
    assert len(optimisers.path("valley", "gd", 0.12, (1, 1), 500, 0)) < 100


# Pictures


@pytest.mark.parametrize(("name", "text"), [
    ("distributions", "{}"), ("distributions", '{"family": "beta", "parameters": {"a": 0.5}}'), ("spectrum", "{}"),
    ("spectrum", '{"law": "circular", "size": 20}'), ("spectrum", '{"law": "semicircle", "size": 20}'),
    ("spectrum", '{"law": "given", "matrix": [[0, 0]]}'), ("optimisers", '{"surface": "himmelblau"}'),
    ("optimisers", '{"surface": "rosenbrock", "rates": {"gd": 5}}')])
def test_pictures_are_the_same_every_time_and_sound(name: str, text: str) -> None:
    options = figures.read(name, text)
    made = figures.picture(name, options)
    assert made == figures.picture(name, figures.read(name, figures.data(options)))
    root = ElementTree.fromstring(made)
    assert root.get("role") == "img" and root.get("aria-label")
    assert "nan" not in made and "inf" not in made
    assert len(made) < 25_000


# Experiments


@functools.cache
def found(name: str) -> chart.Chart:
    return experiments.EXPERIMENTS[name]()


def curve(name: str, at: int) -> dict[float, float]:
    return dict(found(name).curves[at].points)


@pytest.mark.parametrize("name", experiments.EXPERIMENTS)
def test_experiments_are_drawn_alike_every_time_in_both_languages_and_on_paper(name: str) -> None:
    pictures = {english: chart.draw(found(name), english=english) for english in (False, True)}
    assert chart.draw(experiments.EXPERIMENTS[name](), english=False) == pictures[False]
    for english, made in pictures.items():
        root = ElementTree.fromstring(made)
        assert root.get("role") == "img" and "nan" not in made and len(made) < 25_000
        assert made.count("fig-end") == len(found(name).curves)
        assert english is not any("一" <= one <= "鿿" for one in made)
        assert "\\draw" in tikz.draw(made)


def test_experiments_found_what_the_formulas_beside_them_say() -> None:
    noise, both = curve("adam-rms", 0), curve("adam-rms", 1)
    assert all(abs(y / noise[t] - 1) < 0.12 for t, y in curve("adam-rms", 2).items())
    assert all(abs(y / both[t] - 1) < 0.12 for t, y in curve("adam-rms", 3).items())
    assert all(abs(y / curve("attention-spread", 0)[n] - 1) < 0.05 for n, y in curve("attention-spread", 1).items())
    assert max(curve("attention-spread", 4).values()) < 8
    for formula, sampled in ((1, 3), (2, 4)):
        grid = curve("batch-size", formula)
        for b, y in curve("batch-size", sampled).items():
            near = min(grid, key=lambda one, b=b: abs(one - b))  # type: ignore[misc]
            assert abs(y / grid[near] - 1) < 0.25
    assert abs(curve("ddpm-gap", 0)[10000] - 0.2886) < 0.03 and curve("ddpm-gap", 1)[10000] < 1e-3
    assert all(abs(y - curve("recall", 0)[n]) < 0.25 for n, y in curve("recall", 1).items())
    assert all(abs(y - curve("recall", 3)[n]) < 0.1 for n, y in curve("recall", 2).items())


def test_experiments_agree_with_numpy() -> None:
    x = np.linspace(-8, 14, 40001)
    for a, value in curve("kl-reverse", 1).items():
        m, s = a, 1.0  # a local minimum at a peak is no higher than at the peak itself, and below log 2
        density = np.exp(-((x - m) ** 2) / 2) / np.sqrt(2 * np.pi) / s
        mixture = np.logaddexp(-((x - a) ** 2) / 2, -((x + a) ** 2) / 2) - np.log(2)
        there = np.trapezoid(density * (-((x - m) ** 2) / 2 - mixture), x)
        assert value <= there + 1e-6 and value < np.log(2)
    poly = np.polynomial.Legendre
    assert np.allclose(memories.legendre(9, 0.3), [poly.basis(n)(0.3) for n in range(9)])
    shape = found("lse-bounds").curves
    true = dict(shape[0].points)
    assert all(y <= dict(bound.points)[t] + 1e-12 for bound in shape[2:] for t, y in true.items())
    rope = curve("rope-score", 0)
    assert all(abs(y - np.cos(r * 1e4 ** (-np.arange(32) / 32)).mean()) < 1e-12 for r, y in rope.items())


def test_an_unknown_experiment_is_named_and_a_known_one_needs_no_script(edition_folder: EditionFolder) -> None:
    figure = "```{experiment} polar-steps\n:name: fig-steps\n:caption: 说明 $x$\n```"
    edition_folder.post("a", f"{figure}\n\n[图](#fig-steps)")
    edition_folder.post("b", "```{experiment} alchemy\n```")
    built = edition_folder.build()
    (warning,) = built.warnings
    assert "b.md" in warning and "no experiment 'alchemy'" in warning and "polar-steps" in warning
    assert "figures.css" in built.html("posts/a") and "figures/polar-steps.js" not in built.html("posts/a")
    assert "<noscript><p>" not in built.html("posts/a") and 'id="fig-steps"' in built.html("posts/a")


@pytest.mark.parametrize(("name", "text", "said"), [
    ("pendulum", "", "there is no figure"), ("spectrum", "{", "truncated"), ("spectrum", '{"size": 500}', "<= 120"),
    ("spectrum", '{"rank": 2}', "unknown field"), ("spectrum", '{"matrix": [[1, 2], [3]]}', "equally long"),
    ("distributions", '{"parameters": {"rate": 1}}', "no parameter 'rate'"),
    ("distributions", '{"parameters": {"sigma": 0}}', "sigma is 0"),
    ("optimisers", '{"start": [9, 0]}', "x of the start"), ("optimisers", '{"rates": {"sgd": 1}}', "sgd")])
def test_what_is_wrong_is_named(name: str, text: str, said: str) -> None:
    with pytest.raises(EditionError, match=said) as caught:
        figures.read(name, text)
    assert caught.value.remedy


def test_no_number_library_is_needed() -> None:
    code = "import sys, ext.edition.annotations.figures; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=REPO, check=False).returncode == 0


# Pages

BODY = """
```{interactive} distributions
:caption: 说明 $\\mu$
:name: fig-one

{"samples": 50}
```

```{interactive} optimisers
{"steps": 60}
```

```{interactive} spectrum
{"size": 20, "law": "given"}
```

[见图](#fig-one)
"""


def test_scripts_are_loaded_where_they_are_needed(edition_folder: EditionFolder) -> None:
    edition_folder.post("a", "```{interactive} spectrum\n:caption: </script> $x$\n\n{\"size\": 20}\n```")
    edition_folder.post("b", "无图。")
    built = edition_folder.build()
    assert built.warnings == ()
    assert "figures/spectrum.js" in built.html("posts/a") and "figures/optimisers.js" not in built.html("posts/a")
    assert "figures.css" in built.html("posts/a")
    assert "figures" not in built.html("posts/b")
    text = edition_folder.build("text", out="text", doctrees="text-doctrees")
    assert "interactive" not in (text.out / "posts" / "a.txt").read_text("utf-8")


def test_a_figure_that_cannot_be_drawn_is_reported_and_shown_as_written(edition_folder: EditionFolder) -> None:
    edition_folder.post("a", "字。\n\n```{interactive} spectrum\n{\"size\": 5}\n```")
    built = edition_folder.build()
    (warning,) = built.warnings
    assert "a.md:10" in warning and ">= 10" in warning and "zhushu.figure_broken" in warning
    assert '{"size": 5}' in html.unescape(built.html("posts/a"))
    assert 'class="interactive"' not in built.html("posts/a")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = EditionFolder(tmp_path_factory.mktemp("figures"))
    (folder.root / "edition.toml").write_text('[edition]\ntitle = "图"\n', "utf-8")
    folder.write("index.md", "# 首页\n")
    folder.post("a", BODY)
    return folder.build().out


@pytest.fixture
def page(site: Path, browser: Any, serve: Callable[[Path], str]) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 390, "height": 800}, reduced_motion="reduce")
    opened = context.new_page()
    opened.problems = []
    address = serve(site)
    opened.on("pageerror", lambda error: opened.problems.append(str(error)))
    opened.on("console", lambda said: opened.problems.append(said.text) if said.type == "error" else None)
    opened.on("request", lambda asked: opened.problems.append(asked.url) if not asked.url.startswith(address) else None)
    opened.goto(f"{address}/posts/a.html")
    opened.wait_for_function("document.querySelectorAll('.interactive[data-live]').length === 3")
    yield opened
    assert opened.problems == []
    context.close()


def call(page: Any, script: str, code: str, *values: Any) -> Any:
    """Run code with the module ``m`` of a figure and the values ``v``."""
    return page.evaluate("async ([script, code, v]) => { const m = await import(`../_static/figures/${script}.js`);"
                         "return new Function('m', 'v', `return ${code}`)(m, v); }", [script, code, list(values)])


@pytest.mark.browser
def test_scripts_and_pictures_draw_the_same_random_numbers(page: Any) -> None:
    uniform = numeric.random(12345)
    found = call(page, "kit", "(() => { const u = m.random(12345); return Array.from({length: 20}, u); })()")
    assert found == [uniform() for _ in range(20)]
    for entries in ("normal", "sign"):
        found = call(page, "spectrum", "m.randomMatrix(4, 3, v[0], 9)", entries)
        assert np.allclose(found, numeric.random_matrix(4, 3, entries, 9), atol=1e-12)


@pytest.mark.browser
def test_tables_of_scripts_and_pictures_are_the_same(page: Any) -> None:
    families = call(page, "distributions", "Object.entries(m.FAMILIES).map(([k, f]) => [k, f.name,"
                    "Object.entries(f.parameters).map(([p, [, ...r]]) => [p, ...r])])")
    assert families == [[key, [one.zh, one.en], [[name, *ends] for name, ends in one.parameters.items()]]
                        for key, one in distributions.FAMILIES.items()]
    surfaces = call(page, "optimisers", "Object.entries(m.SURFACES).map(([k, s]) => [k, s.x, s.y, s.start, s.minima,"
                    "s.rates])")
    assert surfaces == [[key, [*one.x], [*one.y], [*one.start], [[*m] for m in one.minima], dict(one.rates)]
                        for key, one in optimisers.SURFACES.items()]
    assert call(page, "optimisers", "Object.keys(m.METHODS)") == list(optimisers.METHODS)


@pytest.mark.browser
def test_script_spectra_agree_with_numpy(page: Any) -> None:
    rng = np.random.default_rng(1)
    for shape in ((1, 1), (4, 4), (3, 7), (60, 40)):
        a = rng.standard_normal(shape)
        found = call(page, "spectrum", "m.singularValues(v[0])", a.tolist())
        assert np.allclose(found, np.linalg.svd(a, compute_uv=False), atol=1e-11)
    low_rank = np.outer(np.arange(1, 6), [1, 2, 0])
    found = call(page, "spectrum", "m.singularValues(v[0])", low_rank.tolist())
    assert np.allclose(found, np.linalg.svd(low_rank, compute_uv=False), atol=1e-12)
    for a in (rng.standard_normal((50, 50)), np.roll(np.eye(6), 1, axis=0), np.array([[0.0, 5], [0, 0]]),
              np.array([[1.0, 2], [-3, 1]]), np.array([[4.0]])):
        found = call(page, "spectrum", "m.eigenvalues(v[0])", a.tolist())
        assert near([complex(*z) for z in found], np.linalg.eigvals(a), 1e-9)
    symmetric = call(page, "spectrum", "m.symmetric(v[0])", (a := rng.standard_normal((5, 5))).tolist())
    assert np.allclose(symmetric, (a + a.T) / np.sqrt(2))
    for s in (0.1, 0.4, 1.0, 1.6, 1.9):
        assert call(page, "spectrum", "m.quarter(v[0], 0.5)", s) == pytest.approx(spectrum.quarter(s, 0.5), abs=1e-13)


@pytest.mark.browser
def test_script_densities_moments_and_samples_agree(page: Any) -> None:
    for name, family in distributions.FAMILIES.items():
        values = distributions.parameters(distributions.Options(family=name))  # type: ignore[arg-type]
        low, high = family.range(values)
        x = np.linspace(low, high, 31)[1:-1].tolist()
        found = call(page, "distributions", "v[1].map((x) => m.FAMILIES[v[0]].density(x, m.initial(v[0])))", name, x)
        assert np.allclose(found, [family.density(one, values) for one in x], rtol=1e-11)
        # Moments in theory against the density itself.
        far = {"student": 200, "exponential": 2, "gamma": 2, "normal": 1, "mixture": 1}.get(name, 0) * (high - low)
        grid = np.linspace(low - far * (low < 0), high + far, 400_001)
        density = np.array([family.density(float(one), values) for one in grid])
        mean = np.trapezoid(grid * density, grid)
        told = call(page, "distributions", "[m.FAMILIES[v[0]].mean(m.initial(v[0])),"
                    "m.FAMILIES[v[0]].variance(m.initial(v[0]))]", name)
        assert told[0] == pytest.approx(mean, abs=0.02)
        assert told[1] == pytest.approx(np.trapezoid((grid - mean) ** 2 * density, grid), rel=0.03)
        uniform = numeric.random(3)
        drawn = call(page, "distributions", "m.draw(v[0], m.initial(v[0]), 200, 3)", name)
        assert np.allclose(drawn, [family.sample(uniform, values) for _ in range(200)], rtol=1e-9)
        assert call(page, "distributions", "m.moments(v[0]).variance", drawn) == pytest.approx(np.var(drawn, ddof=1))
    nu = "m.FAMILIES.student[v[0]]({nu: v[1]})"
    assert call(page, "distributions", f"String({nu})", "variance", 1.5) == "Infinity"
    assert call(page, "distributions", f"String({nu})", "mean", 1) == "NaN"


@pytest.mark.browser
def test_script_paths_and_contours_agree_with_numpy(page: Any) -> None:
    for name, surface in optimisers.SURFACES.items():
        for method, rate in surface.rates.items():
            found = call(page, "optimisers", "m.path(v[0], v[1], v[2], m.SURFACES[v[0]].start, 25, 0.9)",
                         name, method, rate)
            assert np.allclose(found[-1], reference(name, method, rate, surface.start, 25, 0.9), atol=1e-7)
        top, pieces = call(page, "optimisers", "[Math.max(...[0, 1].flatMap((i) => [0, 1].map((j) =>"
                           "m.SURFACES[v[0]].value(m.SURFACES[v[0]].x[i], m.SURFACES[v[0]].y[j])))),"
                           "m.contours(v[0])[3]]", name)
        levels = [surface.value(*point) for point in pieces if point]
        assert np.std(levels) < 0.05 * np.mean(levels) and np.mean(levels) < top


@pytest.mark.browser
def test_figures_are_worked_by_keyboard(page: Any) -> None:
    first = page.locator(".interactive-live").nth(0)
    before = first.locator(".fig-curve").get_attribute("d")
    slider = first.get_by_label("σ")
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == "1.05"
    assert first.locator(".fig-curve").get_attribute("d") != before
    bars = first.locator(".fig-bars").get_attribute("d")
    first.get_by_role("button", name="再抽一次").press("Enter")
    assert first.locator(".fig-bars").get_attribute("d") != bars
    first.get_by_label("分布", exact=True).select_option("student")
    page.get_by_label("ν").press("Home")
    assert first.locator(".fig-numbers").inner_text().count("不存在") == 2


@pytest.mark.browser
def test_optimisers_tell_divergence_and_keep_still_where_asked(page: Any) -> None:
    figure = page.locator(".interactive-live").nth(1)
    figure.get_by_label("学习率").first.press("End")
    assert "步发散" in figure.locator(".fig-numbers").inner_text()
    figure.get_by_label("步", exact=True).press("Home")
    assert "第 0 步" in figure.locator(".fig-numbers").inner_text()
    # With less motion the button leads to the end at once.
    figure.get_by_role("button", name="播放").press("Enter")
    assert "第 60 步" in figure.locator(".fig-numbers").inner_text()
    figure.get_by_label("2 动量").press("Space")
    assert figure.locator(".fig-numbers tbody tr").count() == 4


@pytest.mark.browser
def test_a_given_matrix_can_be_typed(page: Any) -> None:
    figure = page.locator(".interactive-live").nth(2)
    field = figure.locator("textarea")
    field.fill("0 -2\n2 0")
    assert "2，2" in figure.locator(".fig-numbers").inner_text()
    assert "0+2i，0−2i" in figure.locator(".fig-numbers").inner_text()
    field.fill("0 -2\n2")
    assert field.get_attribute("aria-invalid") == "true"


@pytest.mark.browser
def test_print_and_phones_and_axe(page: Any) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for theme in ("light", "dark"):
        page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
        assert serious(page, within=".zs-article") == []
    page.emulate_media(media="print")
    assert page.locator(".interactive-still").first.is_visible()
    assert not page.locator(".interactive-live").first.is_visible()


@pytest.mark.browser
def test_without_scripts_the_picture_stands(site: Path, browser: Any, serve: Callable[[Path], str]) -> None:
    context = browser.new_context(java_script_enabled=False)
    opened = context.new_page()
    opened.goto(f"{serve(site)}/posts/a.html")
    for at in range(3):
        box = opened.locator(".interactive-still > svg").nth(at).bounding_box()
        assert box["width"] > 300 and box["height"] > 200
    assert opened.locator("noscript p").first.is_visible()
    context.close()
