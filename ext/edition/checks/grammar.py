r"""Read the pieces of a formula by a closed grammar: a tree, or an Unreadable with the place.

The grammar never guesses. What a reader of the page could take in two ways (``a/bc``, ``\\log x y``, the norm of a
matrix without its index, ``\\prod_i a_i b``) is unreadable; what a symbol is (a function, something with indices, a
plain value) is asked of the bindings and of nothing else. A bound name is matched before anything else, the longest
first, so that any exact piece of TeX can be bound as one value.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from ext.edition.checks.outcomes import Unbound, Unreadable
from ext.edition.checks.pieces import DECORATING, Pieces, written
from ext.edition.checks.stream import Stream
from ext.edition.checks.tree import CLOSERS, DIGITS, FUNCTIONS, RELATIONS, RUNNING, Kind, Node, occurs

_POWERS = frozenset({"log", "ln", "sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh"})
_BIG = {"\\sum": "sum", "\\prod": "prod"}
_ARGUMENTS = frozenset({("\\nabla",), ("\\int",)})
"""Names whose value a construct asks for; by themselves they are no values."""
_NO_SYMBOLS = frozenset({
    "", "_", "^", "'", "+", "-", ")", "]", "\\}", "&", "\\\\", "\\begin", "\\end", "\\int", "\\lim", "\\pm", "\\mp",
    "\\overset", "\\underset", "\\stackrel", "/", "!", ",", ";", ".", ":", "\\otimes", "\\oplus", "\\circ", "*",
    "\\star", "\\bullet", "\\cup", "\\cap", "\\Downarrow", "\\Updownarrow", "\\newcommand", "\\renewcommand", "\\def",
    "\\dots", "\\vdots", "\\ddots", "\\bmod", "\\pmod", "\\mod", "\\mathbin", "\\mathrel", "\\middle", "\\over",
    "\\choose", "\\atop", "\\rm", "\\bf", "\\it",
})
_SEPARATORS = frozenset({",", ";", "\\|", "\\mid", "|"})
_E: Pieces = ("\\mathrm", "e")
_I: Pieces = ("\\mathrm", "i")


@dataclass(slots=True)
class Reader(Stream):
    """Read one expression; every method begins at ``at`` and leaves it after what it read."""

    def whole(self) -> Node:
        """Read everything as one expression."""
        node = self.expression()
        if self.at < len(self.pieces):
            raise self.no("not read to its end")
        return node

    # Sums and products.

    def expression(self) -> Node:
        """Read terms with their signs."""
        self.open()
        terms: list[Node] = []
        sign = 1
        if self.here() in {"+", "-"}:
            sign = -1 if self.here() == "-" else 1
            self.at += 1
        while True:
            term = self.term()
            terms.append(Node("neg", (term,)) if sign < 0 else term)
            if self.here() not in {"+", "-"}:
                break
            sign = -1 if self.here() == "-" else 1
            self.at += 1
        for n, before in enumerate(terms):
            if (keys := _runs_on(before)) and any(occurs(after, keys) for after in terms[n + 1 :]):
                raise self.no("the term behind a sum has its index: put brackets around what it goes over")
        return terms[0] if len(terms) == 1 else Node("add", tuple(terms))

    def term(self) -> Node:
        """Read factors that touch or are multiplied by a sign; one division by a single factor."""
        factors = [self.factor()]
        divided = False
        while True:
            self.open()
            here = self.here()
            if here == "/":
                if divided:
                    raise self.no("two divisions by / can be read in two ways")
                self.at += 1
                if self.here() in _BIG or self.here() in {"\\int", "+", "-"}:
                    raise self.no("what stands after / can be read in two ways")
                factors = [Node("div", (_product(factors), self.factor()))]
                divided = True
                continue
            signed = here in {"\\cdot", "\\times", "\\odot"}
            if not signed and self.ended():
                return _product(factors)
            if divided:
                raise self.no("a factor after a division by / can be read in two ways")
            if here in DIGITS:
                raise self.no("a number after a factor can be read in two ways")
            self.at += signed
            if here == "\\odot":
                if len(factors) > 1:
                    raise self.no("a product with \\odot can be read in two ways")
                factors = [Node("hadamard", (factors[0], self.factor()))]
                if not self.ended():
                    raise self.no("a product with \\odot can be read in two ways")
                continue
            factors.append(Node("times", (self.factor(),)) if here == "\\times" else self.factor())

    # Factors.

    def factor(self) -> Node:
        """Read a base with its scripts, primes, arguments and factorials."""
        self.open()
        node, kind, key = self.base()
        return self.scripts(node, kind, key)

    def scripts(self, node: Node, kind: Kind, key: Pieces | None) -> Node:
        """Read what follows a base."""
        while True:
            here = self.here()
            if here == "_":
                node, kind = self.subscript(node, kind, key)
                key = None
            elif here == "'":
                if kind != Kind.FUNCTION:  # a name with its prime can be bound whole
                    raise Unbound(written(key or ()) + "'", "a prime on what is not bound to a function")
                order = 0
                while self.take("'"):
                    order += 1
                node = Node("prime", (node, order))
            elif here == "^":
                if kind == Kind.FUNCTION:
                    raise self.no("a power of a function without its argument")
                self.at += 1
                node = self.power(node)
                if self.here() in {"^", "_", "'"}:
                    raise self.no("two scripts on one thing")
                kind, key = Kind.VALUE, None
            elif here == "!":
                self.at += 1
                if self.here() == "!":
                    raise self.no("a double factorial, or a factorial twice")
                node = Node("factorial", (node,))
                kind, key = Kind.VALUE, None
            elif kind == Kind.FUNCTION:
                return self.scripts(self.call(node), Kind.VALUE, None)
            else:
                return node

    def subscript(self, node: Node, kind: Kind, key: Pieces | None) -> tuple[Node, Kind]:
        """Read an index into a value that has indices."""
        name = written((*(key or ("(…)",)), "_", self.here(1)))
        if kind not in {Kind.INDEXED, Kind.FAMILY} and not (kind == Kind.VALUE and node.op == "bracket"):
            raise Unbound(name, "no value")
        self.at += 1
        reader = self.inner(self.group())
        indices = [reader.index()]
        touching = False
        while reader.at < len(reader.pieces):
            touching |= not reader.take(",")
            indices.append(reader.index())
        if touching and not all(one.op == "number" or (one.op == "name" and one.parts[0] in self.names.running)
                                for one in indices):
            raise self.no("indices that touch: one name, a product, or several that run")
        return Node("index", (node, tuple(indices)), name), Kind.FUNCTION if kind == Kind.FAMILY else Kind.VALUE

    def index(self) -> Node:
        """Read one index: letters that touch are two indices, since a product is no index."""
        terms: list[Node] = []
        sign = 1
        if self.here() in {"+", "-"}:
            sign = -1 if self.here() == "-" else 1
            self.at += 1
        while True:
            factor = self.factor()
            if factor.op == "number" and self.here() not in {"", ",", "+", "-"}:  # 2k+1
                factor = Node("mul", (factor, self.factor()))
            terms.append(Node("neg", (factor,)) if sign < 0 else factor)
            if self.here() not in {"+", "-"}:
                return terms[0] if len(terms) == 1 else Node("add", tuple(terms))
            sign = -1 if self.here() == "-" else 1
            self.at += 1

    def power(self, node: Node) -> Node:
        """Read an exponent."""
        group = self.group()
        if group == "\\top" or (group == "T" and self.names.match(("T",), 0) is None):
            return Node("transpose", (node,))
        if group in {"*", "+", "\\dagger", "\\perp", "\\circ"} or (isinstance(group, tuple) and group[:1] == ("(",)):
            raise Unbound(written((node.at or "(…)", "^", group)), "an exponent that is a name: bind the whole")
        reader = self.inner(group)
        if isinstance(group, tuple) and group[-1:] == ("\\top",) and len(group) > 1:
            raise self.no("an exponent with a transpose in it")
        return Node("power", (node, reader.whole()))

    def base(self) -> tuple[Node, Kind, Pieces | None]:
        """Read what scripts can stand on."""
        here = self.here()
        key = self.names.match(self.pieces, self.at)
        if key is not None and key not in _ARGUMENTS:
            return self.bound(key)
        if here in DIGITS or (here == "." and self.here(1) in DIGITS):
            return self.number(), Kind.VALUE, None
        if isinstance(here, tuple):
            inner = self.inner(here)
            node = inner.factor()
            if inner.at < len(inner.pieces) or node.op in {"power", "transpose", "factorial", "prime"}:
                raise self.no("a script on what is held together by braces that no reader sees")
            self.at += 1
            return node, Kind.VALUE, None
        if here in CLOSERS:
            return self.bracket(), Kind.VALUE, None
        for pieces, function in FUNCTIONS.items():
            if self.starts(*pieces):
                self.at += len(pieces)
                return self.function(function), Kind.VALUE, None
        if self.starts(*_E):
            self.at += 2
            return Node("e"), Kind.VALUE, None
        if self.starts(*_I):
            self.at += 2
            return Node("i"), Kind.VALUE, None
        if here in _CONSTRUCTS:
            self.at += 1
            return _CONSTRUCTS[str(here)](self), Kind.VALUE, None
        raise self.unbound()

    def unbound(self) -> Unbound | Unreadable:
        """Return the refusal of a symbol without a value, or of what is no symbol."""
        start = self.at
        while self.here() in DECORATING:
            self.at += 1
        here = self.here()
        if here in _NO_SYMBOLS or here in RELATIONS:
            self.at = start
            return self.no("not a term")
        self.at += 1
        while self.here() in {"_", "^", "'"}:
            self.at += 1 if self.here() == "'" else 2
        token = written(self.pieces[start : self.at])
        self.at = start
        return Unbound(token, "no value")

    def bound(self, key: Pieces) -> tuple[Node, Kind, Pieces | None]:
        """Read a bound name."""
        kind = self.names.kinds[key]
        if len(key) == 1 and (word := self.word()):
            raise self.no(f"letters that spell {word}")
        self.at += len(key)
        node = Node("name", (key,), written(key))
        if kind == Kind.LAW:
            return self.expectation(node), Kind.VALUE, None
        if kind == Kind.FUNCTION and key[0] in DECORATING and len(key) == 1:  # \overline bound to a function
            argument = self.inner(self.group()).whole()
            return Node("call", (node, (argument,))), Kind.VALUE, None
        return node, Kind.VALUE if kind == Kind.INDEX else kind, key

    def number(self) -> Node:
        """Read digits with at most one point."""
        text = ""
        while self.here() in DIGITS or (self.here() == "." and "." not in text and self.here(1) in DIGITS):
            text += str(self.here())
            self.at += 1
        if self.here() == "." and self.here(1) in DIGITS:
            raise self.no("a number with two points")
        if self.here() == "," and self.here(1) in DIGITS and self.pieces[self.at + 1 : self.at + 4] and all(
                piece in DIGITS for piece in self.pieces[self.at + 1 : self.at + 4]):
            raise self.no("a comma between digits can be read in two ways")
        return Node("number", (text,))

    def bracket(self) -> Node:
        """Read what stands in brackets."""
        opened = str(self.here())
        self.at += 1
        with self.outside():
            node = self.expression()
        self.expect(CLOSERS[opened])
        return Node("bracket", (node,))

    # Functions.

    def function(self, name: str) -> Node:
        """Read a known function: its power, its base, its one argument."""
        power: Node | None = None
        base: Node | None = None
        if self.here() == "_":
            if name != "log":
                raise self.no(f"an index on {name}")
            self.at += 1
            base = self.inner(self.group()).whole()
        if self.here() == "^":
            self.at += 1
            group = self.group()
            digits = group if isinstance(group, tuple) else (group,)
            if name not in _POWERS or not all(d in DIGITS for d in digits):
                raise self.no(f"a power of {name} that can be read in two ways")
            power = Node("number", ("".join(map(str, digits)),))
        node = Node("function", (name, self.argument()))
        if base is not None:
            node = Node("div", (node, Node("function", (name, base))))
        return Node("power", (node, power)) if power is not None else node

    def argument(self) -> Node:
        """Read the argument of a function: brackets, or a single factor that nothing else touches."""
        if self.here() in CLOSERS and self.names.match(self.pieces, self.at) is None:
            node = self.bracket()
            if self.here() in {"^", "_", "'", "!"}:
                raise self.no("a script after a function's brackets can be read in two ways")
            return node
        if self.here() in {"+", "-"}:
            raise self.no("a sign where a function's argument should be")
        if self.here() in _BIG:
            return self.term()
        node = self.factor()
        if not self.ended() and self.here() not in {"\\cdot", "\\times", "/"} and not any(
                self.starts(*pieces) for pieces in FUNCTIONS):
            raise self.no("more than one factor after a function without brackets")
        if self.here() == "/":
            raise self.no("a division after a function without brackets can be read in two ways")
        return node

    def call(self, node: Node) -> Node:
        """Read the arguments of a bound function; without brackets it takes a single factor, or is meant itself."""
        opened = self.here()
        if opened not in CLOSERS:
            return node if self.ended() else Node("call", (node, (self.argument(),)), node.at)
        self.at += 1
        with self.outside("any"):
            arguments = [self.expression()]
            bars = 0
            while self.here() in _SEPARATORS:
                bars += self.here() in {"|", "\\|"}
                self.at += 1
                arguments.append(self.expression())
            if bars > 1:
                raise self.no("several bars between the arguments of a function")
        self.expect(CLOSERS[str(opened)])
        return Node("call", (node, tuple(arguments)), node.at)

    def expectation(self, node: Node) -> Node:
        """Read what a law is taken over: brackets with one or two parts, or a single factor."""
        if self.here() not in CLOSERS:
            return Node("law", (node, (self.argument(),)))
        opened = str(self.here())
        self.at += 1
        with self.outside("any"):
            parts = [self.relation()]
            while self.take(","):
                parts.append(self.expression())
        self.expect(CLOSERS[opened])
        return Node("law", (node, tuple(parts)))

    def relation(self) -> Node:
        """Read an expression, or a chain of relations that is true or false."""
        sides = [self.expression()]
        signs: list[str] = []
        while self.here() in RELATIONS:
            signs.append(RELATIONS[str(self.here())])
            self.at += 1
            sides.append(self.expression())
        return Node("relation", (tuple(sides), tuple(signs))) if signs else sides[0]


def _runs_on(node: Node) -> frozenset[object]:
    """Return the running indices of a sum that a term ends with: what comes behind may be meant to be in it."""
    if node.op in {"neg", "mul"}:
        return _runs_on(cast("Node", node.parts[-1]))
    if node.op not in RUNNING:
        return frozenset()
    runs, body = cast("tuple[tuple[Node, ...], Node]", node.parts)
    return frozenset(run.parts[0] for run in runs if run.parts[0] is not None) | _runs_on(body)


def _product(factors: list[Node]) -> Node:
    return factors[0] if len(factors) == 1 else Node("mul", tuple(factors))


Construct = Callable[[Reader], Node]
_CONSTRUCTS: dict[str, Construct] = {}


def construct(*commands: str) -> Callable[[Construct], Construct]:
    """Register what reads a construct, its command already taken."""

    def register(function: Construct) -> Construct:
        _CONSTRUCTS.update(dict.fromkeys(commands, function))
        return function

    return register
