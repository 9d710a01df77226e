"""Check the Markdown of a document as text: headings that jump, displays and boxes left open, unknown kinds.

What is called by a name that no directive has is shown in a box that says so, instead of being left out.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path

from docutils import nodes
from docutils.frontend import Values, get_default_settings
from docutils.languages import get_language
from docutils.parsers.rst import directives
from docutils.utils import new_document
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata

from ext.checks.findings import report
from ext.checks.options import Options
from ext.edition.annotations.kinds import KINDS, PARTS
from ext.edition.checks import fences
from ext.edition.checks.fences import DOMAIN, called
from ext.edition.checks.lint import Lint
from ext.edition.checks.sourcelint import unclosed_displays
from ext.edition.site.near import hint, near
from ext.site.settings import text

_LEVEL = re.compile(r"^ {0,3}(#{1,6})\s")
#: What follows a display on its last line, as its label would.
_LABEL = re.compile(r"[ \t]*\(([A-Za-z][\w.:-]*)\)[ \t]*(?:\n|$)")
_UNDERLINES = {"=": 1, "-": 2}


def check_source(app: Sphinx, docname: str, source: list[str]) -> None:
    """Report displays that swallow what follows them; the parser accepts them without a word."""
    for line in unclosed_displays(source[0]):
        report(app.env, docname, Lint.MATH_UNCLOSED, "this $$ is never closed", line)
    found = fences.read(source[0])
    for slip in found.slips:
        report(app.env, docname, slip.lint, slip.message, slip.line)
    unknown = [one for one in found.directives if not _known(app.env, one.name)]
    lines = source[0].split("\n") if unknown else []
    for one in unknown:
        message = f"there is no directive {one.name!r}{hint(like_kind(one.name))}; its text is shown in a box"
        report(app.env, docname, Lint.KIND_UNKNOWN, message, one.line)
        lines[one.line - 1] = lines[one.line - 1].replace(f"{{{one.name}}}", f"{{unknown}} {one.name}", 1)
    if unknown:
        source[0] = "\n".join(lines)


def like_kind(name: str) -> list[str]:
    """Return the directives of ours that a name may mean: by their names, in Chinese too, and without the domain."""
    ours = {kind.name: called(kind.name) for kind in KINDS.values()} | {kind.zh: called(kind.name)
                                                                        for kind in KINDS.values()}
    ours |= {part: called(part) for part in PARTS}
    return list(dict.fromkeys(ours[one] for one in near(re.split("[:：]", name)[-1], ours)))


def _known(env: BuildEnvironment, name: str) -> bool:
    """Tell whether some directive has this name; none is run."""
    domain, mark, own = name.lower().rpartition(":")
    if mark:
        return domain in env.domains and env.domains[domain].directive(own) is not None
    if name == "eval-rst" or env.domains.standard_domain.directive(own) is not None:
        return True
    found, _ = directives.directive(own, get_language("en"), new_document("", _settings()))
    return found is not None


@functools.cache  # docutils asks for them as if they were typed in a terminal, a twentieth of a small build
def _settings() -> Values:
    return get_default_settings()


class Unknown(SphinxDirective):
    """Show what was written under a name that no directive has, in a box that says so.

    The build itself puts it in the place of that name. The content is read as Markdown, unless it may be code: within
    backticks, under a name that resembles none of ours.
    """

    has_content = True
    required_arguments = 1
    final_argument_whitespace = True
    option_spec = Options()

    def run(self) -> list[nodes.Node]:
        """Return the box."""
        name, _, title = self.arguments[0].partition(" ")
        head = text(self.config, f"没有 {name} 这种写法", f"There is nothing called {name}")
        box = nodes.admonition("", nodes.title("", f"{head}：{title}" if title else head), classes=["error"])
        # An annotation of an unknown kind is none of the original either.
        box["added"] = name.startswith(DOMAIN)
        self.set_source_info(box)
        options = [f":{key}: {value or ''}" for key, value in self.options.items()]
        if options:
            box += nodes.literal_block("", "\n".join(options), language="text")
        if self.block_text.lstrip().startswith(":") or like_kind(name):
            box += self.parse_content_to_nodes()
        else:
            box += nodes.literal_block("", "\n".join(self.content), language="text")
        return [box]


def check_headings(app: Sphinx, doctree: nodes.document) -> None:
    """Report sections that lie more than one level below the section around them.

    Sections know their place but not the level that was written, so the level is read off the line they came
    from; a section whose line is no heading (it was included from another file) is passed over.
    """
    lines = Path(app.env.doc2path(app.env.current_document.docname)).read_text("utf-8").split("\n")
    levels: dict[nodes.Element, int] = {}
    for section in doctree.findall(nodes.section):
        level = levels[section] = _level(lines, section.line)
        above = levels.get(section.parent, 0)
        if level and above and level > above + 1:
            message = f"a heading of level {level} follows one of level {above}"
            report(app.env, app.env.current_document.docname, Lint.HEADING_JUMP, message, section)


def check_labels(app: Sphinx, doctree: nodes.document) -> None:
    """Report labels behind displays that stand inside a paragraph: there they are text, and name nothing."""
    for node in doctree.findall(nodes.math_block):
        after = node.next_node(descend=False, siblings=True)
        if isinstance(after, nodes.Text) and (label := _LABEL.match(after.astext())):
            message = f"the label ({label[1]}) is text: this display stands inside a paragraph"
            report(app.env, app.env.current_document.docname, Lint.LABEL_LOST, message, node)


def _level(lines: list[str], number: int | None) -> int:
    """Return the level of the heading on a line counted from 1, or 0 when there is none."""
    if not number or number > len(lines):
        return 0
    if match := _LEVEL.match(lines[number - 1]):
        return len(match[1])
    underline = lines[number].strip() if number < len(lines) else ""
    return _UNDERLINES.get(underline[0], 0) if underline and len(set(underline)) == 1 else 0


def own_warning(app: Sphinx, config: Config) -> None:
    """Silence the parser's warning about what is reported here as a finding: imported posts have it often."""
    config.suppress_warnings = [*config.suppress_warnings, "myst.header"]


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the checks."""
    app.setup_extension("ext.checks.findings")
    app.add_directive("unknown", Unknown)
    app.connect("config-inited", own_warning)
    app.connect("source-read", check_source)
    app.connect("doctree-read", check_headings)
    app.connect("doctree-read", check_labels, priority=100)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
