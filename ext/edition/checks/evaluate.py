"""Compute a tree of the grammar at one instance of its symbols: a table from constructs to functions.

Scalars are numbers of Python or NumPy, vectors columns ``(n, 1)``, matrices ``(m, n)``; a one by one product is a
number again. Nothing is broadcast but a number: what does not fit raises WrongShape.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np

from ext.edition.checks.grammar import Kind, Node
from ext.edition.checks.outcomes import NotComputed, Unbound, Unreadable, WrongShape
from ext.edition.checks.pieces import Pieces, written
from ext.edition.checks.values import Depends, Indexed, Law, Value, settled

MAX_TERMS = 200_000
"""Of one sum, product or law."""
Operation = Callable[["Instance", Node], Value]
OPERATIONS: dict[str, Operation] = {}


def operation(name: str) -> Callable[[Operation], Operation]:
    """Register how a construct is computed."""

    def register(function: Operation) -> Operation:
        OPERATIONS[name] = function
        return function

    return register


@dataclass(slots=True)
class Instance:
    """The values of all symbols at one instance, and what computing with them has cost in accuracy."""

    values: dict[Pieces, Value]
    first: int = 1
    """The index of the first entry of an array."""
    spell: Callable[[str], Pieces] = field(default=lambda text: (text,))
    """How the name of a binding is spelt."""
    scale: float = 0.0
    """The largest summand met: what cancels is known to a part of it."""
    coarse: float = 0.0
    """The relative error of derivatives, integrals and sampled laws met."""

    def value(self, node: Node) -> Value:
        """Return the value of a node."""
        with np.errstate(all="ignore"):
            result = OPERATIONS[node.op](self, node)
        if isinstance(result, np.ndarray) and result.size == 1 and result.ndim == 2:
            return result.item()
        return result

    def number(self, node: Node) -> complex | float:
        """Return the value of a node that must be a number."""
        value = self.value(node)
        if np.ndim(value) or callable(value):
            raise WrongShape(node.at, "a number is wanted here")
        return cast("float", value)

    def whole(self, node: Node) -> int:
        """Return the value of a node that must be a whole number."""
        value = self.number(node)
        if isinstance(value, complex) or abs(value - round(value)) > 1e-9:
            raise WrongShape(node.at, "a whole number is wanted here")
        return round(value)

    def bound(self, key: Pieces) -> Value:
        """Return the value of a name."""
        if key not in self.values:
            raise Unbound(written(key), "no value")
        value = self.values[key]
        if isinstance(value, Depends):
            value = _asked(value.of, written(key), lambda text: self.plain(self.spell(text)))
        return settled(value, written(key))

    def plain(self, key: Pieces) -> Value:
        """Return the value of a name as an annotator's function wants it: columns as one-dimensional arrays."""
        value = self.bound(key)
        return value[:, 0] if isinstance(value, np.ndarray) and value.ndim == 2 and value.shape[1] == 1 else value

    def holding(self, changes: Mapping[Pieces, Value]) -> Instance:
        """Return the instance with some values changed."""
        return Instance({**self.values, **changes}, self.first, self.spell, self.scale, self.coarse)

    def learn(self, other: Instance) -> None:
        """Take over what another instance met."""
        self.scale = max(self.scale, other.scale)
        self.coarse = max(self.coarse, other.coarse)


def _asked(function: Callable[..., Value], name: str, *arguments: Value) -> Value:
    """Return what an annotator's function gives; one that fails is no value, whatever it raises."""
    try:
        return function(*arguments)
    except NotComputed:
        raise
    except Exception as error:
        raise WrongShape(name, f"the function bound to it does not take this: {error}") from error


def size(value: Value) -> float:
    """Return the largest magnitude in a value."""
    if isinstance(value, (int, float, complex)):
        return float(abs(value))
    return float(np.max(np.abs(value))) if np.size(value) else 0.0


def _shape(value: Value) -> tuple[int, ...]:
    return np.shape(value)


def _said(shape: tuple[int, ...]) -> str:
    return "a number" if not shape else f"{shape[0]} by {shape[1]}" if len(shape) == 2 else str(shape)


@operation("number")
def _number(_: Instance, node: Node) -> Value:
    text = str(node.parts[0])
    return int(text) if text.isdecimal() else float(text)


@operation("e")
def _e(_: Instance, node: Node) -> Value:
    return math.e


@operation("i")
def _i(_: Instance, node: Node) -> Value:
    return 1j


@operation("infinity")
def _infinity(_: Instance, node: Node) -> Value:
    return cast("int", node.parts[0]) * math.inf


@operation("name")
def _name(at: Instance, node: Node) -> Value:
    return at.bound(cast("Pieces", node.parts[0]))


@operation("bracket")
def _bracket(at: Instance, node: Node) -> Value:
    return at.value(cast("Node", node.parts[0]))


@operation("times")
def _times(at: Instance, node: Node) -> Value:
    return at.number(cast("Node", node.parts[0]))


@operation("neg")
def _negative(at: Instance, node: Node) -> Value:
    return -computed(at, node.parts[0])


def computed(at: Instance, node: object) -> Value:
    value = at.value(cast("Node", node))
    if callable(value) or isinstance(value, (Indexed, Law, Mapping, range, list, tuple)):
        raise WrongShape(cast("Node", node).at, "a function or a family where a value is wanted")
    return value


@operation("add")
def _add(at: Instance, node: Node) -> Value:
    values = [computed(at, part) for part in node.parts]
    shapes = {_shape(value) for value in values}
    if len(shapes) > 1:
        raise WrongShape("+", "a sum of " + " and ".join(sorted(_said(shape) for shape in shapes)))
    at.scale = max(at.scale, *(size(value) for value in values))
    return sum(values[1:], values[0])


@operation("mul")
def _multiply(at: Instance, node: Node) -> Value:
    result = computed(at, node.parts[0])
    for part in node.parts[1:]:
        factor = computed(at, part)
        result = _times_value(result, factor)
    return result


def _times_value(left: Value, right: Value) -> Value:
    if not np.ndim(left) or not np.ndim(right):
        return left * right
    if np.ndim(left) != 2 or np.ndim(right) != 2 or _shape(left)[1] != _shape(right)[0]:
        raise WrongShape("", f"a product of {_said(_shape(left))} and {_said(_shape(right))}")
    result = left @ right
    return result.item() if result.size == 1 else result


@operation("hadamard")
def _hadamard(at: Instance, node: Node) -> Value:
    left, right = (computed(at, part) for part in node.parts)
    if _shape(left) != _shape(right):
        raise WrongShape("\\odot", f"entries of {_said(_shape(left))} and {_said(_shape(right))}")
    return left * right


@operation("div")
def _divide(at: Instance, node: Node) -> Value:
    above, below = computed(at, node.parts[0]), at.number(cast("Node", node.parts[1]))
    if below == 0:
        raise WrongShape("", "a division by zero: choose another instance")
    return above / below


@operation("power")
def _power(at: Instance, node: Node) -> Value:
    base, exponent = computed(at, node.parts[0]), computed(at, node.parts[1])
    first = cast("Node", node.parts[0])
    if np.ndim(exponent):
        if np.ndim(base):
            raise WrongShape("^", "a matrix to the power of a matrix")
        if _shape(exponent)[0] != _shape(exponent)[1]:
            raise WrongShape("^", "an exponent that is no square matrix")
        return _exponential(exponent * np.log(base))
    if not np.ndim(base):
        if first.op == "e":
            return np.exp(exponent)
        if base == 0 and np.real(exponent) < 0:
            raise WrongShape("^", "a division by zero: choose another instance")
        if np.isrealobj(base) and base < 0 and exponent != round(np.real(exponent)):
            raise WrongShape("^", "a root of a negative number: choose another instance")
        return base**exponent
    if _shape(base)[0] != _shape(base)[1]:
        raise WrongShape("^", f"a power of {_said(_shape(base))}")
    if exponent == round(np.real(exponent)):
        try:
            return np.linalg.matrix_power(base, round(np.real(exponent)))
        except np.linalg.LinAlgError as error:
            raise WrongShape("^", "an inverse of a singular matrix: choose another instance") from error
    if not np.allclose(base, base.T.conj(), rtol=1e-10, atol=1e-12 * size(base)):
        raise WrongShape("^", "a fractional power of a matrix that is not symmetric")
    values, vectors = np.linalg.eigh((base + base.T.conj()) / 2)
    if values[0] <= -1e-12 * size(base) or (exponent < 0 and values[0] <= 1e-13 * size(base)):
        raise WrongShape("^", "a fractional power of a matrix that is not positive")
    return (vectors * np.maximum(values, 0) ** exponent) @ vectors.T.conj()


def _exponential(matrix: Value) -> Value:
    """Return the exponential of a matrix by scaling, a Taylor polynomial and squaring."""
    squarings = max(0, math.ceil(math.log2(max(float(np.linalg.norm(matrix, 1)), 1e-9))) + 4)
    scaled = matrix / 2**squarings
    result = term = np.eye(len(matrix), dtype=scaled.dtype)
    for k in range(1, 18):
        term = term @ scaled / k
        result = result + term
    for _ in range(squarings):
        result = result @ result
    return result


@operation("transpose")
def _transpose(at: Instance, node: Node) -> Value:
    value = computed(at, node.parts[0])
    if not np.ndim(value):
        raise WrongShape("^\\top", "a transpose of a number")
    return value.T


@operation("factorial")
def _factorial(at: Instance, node: Node) -> Value:
    number = at.whole(cast("Node", node.parts[0]))
    if not 0 <= number <= 500:
        raise WrongShape("!", f"the factorial of {number}")
    return math.factorial(number)


@operation("binomial")
def _binomial(at: Instance, node: Node) -> Value:
    above, below = (at.whole(cast("Node", part)) for part in node.parts)
    if above < 0 or below < 0:
        raise WrongShape("\\binom", "a binomial coefficient of negative numbers")
    return math.comb(above, below)


@operation("root")
def _root(at: Instance, node: Node) -> Value:
    value: Any = at.number(cast("Node", node.parts[0]))
    degree = 2 if node.parts[1] is None else at.whole(cast("Node", node.parts[1]))
    if np.isrealobj(value) and value < 0:
        raise WrongShape("\\sqrt", "a root of a negative number: choose another instance")
    return value ** (1 / degree)


@operation("abs")
def _absolute(at: Instance, node: Node) -> Value:
    return abs(at.number(cast("Node", node.parts[0])))


@operation("floor")
def _floor(at: Instance, node: Node) -> Value:
    return math.floor(np.real(at.number(cast("Node", node.parts[0]))))


@operation("ceil")
def _ceil(at: Instance, node: Node) -> Value:
    return math.ceil(np.real(at.number(cast("Node", node.parts[0]))))


@operation("norm")
def _norm(at: Instance, node: Node) -> Value:
    value, which = computed(at, node.parts[0]), str(node.parts[1]).strip("{}")
    if not np.ndim(value):
        raise WrongShape("\\|", "a norm of a number")
    if 1 in _shape(value):
        orders = {"": 2, "2": 2, "1": 1, "\\infty": np.inf, "F": 2}
        if which not in orders:
            raise WrongShape("\\|", f"a norm {which} of a vector")
        return float(np.linalg.norm(np.ravel(value), orders[which]))
    named = {"2": 2, "op": 2, "F": "fro", "*": "nuc"}
    if which not in named:
        raise Unreadable("\\|", "the norm of a matrix needs an index: 2, F or *" if not which else
                         f"the norm {which} of a matrix: bind the whole")
    return float(np.linalg.norm(value, cast("Any", named[which])))


@operation("inner")
def _inner(at: Instance, node: Node) -> Value:
    left, right = (computed(at, part) for part in node.parts)
    if _shape(left) != _shape(right) or not np.ndim(left):
        raise WrongShape("\\langle", f"an inner product of {_said(_shape(left))} and {_said(_shape(right))}")
    return np.sum(left.conj() * right).item()


# Indices and functions.


@operation("index")
def _index(at: Instance, node: Node) -> Value:
    owner = cast("Node", node.parts[0])
    value = at.value(owner)
    indices = [at.whole(cast("Node", part)) for part in cast("tuple[object, ...]", node.parts[1])]
    return entry(value, indices, at.first, node.at)


def entry(value: Value, indices: list[int], first: int, name: str) -> Value:
    """Return an entry of what has indices; raises WrongShape outside its range."""
    if isinstance(value, Indexed):
        return settled(value.at(*indices), name)
    if isinstance(value, Mapping):
        key: object = indices[0] if len(indices) == 1 else tuple(indices)
        if key not in value:
            raise WrongShape(name, f"no entry {key}")
        return settled(value[key], name)
    if isinstance(value, np.ndarray) and value.ndim == 2 and value.shape[1] == 1 and len(indices) == 1:
        value = value[:, 0]
    if isinstance(value, np.ndarray) and value.ndim != len(indices):
        raise WrongShape(name, f"{len(indices)} indices into {_said(value.shape)}")
    for index in indices:
        if not hasattr(value, "__getitem__") or not 0 <= index - first < len(value):
            raise WrongShape(name, f"the index {index} is outside")
        value = value[index - first]
    return settled(value, name)


@operation("call")
def _call(at: Instance, node: Node) -> Value:
    function = at.value(cast("Node", node.parts[0]))
    if not callable(function):
        raise WrongShape(node.at, "arguments of what is no function")
    arguments = [_argument(at.value(cast("Node", part))) for part in cast("tuple[object, ...]", node.parts[1])]
    return settled(_asked(function, node.at, *arguments), node.at)


def _argument(value: Value) -> Value:
    return value[:, 0] if isinstance(value, np.ndarray) and value.ndim == 2 and value.shape[1] == 1 else value


def _matrix(value: Value, name: str) -> Value:
    if np.ndim(value) != 2 or _shape(value)[0] != _shape(value)[1]:
        raise WrongShape(name, f"{name} of {_said(_shape(value))}")
    return value


def _scalar(name: str, function: Callable[..., Value], domain: Callable[[Value], bool] | None = None) -> Callable[
        [Value], Value]:
    def computed(value: Value) -> Value:
        if np.ndim(value):
            raise WrongShape(name, f"{name} of {_said(_shape(value))}")
        if domain is not None and not domain(value):
            raise WrongShape(name, f"{name} of {value}: choose another instance")
        return function(value)

    return computed


def _diagonal(value: Value) -> Value:
    if np.ndim(value) != 2:
        raise WrongShape("diag", "diag of a number")
    return np.diag(value[:, 0]) if value.shape[1] == 1 else np.diag(value).reshape(-1, 1)


def _positive(value: Value) -> bool:
    return bool(np.iscomplexobj(value) or value > 0)


_FUNCTIONS: dict[str, Callable[[Value], Value]] = {
    **{name: _scalar(name, getattr(np, name)) for name in (
        "sin", "cos", "tan", "sinh", "cosh", "tanh", "arcsin", "arccos", "arctan", "sign")},
    "log": _scalar("log", np.log, _positive), "ln": _scalar("ln", np.log, _positive),
    "cot": _scalar("cot", lambda x: 1 / np.tan(x)), "sec": _scalar("sec", lambda x: 1 / np.cos(x)),
    "csc": _scalar("csc", lambda x: 1 / np.sin(x)),
    "erf": _scalar("erf", math.erf), "gamma": _scalar("gamma", math.gamma, lambda x: bool(0 < x < 170)),
    "Re": lambda value: np.real(value), "Im": lambda value: np.imag(value),
    "exp": lambda value: _exponential(_matrix(value, "exp")) if np.ndim(value) else np.exp(value),
    "tr": lambda value: np.trace(_matrix(value, "tr")) if np.ndim(value) else value,
    "det": lambda value: np.linalg.det(_matrix(value, "det")),
    "rank": lambda value: int(np.linalg.matrix_rank(_ranked(value))),
    "diag": _diagonal,
}  # fmt: skip


def _ranked(value: Value) -> Value:
    if np.ndim(value) != 2:
        raise WrongShape("rank", "rank of a number")
    return value


@operation("function")
def _function(at: Instance, node: Node) -> Value:
    return _FUNCTIONS[str(node.parts[0])](computed(at, node.parts[1]))


# Sums, products, extremes.


def _over(at: Instance, runs: tuple[Node, ...]) -> Iterator[Instance]:
    """Yield an instance for each combination of the running indices that meets the conditions."""
    keys: list[Pieces] = []
    ranges: list[range] = []
    conditions: list[Node] = []
    for run in runs:
        key, first, last = run.parts
        if key is None:
            conditions.append(cast("Node", first))
            continue
        keys.append(cast("Pieces", key))
        if first is None:
            ranges.append(_range(at, keys[-1]))
        elif last is None:
            known = _range(at, keys[-1])
            ranges.append(range(at.whole(cast("Node", first)), known.stop))
        else:
            ranges.append(range(at.whole(cast("Node", first)), at.whole(cast("Node", last)) + 1))
    if math.prod(len(one) for one in ranges) > MAX_TERMS:
        raise WrongShape("\\sum", f"more than {MAX_TERMS:,} terms")
    for combination in itertools.product(*ranges):
        here = at.holding(dict(zip(keys, combination, strict=True)))
        if all(holds(here, condition) for condition in conditions):
            yield here
        at.learn(here)


def _range(at: Instance, key: Pieces) -> range:
    value = at.values.get((*key, "…"), at.values.get(key))
    if not isinstance(value, range):
        raise Unbound(written(key), "an index needs the range it runs over")
    return value


def holds(at: Instance, node: Node) -> bool:
    """Tell whether a condition is true at an instance."""
    sides, signs = cast("tuple[tuple[Node, ...], tuple[str, ...]]", node.parts)
    values = [at.number(side) for side in sides]
    tests: dict[str, Callable[[Any, Any], bool]] = {
        "=": lambda a, b: bool(np.isclose(a, b)), "!=": lambda a, b: not np.isclose(a, b), "<": lambda a, b: a < b,
        ">": lambda a, b: a > b, "<=": lambda a, b: a <= b, ">=": lambda a, b: a >= b}
    if any(sign not in tests for sign in signs):
        raise Unreadable(signs[0], "a condition of this kind")
    return all(tests[sign](a, b) for sign, a, b in zip(signs, values, values[1:], strict=False))


@operation("sum")
def _sum(at: Instance, node: Node) -> Value:
    runs, body = cast("tuple[tuple[Node, ...], Node]", node.parts)
    total: Value = None
    for here in _over(at, runs):
        value = computed(here, body)
        at.scale = max(at.scale, size(value))
        if total is not None and _shape(total) != _shape(value):
            raise WrongShape("\\sum", f"terms of {_said(_shape(total))} and {_said(_shape(value))}")
        total = value if total is None else total + value
    return 0 if total is None else total


@operation("prod")
def _prod(at: Instance, node: Node) -> Value:
    runs, body = cast("tuple[tuple[Node, ...], Node]", node.parts)
    result: Value = 1
    for here in _over(at, runs):
        result = _times_value(result, computed(here, body))
    return result


def _extreme(name: str, choose: Callable[[list[float]], float]) -> None:
    @operation(name)
    def over(at: Instance, node: Node) -> Value:
        runs, body = cast("tuple[tuple[Node, ...], Node]", node.parts)
        values = [_real(here.number(body), name) for here in _over(at, runs)]
        if not values:
            raise WrongShape(f"\\{name}", "nothing to choose from")
        return choose(values)

    @operation("list" + name)
    def of(at: Instance, node: Node) -> Value:
        return choose([_real(at.number(cast("Node", part)), name) for part in node.parts])


_extreme("max", max)
_extreme("min", min)


def _real(value: Value, name: str) -> float:
    if np.iscomplexobj(value):
        raise WrongShape(name, "a complex number is not compared")
    return float(value)


@operation("indicator")
def _indicator(at: Instance, node: Node) -> Value:
    return int(holds(at, cast("Node", node.parts[0])))


# Laws.


@operation("law")
def _law(at: Instance, node: Node) -> Value:
    owner, parts = cast("tuple[Node, tuple[Node, ...]]", node.parts)
    key = cast("Pieces", owner.parts[0])
    law = at.bound(key)
    if not isinstance(law, Law):
        raise WrongShape(owner.at, "not a law")
    if len(law) > MAX_TERMS:
        raise WrongShape(owner.at, f"more than {MAX_TERMS:,} outcomes")
    taken = _taken(key)
    if taken == "Cov" and len(parts) not in {1, 2} or taken != "Cov" and len(parts) != 1:
        raise Unreadable(owner.at, f"{len(parts)} parts in its brackets")
    names = {at.spell(name): np.asarray(values) for name, values in law.outcomes.items()}
    columns: list[list[Value]] = [[] for _ in parts]
    for k in range(len(law)):
        here = at.holding({name: values[k] for name, values in names.items()})
        for column, part in zip(columns, parts, strict=True):
            if part.op == "relation":
                if taken != "Pr":
                    raise Unreadable(owner.at, "a relation where a value is wanted")
                column.append(int(holds(here, part)))
            elif taken == "Pr":
                raise Unreadable(owner.at, "a probability of what is no relation")
            else:
                column.append(computed(here, part))
        at.learn(here)
    at.coarse = max(at.coarse, law.error)
    arrays = [np.asarray(column) for column in columns]
    means = [_mean(law, array) for array in arrays]
    if taken in {"E", "Pr"}:
        return means[0]
    left, right = arrays[0] - means[0], arrays[-1] - means[-1]
    at.scale = max(at.scale, size(arrays[0]) * size(arrays[-1]))
    if left.ndim == 1 and right.ndim == 1:
        return _mean(law, left * right)
    if taken == "Var" or left.ndim != 3 or right.ndim != 3:
        raise WrongShape(owner.at, "a variance of what is no number")
    return _mean(law, left @ right.transpose(0, 2, 1))


def _mean(law: Law, values: Value) -> Value:
    result = np.tensordot(law.weights, values, axes=1)
    return result.item() if np.ndim(result) == 0 else result


def _taken(key: Pieces) -> str:
    for piece in key:
        word = "".join(p for p in piece if isinstance(p, str)) if isinstance(piece, tuple) else piece
        if word in {"E", "Var", "Cov", "\\Pr", "P"}:
            return {"\\Pr": "Pr", "P": "Pr"}.get(str(word), str(word))
        if piece == "_":
            break
    raise Unreadable(written(key), "a law is bound to a name of an expectation, a variance or a probability")


# Matrices and cases.


@operation("matrix")
def _block(at: Instance, node: Node) -> Value:
    rows = [[computed(at, cell) for cell in cast("tuple[Node, ...]", row)] for row in node.parts]
    heights = [max((_shape(cell)[0] for cell in row if np.ndim(cell)), default=1) for row in rows]
    widths = [max((_shape(row[n])[1] for row in rows if np.ndim(row[n])), default=1) for n in range(len(rows[0]))]
    filled = []
    for row, height in zip(rows, heights, strict=True):
        line = []
        for cell, width in zip(row, widths, strict=True):
            if np.ndim(cell) and _shape(cell) != (height, width):
                raise WrongShape("matrix", f"a block {_said(_shape(cell))} where {height} by {width} fits")
            if not np.ndim(cell) and (height, width) != (1, 1) and cell != 0:
                raise WrongShape("matrix", f"a number where {height} by {width} fits")
            line.append(cell if np.ndim(cell) else np.full((height, width), cell))
        filled.append(line)
    return np.block(filled)


@operation("cases")
def _cases(at: Instance, node: Node) -> Value:
    values = [computed(at, value) for value, condition in cast("tuple[tuple[Node, Node], ...]", node.parts)
              if holds(at, condition)]
    if not values:
        raise WrongShape("cases", "no case applies")
    if any(_shape(value) != _shape(values[0]) or not np.allclose(value, values[0]) for value in values[1:]):
        raise WrongShape("cases", "two cases apply and differ")
    return values[0]


def kind_of(value: Value) -> Kind:
    """Return what reading has to know of a bound value."""
    if isinstance(value, Law):
        return Kind.LAW
    if isinstance(value, range):
        return Kind.INDEX
    if isinstance(value, Indexed):
        return Kind.FAMILY if value.functions else Kind.INDEXED
    if isinstance(value, Depends):
        return value.kind
    if isinstance(value, str):
        return Kind.VARIABLE
    if isinstance(value, Mapping) or np.ndim(cast("Any", value) if not callable(value) else 0) > 0:
        return Kind.INDEXED
    return Kind.FUNCTION if callable(value) else Kind.VALUE
