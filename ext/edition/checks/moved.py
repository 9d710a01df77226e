r"""Move the values of an instance, each by itself: what still has the value of the original there says the same.

The values no longer fit together, so that nothing but an identity in the symbols survives: ``\\operatorname{tr}(AB)``
and ``\\operatorname{tr}(BA)``, the letters of two sums over the same range. Source: identity testing by random values
(Schwartz 1980, Zippel 1979).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ext.edition.checks.values import Depends, Indexed, Law, Value

_BY = 0.3
"""How far, relative to each number; a zero by itself."""


class Mover:
    """Move values with a generator of its own; ``constant`` says that a function gave the same whatever it was given.

    Of such a function nothing can be shown by its values. Whole numbers may count what is there, so that they can stay;
    ``counts`` says that some were moved, each by one.
    """

    def __init__(self, seed: int, *, counts: bool = False) -> None:
        self._rng = np.random.default_rng([7, seed])
        self._moves_counts = counts
        self._phase = float(self._rng.uniform(1, 2))
        self.constant = False
        self.counts = False

    def instance(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return an instance with every number in it moved."""
        return {name: self._count(int(value)) if isinstance(value, (int, np.integer)) else self._value(value)
                for name, value in values.items()}

    def _count(self, value: int) -> int:
        if not self._moves_counts:
            return value
        self.counts = True
        return value + int(self._rng.choice([-1, 1]))

    def _value(self, value: Value) -> Value:
        if isinstance(value, Mapping):
            return {key: self._value(one) for key, one in value.items()}
        if isinstance(value, Law):
            return replace(value, outcomes={key: self._number(one) for key, one in value.outcomes.items()},
                           weights=np.abs(self._number(value.weights)))
        if isinstance(value, Indexed):
            return replace(value, at=self._watched(value.at))
        if isinstance(value, Depends):
            return Depends(lambda the: self._bent(value.of(the)), value.kind)
        if isinstance(value, (range, str)):
            return value
        return self._watched(value) if callable(value) else self._number(value)

    def _number(self, value: Value) -> Value:
        array = np.asarray(value)
        if array.dtype.kind not in "fc":
            return value
        by = _BY * self._rng.standard_normal(array.shape)
        moved = np.where(array == 0, by, array * (1 + by))
        return moved if array.ndim else moved.item()

    def _bent(self, value: Value) -> Value:
        """Return what follows from other symbols as another function of them, the same each time."""
        array = np.asarray(value)
        if callable(value) or array.dtype.kind not in "fc":
            return self._watched(value) if callable(value) else value
        moved = array + _BY * (np.abs(array) + 0.1) * np.sin(5 * np.abs(array) + self._phase)
        return moved if array.ndim else moved.item()

    def _watched(self, function: Callable[..., Value]) -> Callable[..., Value]:
        """Return a function that is asked at moved arguments too, each time it is asked."""
        def asked(*arguments: Value) -> Value:
            result = function(*arguments)
            if callable(result):
                return self._watched(result)
            moved = [self._elsewhere(one) for one in arguments]
            try:
                other = function(*moved)
            except Exception:
                return result  # asked where it is not defined: that shows nothing
            if np.shape(other) == np.shape(result) and np.array_equal(other, result):
                self.constant = True
            return result

        return asked

    def _elsewhere(self, value: Value) -> Value:
        array = np.asarray(value)
        if array.dtype.kind in "iu":
            return value + 1
        if array.dtype.kind not in "fc":
            return value
        return self._rng.permutation(np.ravel(self._number(value))).reshape(array.shape) + self._rng.standard_normal(
            array.shape) if array.ndim else self._number(value)
