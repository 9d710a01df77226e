"""Name the kinds of values that the options of several figures have, with their bounds."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

#: The seed of the random numbers.
Seed = Annotated[int, Meta(ge=0, le=4_294_967_295)]
#: How many samples are drawn.
Samples = Annotated[int, Meta(ge=10, le=5000)]
#: Rows of a random matrix.
Size = Annotated[int, Meta(ge=10, le=120)]
#: Columns of a random matrix, as a share of its rows.
Ratio = Annotated[float, Meta(ge=0.1, le=1)]
#: One entry of a given matrix.
Entry = Annotated[float, Meta(ge=-1e6, le=1e6)]
#: A given matrix, row by row.
Rows = Annotated[tuple[Annotated[tuple[Entry, ...], Meta(min_length=1, max_length=12)], ...],
                 Meta(min_length=1, max_length=12)]
#: Steps of an optimiser.
Steps = Annotated[int, Meta(ge=1, le=2000)]
Rate = Annotated[float, Meta(gt=0, le=10)]
Momentum = Annotated[float, Meta(ge=0, le=0.99)]
