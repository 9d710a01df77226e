"""Math-true conversion of pages to MyST: pure functions, no network, no Sphinx."""

from __future__ import annotations

from tools.convert.api import convert
from tools.convert.receipt import Counts, Finding, Receipt
from tools.convert.records import Conversion, Image, Profile

__all__ = ["Conversion", "Counts", "Finding", "Image", "Profile", "Receipt", "convert"]
