r"""Set the chosen posts as a PDF: Sphinx's LaTeX, XeTeX with xeCJK, and what a book needs beside them.

A formula that LaTeX refuses is found by the line of its message, shown as its source, and named; whatever else goes
wrong is named too, and the book is set to its end.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx import addnodes
from sphinx.builders.latex import LaTeXBuilder
from sphinx.errors import SphinxError
from sphinx.util import logging
from sphinx.util.docutils import new_document

from ext.edition.checks.lint import Lint
from ext.edition.posts.measures import PostRecord
from ext.edition.posts.volume import Part
from ext.edition.site.colours import WEB
from ext.edition.site.errors import EditionError
from ext.posts.measure import records
from ext.site.book import context, origin, volume
from ext.site.settings import edition, text

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config
    from sphinx.writers.latex import LaTeXTranslator

logger = logging.getLogger(__name__)

ENGINE, PACKAGES = "xelatex", "texlive-xetex texlive-lang-chinese"
#: How often LaTeX is asked at most, to find what it refuses and to settle the numbers of pages, and for how long.
ROUNDS, SECONDS = 12, 3600
_ERROR = re.compile(r"^[^\n:]{0,200}\.tex:(\d+): ([^\n]*)", re.M)
_PIECE = re.compile(r"%@(\d+)$", re.M)
_MISSING = re.compile(r"^Missing character: There is no (\S+)", re.M)
_UNSET = str(Lint.BOOK_UNSET)
#: An address in the edition that is not bound into this volume.
_OUTSIDE = "outside:"

#: Serif for the text, a black face for what is bold; whichever the machine has, and one that comes with LaTeX.
_FONTS = r"""
\IfFontExistsTF{Noto Serif CJK SC}{\setCJKmainfont[ItalicFont=Noto Serif CJK SC]{Noto Serif CJK SC}%
  \setCJKsansfont{Noto Sans CJK SC}\setCJKmonofont{Noto Sans CJK SC}}%
 {\setCJKmainfont[BoldFont=FandolSong-Bold.otf,ItalicFont=FandolKai-Regular.otf]{FandolSong-Regular.otf}%
  \setCJKsansfont[BoldFont=FandolHei-Bold.otf]{FandolHei-Regular.otf}\setCJKmonofont{FandolFang-Regular.otf}}
\xeCJKsetup{CJKmath=true,AutoFallBack=true}
\xeCJKDeclareCharClass{CJK}{"0370->"03FF,"1D2C->"1D6A,"2070->"209F,"2190->"23FF,"2500->"27EF,"2B00->"2BFF,"1F300->"1FAFF}
\IfFontExistsTF{DejaVu Sans}{\setCJKfallbackfamilyfont{\CJKrmdefault}{DejaVu Sans}}{}
\catcode"FE0F=9
\AtBeginDocument{\renewcommand\partname{部}\renewcommand\chaptername{篇}\renewcommand\contentsname{目录}%
  \renewcommand\figurename{图}\renewcommand\tablename{表}}
"""
_PREAMBLE = r"""
\usepackage{bm,cancel,amscd}
\providecommand\coloneqq{\mathrel{:=}}\providecommand\eqqcolon{\mathrel{=:}}
\providecommand\mathclap[1]{\hbox to 0pt{\hss$#1$\hss}}
\allowdisplaybreaks
\setcounter{tocdepth}{0}
\emergencystretch=3em
"""
#: What an annotation looks like: a rule at its left, as wide as its family wants; the original has none.
_RULES = {"note": 1, "hint": 2, "important": 3, "tip": 4.5}
_BOXES = ",".join(
    f"div.{name}_border-width=0pt,div.{name}_border-left-width={width}pt,div.{name}_border-radius=0pt,"
    f"div.{name}_box-shadow=none,div.{name}_padding-left=9pt,div.{name}_border-TeXcolor={{gray}}{{0}},"
    f"div.{name}_background-TeXcolor={{gray}}{{1}},div.{name}_title-background-TeXcolor={{gray}}{{1}}"
    for name, width in _RULES.items())


class page_number(nodes.Inline, nodes.Element):
    """Say on which page what is linked to stands; ``label`` is its document and anchor."""


def visit_page_number(self: LaTeXTranslator, node: page_number) -> None:
    """Have LaTeX look the number up."""
    number = rf"\pageref{{{self.idescape(node['label'])}}}"
    self.body.append(text(self.config, f"（第~{number}~页）", f" (p.~{number})"))
    raise nodes.SkipNode


class PdfBuilder(LaTeXBuilder):
    """Write one LaTeX file for the volume, and set it."""

    name = "pdf"
    epilog = "The PDF is in %(outdir)s."

    def init(self) -> None:
        """Look for LaTeX before anything is read."""
        if shutil.which(ENGINE) is None:
            raise SphinxError(str(EditionError(
                f"there is no {ENGINE}, which sets the PDF",
                remedy=f"install it: apt-get install {PACKAGES} (or TeX Live's own installer); "
                       "make epub needs no LaTeX")))
        super().init()
        #: Every formula as it is written, what is written instead should LaTeX refuse it, and where it is from.
        self.pieces: list[tuple[str, str, nodes.Element]] = []

    def init_document_data(self) -> None:
        """Bind one document."""
        bound = volume(self._app)
        self.titles = []
        self.config.latex_toplevel_sectioning = "part" if bound.parts[0].title else "chapter"
        author = self.config.author.replace("&", "\\&")
        self.document_data = [(self.config.root_doc, f"{bound.name}.tex", bound.title, author, "manual", False)]

    def get_target_uri(self, docname: str, typ: str | None = None) -> str:
        """Return where a link to a document leads: into the volume, to the site, or nowhere."""
        if docname in volume(self._app).docnames:
            return f"%{docname}"
        site = edition(self.config).edition.url.rstrip("/")
        return f"{site}/{docname}.html" if site else f"{_OUTSIDE}{docname}"

    def assemble_doctree(self, indexfile: str, toctree_only: bool, appendices: list[str]) -> nodes.document:
        """Put the posts into their parts, and resolve them together."""
        bound = volume(self._app)
        tree = new_document("<book>")
        tree["docname"] = indexfile
        book = nodes.section("", nodes.title("", bound.title))
        book += nodes.paragraph("", context(self._app)["noted"])
        tree += book
        for part in bound.parts:
            book += self._part(part) if part.title else list(self._chapters(part))
        self.docnames = set(bound.docnames)
        self.env.resolve_references(tree, indexfile, self)
        _settle(tree)
        return tree

    def _part(self, part: Part) -> nodes.Element:
        section = nodes.section("", nodes.title("", part.title))
        if part.introduction:
            section += self._document(part.introduction)
        section += list(self._chapters(part))
        return section

    def _chapters(self, part: Part) -> Iterator[nodes.Element]:
        for leaf in part.posts:
            chapter = self._document(leaf.docname)
            title = chapter.next_node(nodes.title)
            if title is not None:
                title.parent.insert(title.parent.index(title) + 1, self._origin(records(self.env)[leaf.docname]))
            yield chapter

    def _origin(self, record: PostRecord) -> nodes.paragraph:
        line = nodes.paragraph("", classes=["book-source"])
        for at, (said, address) in enumerate(origin(self._app, record)):
            line += [nodes.Text(" · ")] if at else []
            line += nodes.reference("", said, refuri=address) if address else nodes.Text(said)
        return line

    def _document(self, docname: str) -> nodes.Element:
        """Return a document as Sphinx's builders of one file have it."""
        opened = addnodes.start_of_file(docname=docname)
        opened += self.env.get_doctree(docname).children
        for section in opened.findall(nodes.section):
            section["docname"] = docname
        return opened

    def finish(self) -> None:
        """Set what was written, with the pictures beside it."""
        super().finish()
        path = self.outdir / f"{volume(self._app).name}.tex"
        source = path.read_text("utf-8")
        refused: set[int] = set()
        pages = ""
        for _ in range(ROUNDS):
            log = self._set(path)
            before, pages = pages, path.with_suffix(".aux").read_text("utf-8", "replace")
            if suspects := sorted(set(_refused(source, log)) - refused):
                found = set(suspects[:1])
                if len(suspects) > 1:
                    found = self._alone(path, source, suspects) or found
                refused |= found
                source = self._without(source, found)
                path.write_text(source, "utf-8")
            elif pages == before:  # what was set refers to the pages on which it stands
                break
        self._report(source, log, refused)

    def _set(self, path: Path) -> str:
        """Ask LaTeX once; it runs no program and reads no file outside its folder and its own."""
        logger.info("setting %s …", path.name)
        command = [ENGINE, "-interaction=nonstopmode", "-file-line-error", "-no-shell-escape", path.name]
        try:
            subprocess.run(command, cwd=path.parent, timeout=SECONDS, check=False, stdin=subprocess.DEVNULL,  # noqa: S603
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                           env={**os.environ, "max_print_line": "1000", "openin_any": "p", "openout_any": "p"})
        except subprocess.TimeoutExpired as error:
            raise SphinxError(str(EditionError(
                f"{ENGINE} did not end within {SECONDS} s", where=path.with_suffix(".log"),
                remedy="see where the log ends, correct that formula, or bind fewer posts"))) from error
        log = path.with_suffix(".log").read_text("utf-8", "replace")
        if not path.with_suffix(".pdf").is_file():
            raise SphinxError(str(EditionError(
                f"{ENGINE} has set nothing: {log.strip()[-300:]}", where=path.with_suffix(".log"),
                remedy=f"see the end of the log; a part of LaTeX may be missing (apt-get install {PACKAGES})")))
        return log

    def _alone(self, path: Path, source: str, suspects: list[int]) -> set[int]:
        """Return those that LaTeX refuses by themselves: one of them can spoil what comes after it."""
        head = source.partition("\\begin{document}")[0]
        body = "\n\n".join(f"%@{at}\n{self.pieces[at][0]}\\par" for at in suspects)
        check = path.with_name("refused.tex")
        check.write_text(f"{head}\\begin{{document}}\n.\n\n{body}\n\\end{{document}}\n", "utf-8")
        return set(_refused(check.read_text("utf-8"), self._set(check))) & set(suspects)

    def _without(self, source: str, refused: set[int]) -> str:
        for at in refused:
            written, instead, node = self.pieces[at]
            source = source.replace(f"%@{at}\n{written}", f"%@{at}\n{instead}", 1)
            shown = " ".join(node.astext().split())[:60]
            logger.warning("LaTeX refuses the formula “%s”; the book shows its source", shown, location=node,
                           type="zhushu", subtype=_UNSET)
        return source

    def _report(self, source: str, log: str, refused: set[int]) -> None:
        lines = source.splitlines()
        for number, message in dict.fromkeys(_ERROR.findall(log)):
            near = lines[int(number) - 1][:80] if int(number) <= len(lines) else ""
            logger.warning("LaTeX complains of “%s”: %s", near, message, type="zhushu", subtype=_UNSET)
        missing = Counter(_MISSING.findall(log))
        if missing:
            signs = " ".join(list(missing)[:20])
            logger.warning("no font has %d characters of the book: %s; install fonts-noto-cjk", len(missing), signs,
                           type="zhushu", subtype=_UNSET)
        logger.info("%d formulas set, %d shown as their source", len(self.pieces) - len(refused), len(refused))


def _refused(source: str, log: str) -> Iterator[int]:
    """Yield which formula LaTeX stumbled over: the last that begins before the line it names."""
    starts = [(source.count("\n", 0, found.end()) + 2, int(found[1])) for found in _PIECE.finditer(source)]
    for number, _ in _ERROR.findall(log):
        if before := [at for line, at in starts if line <= int(number)]:
            yield before[-1]


def _settle(tree: nodes.document) -> None:
    """Say on which page a link into another post leads, and leave out what only another output can show."""
    for raw in list(tree.findall(nodes.raw)):
        raw.parent.remove(raw)  # what a source says in LaTeX of its own is not ours to run
    for link in list(tree.findall(nodes.reference)):
        address = link.get("refuri", "")
        if address.startswith(_OUTSIDE):
            link.parent.replace(link, link.children)  # its words stay; replace_self would ask where its classes go
        elif address.startswith("%"):
            docname, _, anchor = address[1:].partition("#")
            if docname != _document_of(link) and not isinstance(link.parent, nodes.title):
                page = page_number("", label=f"{docname}:{anchor}" if anchor else f"{docname}::doc")
                link.parent.insert(link.parent.index(link) + 1, page)


def _document_of(node: nodes.Node) -> str:
    while node is not None and not isinstance(node, addnodes.start_of_file):
        node = node.parent
    return str(node["docname"]) if node is not None else ""


def configure(app: Sphinx, config: Config) -> None:
    """Set up LaTeX for every builder that writes it; settings of conf.py win."""
    config.latex_engine = ENGINE
    config.latex_use_xindy = False
    chinese = config.language.startswith("zh")
    given = {"fontpkg": "", "fncychap": "", "printindex": "", "makeindex": "", "sphinxsetup": _BOXES,
             "papersize": "a4paper", "classoptions": ",openany,oneside",
             "preamble": (_FONTS if chinese else "") + _PREAMBLE + "".join(
                 rf"\definecolor{{{name}}}{{HTML}}{{{code}}}" for name, code in WEB.items()) + "\n"}
    config.latex_elements = {**given, **config.latex_elements}


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the builder."""
    app.setup_extension("ext.site.book")
    app.add_builder(PdfBuilder)
    app.add_node(page_number, latex=(visit_page_number, None))
    app.connect("config-inited", configure, priority=700)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
