"""Convert pages of HTML into MyST, every formula kept: :func:`tools.convert.convert`."""

from __future__ import annotations

from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ext.edition.site.on_demand import on_demand

if TYPE_CHECKING:
    from tools.convert.api import convert
    from tools.convert.receipt import Counts, Finding, Receipt
    from tools.convert.records import Conversion, Image, Profile

__all__ = ["Conversion", "Counts", "Finding", "Image", "Profile", "Receipt", "convert"]

#: Where each of them is: what is told of a conversion is read without the converter, which is slow to load.
_PLACES = MappingProxyType({"convert": "api", "Counts": "receipt", "Finding": "receipt", "Receipt": "receipt",
                            "Conversion": "records", "Image": "records", "Profile": "records"})

# What markdownify's parser loads for selectors, and to guess at encodings: a third of the time, and neither is used.
on_demand("soupsieve", "chardet")


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
