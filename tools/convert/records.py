"""The records of a conversion: how a site is built, and what became of a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tools.convert.generators import Generator
from tools.convert.receipt import Receipt


@dataclass(frozen=True, slots=True)
class Profile:
    """How the pages of one site are built; every selector is CSS, and without one the converter looks for itself."""

    content: str | None = None
    title: str | None = None
    date: str | None = None
    tags: str | None = None
    author: str | None = None
    drop: tuple[str, ...] = ()
    generators: tuple[Generator, ...] = ()  # asked before the table of generators
    footer: tuple[str, ...] = ()  # regular expressions; the first block that matches one ends the post
    dollars: bool | None = None  # whether $...$ is math; None: as the page's own settings say
    language: str = "zh_CN"  # of what stands for things that the page gives without a name
    share: float = 0.5  # of the page's formulas and prose; a post that holds less is doubtful
    reconstruct: bool = False  # derive TeX from MathML that carries none; it is then not the author's


@dataclass(frozen=True, slots=True)
class Image:
    """A picture of the post: its absolute address, its alternative text, and the local path if there is one."""

    url: str
    alt: str
    path: str | None


@dataclass(frozen=True, slots=True)
class Conversion:
    """A page as MyST, with what is known about it.

    ``markdown`` is the original without front matter and without its title; ``heading`` is the title as MyST.
    """

    markdown: str
    title: str
    heading: str
    date: str | None
    author: str | None
    tags: tuple[str, ...]
    canonical: str | None
    images: tuple[Image, ...]
    links: tuple[str, ...]
    receipt: Receipt
    truncated: bool


ImagePaths = Mapping[str, str]
