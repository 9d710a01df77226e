r"""What the grammar reads, what it refuses, and what becomes of a formula computed at an instance."""

from __future__ import annotations

import numpy as np
import pytest

from ext.edition.checks.evaluate import OPERATIONS
from ext.edition.checks.outcomes import State, Tolerance
from ext.edition.checks.relations import evaluate
from ext.edition.checks.tree import Kind
from ext.edition.checks.values import Depends, Indexed, Law, gaussian, product

BOUND = {
    "a": 1.3, "b": 0.7, "c": 2.1, "x": 0.4, "y": 1.9, "n": 5, "k": 3, r"\alpha": 0.3,
    "A": np.array([[2.0, 0.3], [0.1, 1.0]]), "S": np.array([[2.0, 0.5], [0.5, 1.0]]), "I": np.eye(2),
    "v": np.array([1.0, 2.0]), "w": np.array([0.5, -1.0]), "f": lambda t: t**2 + 1, "i": range(1, 6),
    "u": np.arange(1.0, 6.0), "H": np.arange(25.0).reshape(5, 5), "j": range(1, 6), r"\overline": np.conj,
    "P": Indexed(lambda n: np.polynomial.Legendre.basis(n), functions=True), r"\nabla": "v",
    r"\mathbb{E}": gaussian(r"\varepsilon"), r"\operatorname{Var}": gaussian(r"\varepsilon"),
    r"\Pr": Law({"Z": np.arange(6)}, np.ones(6)), "g": Depends(lambda the: the("x") ** 2),
    r"\mathrm{KL}": lambda p, q: p - q, r"\max_{p\in\Delta}": 4.0, r"\mathbb{E}[x_0\mid x_t]": 0.25, "x_t": 2.0,
}  # fmt: skip

HELD = r"""
ab=ba
a + b = b + a
\frac { 1 } { 2 } x = x / 2
\frac12a=a/2
\frac12=0.5
2x=x+x
{a}+{b}=b+a
a\,b\;c=cba
\log a+\log b=\log(ab)
\|A\|_F^2=\operatorname{tr}(A^{\top}A)
\sum_iu_i=15
\sum_{i=1}^nu_i=\frac{n(n+1)}{2}
\sum_{i>3}u_i=9
\sum_i\sum_{j\ne i}H_{ij}=\sum_{i,j}H_{ij}-\sum_iH_{ii}
\prod_{i=1}^{n}u_i=n!
\sum_{i=1}^{n}u_i+a=15+a
\sum_{i=1}^n(u_i+a)=15+na
f(x)=x^2+1
f(x)^2=(x^2+1)^2
f'(x)=2x
af(x)=a(x^2+1)
a(x+1)=ax+a
v^{\top}w=\langle v,w\rangle
v^{\mathrm{T}}w=v^Tw
A^{-1}A=\begin{pmatrix}1&0\\0&1\end{pmatrix}
S^{1/2}S^{1/2}=S
\begin{pmatrix}A&0\\0&A\end{pmatrix}\begin{pmatrix}v\\w\end{pmatrix}=\begin{pmatrix}Av\\Aw\end{pmatrix}
\int_0^1t^2\,\mathrm{d}t=\frac13
\int_0^\infty\mathrm{e}^{-t}\,\mathrm{d}t=1
\int_0^1\int_0^1st\,\mathrm{d}s\,\mathrm{d}t=\frac14
|a-b|=a-b
2|a|=2a
|a||b|=ab
\left|a\right|=\lvert a\rvert
\max(a,b)=a
\max_iu_i=n
\min_i|u_i-x|=1-x
\mathbb{1}[a>b]=1
\frac{\mathrm{d}}{\mathrm{d}x}x^2=2x
\frac{\mathrm{d}g}{\mathrm{d}x}=2x
\frac{\partial}{\partial x}\left(x^3+a\right)=3x^2
\frac{\partial^2}{\partial x^2}x^3=6x
\nabla\langle v,v\rangle=2v
b<a<c
a=1.3,\quad b=0.7
\begin{aligned}a&=1.3,\\b&=0.7\end{aligned}
\binom{n}{k}=10
\sqrt[3]{8}=2
-a^2=-(a^2)
\sin x\cos x=\frac12\sin(2x)
\sin^2x+\cos^2x=1
\mathrm{e}^{\mathrm{i}x}=\cos x+\mathrm{i}\sin x
\overline{a+\mathrm{i}b}=a-\mathrm{i}b
\mathrm{e}^{A}\mathrm{e}^{-A}=I
P_2(x)=\tfrac12(3x^2-1)
P_2'(x)=3x
\mathbb{E}[\varepsilon^4]=3
\operatorname{Var}(2\varepsilon)=4
\Pr[Z\ge3]=\frac12
\mathrm{KL}(a\,\Vert\,b)=a-b
\mathbb{E}[x_0\mid x_t]=x_t/8
H_{ij}=5(i-1)+j-1,\qquad i=1,\dots,n
a=\begin{cases}1.3,&x<1\\0,&x\ge1\end{cases}
\underbrace{a+b}_{\text{和}}=2
2\le x_t\le2
0\preceq S
(a\pm b)^2=a^2\pm2ab+b^2
(a\pm b)(a\mp b)=a^2-b^2\pm0
AA^{-1}A-A=0
\lfloor a\rfloor=1
"""

REFUSED = {
    "a/bc=1": State.UNREADABLE, "a/b/c=1": State.UNREADABLE, "x^23=1": State.UNREADABLE,
    "x^{2}3=1": State.UNREADABLE, r"\log ab=1": State.UNREADABLE, r"\|A\|=1": State.UNREADABLE,
    r"\prod_iu_ia=1": State.UNREADABLE, r"\sin^{-1}x=1": State.UNREADABLE, "f^2(x)=1": State.UNREADABLE,
    r"\sum_{i\ne j}H_{ij}=1": State.UNREADABLE,
    "a=b=": State.UNREADABLE, "(a=b": State.UNREADABLE, "a}=b": State.UNREADABLE, "{a=b": State.UNREADABLE,
    r"\frac{a}=b": State.UNREADABLE, "a^b^c=1": State.UNREADABLE, r"a||b|=1": State.UNREADABLE,
    r"a\approx1.31": State.UNREADABLE, r"\log(a)^2=1": State.UNREADABLE, r"1{,}000=1000": State.UNREADABLE,
    r"\frac{\partial u}{\partial v}=1": State.UNREADABLE, r"a\pm b=1": State.UNREADABLE,
    r"a=1.3\pm0=a\pm0": State.UNREADABLE, r"(a\pm b)^2=a^2\mp2ab+b^2": State.FAILED,
    r"\mathrm{KL}(a|b|c)=1": State.UNREADABLE, r"\int_0^1f=1": State.UNREADABLE, r"\lim_{x}a=1": State.UNREADABLE,
    "а=а": State.UNBOUND, "a_{12}=1": State.UNBOUND, r"A\top=1": State.UNBOUND, "x'=1": State.UNBOUND,
    "a^{(1)}=1": State.UNBOUND, r"\sum_mu_m=1": State.UNBOUND, r"a=\varepsilon": State.UNBOUND,
    r"a=b+\text{if}x": State.UNBOUND, "a+z=1": State.UNBOUND, r"\frac{\mathrm{d}a}{\mathrm{d}x}=0": State.UNBOUND,
    r"\mathbb{E}[x_0\mid x_s]=a": State.UNBOUND, r"a=２": State.UNBOUND,
    "Av=1": State.SHAPE, "vv=1": State.SHAPE, "A+a=1": State.SHAPE, "u_6=1": State.SHAPE, "v^2=1": State.SHAPE,
    r"\log(-a)=1": State.SHAPE, "a/0=1": State.SHAPE, "f(a,b)=1": State.SHAPE, "u_{x}=1": State.SHAPE,
    r"a=b": State.FAILED, r"b\ge a": State.FAILED, r"\sum_iu_i=14": State.FAILED,
    r"\pi=3.14": State.DEFINITION, r"m=a+b": State.DEFINITION, r"x\sim f": State.LAW, r"a\propto b": State.LAW,
    "a+b": State.NOTHING,
}  # fmt: skip


@pytest.mark.parametrize("formula", [line for line in HELD.splitlines() if line])
def test_holds(formula: str) -> None:
    assert evaluate(formula, [BOUND]).claims == evaluate(formula, [BOUND, BOUND]).claims
    outcome = evaluate(formula, [BOUND])
    assert outcome.state == State.HELD, outcome


@pytest.mark.parametrize(("formula", "state"), REFUSED.items())
def test_does_not_hold(formula: str, state: State) -> None:
    outcome = evaluate(formula, [BOUND])
    assert outcome.state == state, outcome


def test_a_typo_in_an_opaque_term_is_unbound() -> None:
    bound = {r"\nabla\log q(x_t)": 2.0, "x_t": 1.0}
    assert evaluate(r"\nabla\log q(x_t)=2x_t", [bound]).state == State.HELD
    assert evaluate(r"\nabla\log q(x_s)=2x_t", [bound]).state != State.HELD
    assert evaluate(r"\nabla\log q(x_t,t)=2x_t", [bound]).state != State.HELD


def test_a_differential_is_a_factor_where_it_is_bound() -> None:
    bound = {"A": np.eye(2), "v": np.array([1.0, 2.0]), r"\mathrm{d}A": np.ones((2, 2)), r"\mathrm{d}s": 9.0}
    assert evaluate(r"\mathrm{d}s=v^{\top}\mathrm{d}A\,v", [bound]).state == State.HELD
    assert evaluate(r"\mathrm{d}s=v^{\top}\mathrm{d}B\,v", [bound]).state == State.UNREADABLE


def test_a_bound_function_that_fails_is_no_value() -> None:
    bound = {"i": range(1, 4), "x": 1.0, "g(i)": Depends(lambda the: the("i") + 1), "f": lambda t: {}[t]}
    assert evaluate("g(i)=x", [bound]).state == State.SHAPE
    assert evaluate("f(x)=x", [bound]).state == State.SHAPE


def test_a_part_that_is_not_read_keeps_the_whole_from_holding() -> None:
    assert evaluate(r"a=1.3,\qquad a/bc=1", [BOUND]).state == State.UNREADABLE


def test_nearly_equal_holds_within_what_is_stated_only() -> None:
    assert evaluate(r"a\approx1.31", [BOUND], tolerance=Tolerance(approx=0.01)).state == State.HELD
    assert evaluate(r"a\approx1.4", [BOUND], tolerance=Tolerance(approx=0.01)).state == State.FAILED


def test_the_least_slack_of_an_inequality_is_told() -> None:
    claim, = evaluate(r"b\le a", [BOUND]).claims
    assert claim.slack == pytest.approx((1.3 - 0.7) / 1.3)


@pytest.mark.parametrize("width", [0.01, 0.02, 0.3, 1.0])
def test_an_integral_is_right_or_no_value_however_narrow_the_peak(width: float) -> None:
    bound = {"w": width, "c": 0.377, r"\pi": np.pi}
    peak = r"\int_{-8}^{9}\mathrm{e}^{-(x-c)^2/(2w^2)}\,\mathrm{d}x"
    outcome = evaluate(peak + r"=w\sqrt{2\pi}", [bound], tolerance=Tolerance(equal=1e-5))
    assert outcome.state == (State.HELD if width > 0.1 else State.SHAPE), outcome
    assert evaluate(peak + "=0", [bound]).state != State.HELD


def test_an_index_outside_what_the_author_tabled_is_no_end_of_the_run() -> None:
    table = np.ones(3)
    bound = {"w": Indexed(lambda k: table[k]), "k": range(3)}
    assert evaluate(r"\sum_kw_k=3", [bound]).state == State.HELD
    assert evaluate(r"\sum_{k=0}^3w_k=3", [bound]).state == State.SHAPE


def test_a_derivative_asks_for_what_depends() -> None:
    bound = {"t": 0.7, "p": Depends(lambda the: np.array([the("t"), the("t") ** 2]), Kind.INDEXED), "i": range(1, 3)}
    assert evaluate(r"\frac{\mathrm{d}p_i}{\mathrm{d}t}=it^{i-1}", [bound]).state == State.HELD


def test_indices_begin_where_the_check_says() -> None:
    assert evaluate("u_0=1", [{"u": np.ones(2)}]).state == State.SHAPE
    assert evaluate("u_0=1", [{"u": np.ones(2)}], first=0).state == State.HELD


def test_two_laws_are_one_of_their_pairs() -> None:
    pair = product(gaussian("s"), gaussian("t"))
    assert evaluate(r"\mathbb{E}[(s+2t)^2]=5", [{r"\mathbb{E}": pair}]).state == State.HELD


def test_every_construct_of_the_grammar_can_be_computed() -> None:
    from ext.edition.checks import arrays, constructs, differentials, grammar, sums

    modules = (arrays, constructs, differentials, grammar, sums)
    written = {name for module in modules for name in _nodes(module)}
    assert written - {"run", "relation", "variable"} <= set(OPERATIONS)


def _nodes(module: object) -> set[str]:
    import ast
    import inspect

    calls = (node for node in ast.walk(ast.parse(inspect.getsource(module)))  # type: ignore[arg-type]
             if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Node" and node.args)
    return {node.args[0].value for node in calls if isinstance(node.args[0], ast.Constant)}
