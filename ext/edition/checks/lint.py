"""The closed list of what a build can find wrong with a page, each with its severity and its remedy."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """Say whether a finding stops a strict build or only shows on the audit page."""

    MISTAKE = "mistake"
    """Also a Sphinx warning: the page says something wrong, or its markup cannot be understood."""

    NOTE = "note"
    """Only recorded: unfinished or imported work, which must not stop the build of an edition."""


class Lint(StrEnum):
    """Name the subtype of a ``zhushu`` warning or finding: value, severity, remedy."""

    severity: Severity
    remedy: str

    def __new__(cls, value: str, severity: Severity, remedy: str) -> Lint:
        """Keep the severity and the remedy on the member; the value alone is its identity."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.severity = severity
        member.remedy = remedy
        return member

    # Annotations
    OF_UNDEFINED = "of_undefined", Severity.MISTAKE, "name an equation id or an annotation label in :of:"
    REF_UNDEFINED = "ref_undefined", Severity.MISTAKE, "label the annotation so, or correct the reference"
    LABEL_DOUBLED = "label_doubled", Severity.MISTAKE, "rename one: labels are unique in the edition"
    FULFILS_UNDEFINED = (
        "fulfils_undefined",
        Severity.MISTAKE,
        "correct the key, or add the item to required: of the post's row in catalogue.yaml",
    )
    STRAY_PART = "stray_part", Severity.MISTAKE, "put the part inside the annotation it belongs to"
    THEOREM_WITHOUT_PROOF = (
        "theorem_without_proof",
        Severity.NOTE,
        "add a {prf:proof} right after it, or one elsewhere whose :of: names its label",
    )
    DERIVATION_EMPTY = "derivation_empty", Severity.NOTE, "give the derivation a formula, or a {step} with text"
    ANNOTATION_STALE = (
        "annotation_stale",
        Severity.NOTE,
        "read it against the new original, correct it, and delete its :stale: line (or the class stale)",
    )
    BY_UNKNOWN = "by_unknown", Severity.MISTAKE, "begin with person, assisted or program; a name may follow"
    ERRATUM_INCOMPLETE = (
        "erratum_incomplete",
        Severity.MISTAKE,
        "name one displayed equation of an original in :of:, let the first displayed formula be the corrected one, and "
        "write a day (YYYY-MM-DD), an address or both after :reported: and :disputed:",
    )
    CIRCULAR = (
        "circular",
        Severity.MISTAKE,
        "give one of them a proof that does without the others; what is only mentioned is a plain link to its anchor",
    )
    PANORAMA_PART_MISSING = "panorama_part_missing", Severity.NOTE, "add {across} and {along} to the panorama"

    # Boxes
    FENCE_UNCLOSED = (
        "fence_unclosed",
        Severity.MISTAKE,
        "close it with as many colons on a line of their own",
    )
    FENCE_NESTED = (
        "fence_nested",
        Severity.MISTAKE,
        "give the outer box one colon more than what it holds, where it opens and where it closes",
    )
    FENCE_STRAY = "fence_stray", Severity.MISTAKE, "delete the line, or write what it was to close"
    FENCE_WIDE = "fence_wide", Severity.MISTAKE, "write : { and } with the keyboard set to English"
    KIND_UNKNOWN = (
        "kind_unknown",
        Severity.MISTAKE,
        "correct the name: kinds of annotations are written {prf:…}, and the guide lists them",
    )
    OPTION_UNKNOWN = "option_unknown", Severity.MISTAKE, "correct the name of the option; until then it does nothing"
    OPTION_MISPLACED = (
        "option_misplaced",
        Severity.MISTAKE,
        "put options right under the opening line, with no blank line and no text before them",
    )

    # Text
    FRONTMATTER_BROKEN = (
        "frontmatter_broken",
        Severity.MISTAKE,
        "quote values that contain a colon, a # or a bracket; the page is built without its front matter",
    )
    FRONTMATTER_KEY = (
        "frontmatter_key",
        Severity.MISTAKE,
        "delete it: the guide lists the keys, and a page cannot set options of the parser or the head of its HTML",
    )
    UNKNOWN_DIV = "unknown_div", Severity.NOTE, "run python -m tools import-markdown, or use a directive"
    RAW_HTML = "raw_html", Severity.NOTE, "write it in Markdown: only a few plain HTML tags reach the page"
    HEADING_JUMP = "heading_jump", Severity.NOTE, "go down one heading level at a time"
    MATH_UNCLOSED = "math_unclosed", Severity.MISTAKE, "close the display with $$ on a line of its own"

    LABEL_LOST = (
        "label_lost",
        Severity.MISTAKE,
        "put an empty line before the $$ that opens it: only a display that is a block of its own has a label",
    )
    FIGURE_BROKEN = "figure_broken", Severity.MISTAKE, "correct the name or the options; the guide lists them"

    # Checks
    CHECK_EMPTY = (
        "check_empty",
        Severity.MISTAKE,
        "compare what the check computes with what the page says: check(name, got, want), or :of: and bind(rng)",
    )

    CHECK_BLIND = (
        "check_blind",
        Severity.NOTE,
        "give it an instance that tells them apart: random, of full rank, not symmetric, near to equality",
    )
    FORMULA_QUESTIONED = (
        "formula_questioned",
        Severity.NOTE,
        "a question and no verdict: read the formula at its source and the binding against each other, and say in a "
        "remark which of them is right",
    )

    # Sources
    SOURCE_UNREAD = (
        "source_unread",
        Severity.MISTAKE,
        "mend or remove the file; every other page is built",
    )
    SOURCE_OUTSIDE = (
        "source_outside",
        Severity.MISTAKE,
        "copy the file into the source folder, and name it there",
    )

    # Pictures
    PICTURE_REFUSED = (
        "picture_refused",
        Severity.MISTAKE,
        "give it as PNG, JPEG, GIF, WebP or plain SVG",
    )
    PICTURE_MISSING = "picture_missing", Severity.MISTAKE, "put the file there, or correct the path"
    PICTURE_CHANGED = "picture_changed", Severity.NOTE, "it is drawn without these; save it as plain SVG"

    # The original
    ORIGINAL_CHANGED = (
        "original_changed",
        Severity.MISTAKE,
        "run python -m tools restore on the post: it puts the original back and keeps every annotation",
    )

    ORIGINAL_EDITED = (
        "original_edited",
        Severity.MISTAKE,
        "put the original back from the history, or accept it as it is: python -m tools restore --record on the post",
    )

    # Works
    CITATION_UNDEFINED = (
        "citation_undefined",
        Severity.MISTAKE,
        "correct the key, add the entry to a .bib file beside index.md, or give a page a {bibliography}",
    )

    # Formulas
    EQUATION_UNDEFINED = "equation_undefined", Severity.MISTAKE, "label the equation so, or correct the reference"
    EQUATION_DOUBLED = "equation_doubled", Severity.MISTAKE, "rename one: labels are unique in a document"
    MATH_UNSET = (
        "math_unset",
        Severity.MISTAKE,
        "correct the TeX, or define the command in the table [math.macros] of edition.toml",
    )
    NOTATION_BROKEN = (
        "notation_broken",
        Severity.MISTAKE,
        "write notation: as a list whose items have a symbol: in TeX and a meaning:, each symbol once",
    )
    NOTATION_UNUSED = (
        "notation_unused",
        Severity.MISTAKE,
        "write the symbol as the formulas show it, with its index and its accent, or delete the item",
    )
    BOOK_UNSET = (
        "book_unset",
        Severity.NOTE,
        "look at the page in the PDF; correct the source, or install the font it lacks (fonts-noto-cjk)",
    )


@dataclass(frozen=True, slots=True)
class Finding:
    """Hold one finding: where in its document (``None``: unknown), which lint, and what exactly."""

    line: int | None
    subtype: Lint
    message: str
