"""``edition.toml`` as checked, frozen data: everything that differs from one edition to another."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import msgspec

from ext.edition.checks.linear import EXPONENTIAL, slow
from ext.edition.site.errors import EditionError

FILE = "edition.toml"
#: Characters of an address that may be one of a post.
LONGEST_ADDRESS = 2000
#: An address for an editor: no scheme that runs what follows it, and no place but these two.
_EDITOR = re.compile(r"(?!javascript|data|vbscript)[a-z][a-z0-9+.-]*:[^{}]*\{path\}[^{}]*(?:\{line\}[^{}]*)?", re.I)
#: What a pattern repeats with; the upper bound of ``?`` is one.
_REPEAT = frozenset("*+{")


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of ``edition.toml``; an unknown key is an error, because it is a misspelt one."""


class About(Table, frozen=True):
    """Who the edition is: shown on the home page and in the head of every page."""

    #: The title on the home page and in the head of every page.
    title: str
    #: A line under the title on the home page.
    subtitle: str = ""
    #: A sentence for the home page and for search engines.
    description: str = ""
    #: Language of the site's own texts, ``zh_CN`` or ``en``.
    language: Literal["zh_CN", "en"] = "zh_CN"
    #: Who edits this edition; not the author of the posts.
    author: str = ""
    #: Canonical address of the built site, for search engines; empty when it has none.
    url: str = ""
    #: Address of the repository, for "edit this page".
    repository: str = ""
    #: The branch that "edit this page" opens.
    branch: str = "main"
    #: Address that opens a line in an editor, such as ``vscode://file{path}:{line}``, for the audit's pages of reasons.
    #: It holds the path on the machine that builds: only for a site of one's own.
    editor: str = ""


class Profile(Table, frozen=True):
    """How a rendered post of the blog is read: CSS selectors, and what to drop."""

    #: The element that holds the post.
    content: str = ""
    #: The element with the title; without it the page's own head is asked, as for the next three.
    title: str = ""
    #: The element with the day.
    date: str = ""
    #: The element with the author.
    author: str = ""
    #: The elements with one tag each.
    tags: str = ""
    #: Elements inside the post that are no part of it: share buttons, comments, related posts.
    drop: tuple[str, ...] = ()
    #: Regular expressions: a block that matches ends the post (reprint notices and the like).
    footer: tuple[str, ...] = ()
    #: Whether ``$…$`` is math; without it, as the page's own settings say.
    dollars: bool | None = None
    #: Smallest share of the page's formulas and prose that a post holds; with less it is called doubtful.
    share: float = 0.5
    #: Derive TeX from MathML that carries none; it is then not the author's.
    reconstruct: bool = False


class Generator(Table, frozen=True):
    """A kind of site that the converter is to know by its marks, beside those that it knows already."""

    #: What it is called.
    name: str
    #: ``#id``, ``.class`` or a tag that its pages hold, or ``meta:`` and a word of what they name as their generator.
    marks: tuple[str, ...]
    #: CSS selectors of the element that holds the post, from the most to the least specific.
    content: tuple[str, ...]
    #: CSS selectors of what the generator adds to every post.
    drop: tuple[str, ...] = ()
    #: Whether a page holds several posts, such as questions and answers: all of them are taken, in order.
    several: bool = False


class Site(Table, frozen=True):
    """The blog that is annotated, and how its posts are found and recognised."""

    #: The name of the blog.
    name: str = ""
    #: Its address; what begins with it is a link inside the blog.
    url: str = ""
    #: Addresses of RSS or Atom feeds; older pages of a feed are found.
    feeds: tuple[str, ...] = ()
    #: Pages that list posts; ``post`` says which of their links are posts.
    archive: tuple[str, ...] = ()
    #: Addresses of sitemaps, or of indexes of them.
    sitemap: tuple[str, ...] = ()
    #: Regular expression over a post's address; its group ``id`` is the archive id.
    post: str = ""
    #: Whether the feeds give whole posts; ``auto`` looks at them.
    feed_content: Literal["auto", "full", "summary"] = "auto"
    #: The author of posts that name none.
    author: str = ""
    #: The licence of posts that name none; shown on every page.
    licence: str = ""
    #: Who allowed to publish posts whose licence does not, and when; empty leaves those out of what is published.
    permission: str = ""
    #: Whether pages show pictures that the edition has no copy of from where they are; without it they have a link.
    hotlink: bool = False
    profile: Profile = Profile()
    #: Kinds of sites, asked before those that the converter knows.
    generators: tuple[Generator, ...] = ()

    def archive_id(self, url: str) -> str | None:
        """Return the archive id in a post's address, or None when it is not the address of a post."""
        if not self.post or len(url) > LONGEST_ADDRESS or not (match := re.search(self.post, url)):
            return None
        return match.groupdict().get("id") or match.group(0)


class Fetch(Table, frozen=True):
    """Manners and limits of the fetcher. Times in seconds, sizes in bytes."""

    #: Told to the site in the User-Agent: a mail or web address at which the maintainer can be reached.
    contact: str = ""
    #: Between two requests to one host; a longer wish of its robots.txt is respected.
    delay: float = 2.0
    #: Until a host has begun to answer.
    timeout: float = 30.0
    #: How often a request is tried again after a failure that may pass.
    retries: int = 4
    #: Of one answer, unpacked.
    max_bytes: int = 20_000_000
    #: Of one picture.
    max_image_bytes: int = 8_000_000
    #: How often one request is sent elsewhere.
    max_redirects: int = 5
    #: From the first to the last byte of one answer.
    max_seconds: float = 120.0
    #: Followed pages of one source (paged feeds, archives in parts).
    max_pages: int = 500
    #: Whether copies of the pictures are kept.
    images: bool = True


class Math(Table, frozen=True):
    """Macros that every page of the blog knows, without the backslash: ``R = "\\\\mathbb{R}"``."""

    #: What each command stands for, by its name.
    macros: dict[str, str] = {}


class Bands(Table, frozen=True):
    """Thresholds of the audit's lists. Sizes in KB (1 KB = 1000 bytes of the post's file)."""

    #: A post is short when it is below this size and below the next number of formulas.
    short_kb: float = 15.0
    #: See ``short_kb``.
    short_formulas: int = 5
    #: A post is exemplary when it is above this size and above the next number of formulas.
    exemplary_kb: float = 50.0
    #: See ``exemplary_kb``.
    exemplary_formulas: int = 20
    #: Lower edges of the distribution charts' bars, after 0.
    size_edges_kb: tuple[float, ...] = (5, 10, 15, 20, 30, 50, 80, 120)
    #: The same for the number of formulas.
    formula_edges: tuple[int, ...] = (1, 5, 10, 20, 50, 100, 200, 400)


class Coverage(Table, frozen=True):
    """How restated equations are recognised, see :func:`ext.edition.audit.coverage.restated_ids`."""

    #: Length of the compared runs, in TeX tokens.
    window: int = 8
    #: Part of an equation's runs that must occur in added formulas, from 0 to 1.
    share: float = 0.4
    #: Whether annotations whose option ``by`` names a program cover anything: ``all`` do, or only the
    #: ``reviewed``, which a person has accepted as they stand.
    programs: Literal["all", "reviewed"] = "all"


class Standard(Table, frozen=True):
    """What a post should reach. A later standard overrides an earlier one in what it gives.

    It holds for the posts, topics or batches it names, or for every post when it names none. A threshold that is
    not given is inherited; ``criteria`` replaces the whole list.
    """

    #: What the audit calls it.
    name: str
    #: Ids of the posts it holds for.
    posts: tuple[str, ...] = ()
    #: Topics whose posts it holds for.
    topics: tuple[str, ...] = ()
    #: Batches whose posts it holds for.
    batches: tuple[str, ...] = ()
    #: The criteria to meet, by name.
    criteria: tuple[str, ...] | None = None
    #: Percent of the original's displayed equations that are derived or explained.
    coverage: float | None = None
    #: Percent of the original's sections that hold or are followed by an annotation.
    sections: float | None = None
    #: Formulas that the annotations add.
    formulas: int | None = None
    #: Size of the post's file in KB.
    kb: float | None = None
    #: How many people must have accepted every part of the post as it stands.
    reviewers: int | None = None
    #: Which annotations by programs cover its equations, see :class:`Coverage`.
    programs: Literal["all", "reviewed"] | None = None


class Grade(Table, frozen=True):
    """A grade of quality: a post has the first grade of the list whose needs it meets."""

    #: Its name in ``audit.json``.
    key: str
    #: Its name on the page.
    name: str
    #: Its English name.
    en: str = ""
    #: Criteria that must pass or not apply.
    needs: tuple[str, ...] = ()
    #: A rule over the post's measures, such as ``coverage.percent >= 50``.
    rule: str = ""


class Batch(Table, frozen=True):
    """A piece of work: posts chosen by a rule over measures of the original, or by id.

    Annotating cannot change measures of the original, so the membership is stable and the batch closes itself.
    """

    #: Its name in ``audit.json`` and in the catalogue.
    key: str
    #: Its name on the page.
    name: str
    #: Its English name.
    en: str = ""
    #: Such as ``original.kb < 9 and original.formulas < 5``.
    rule: str = ""
    #: Ids of posts that belong to it, whatever the rule says.
    posts: tuple[str, ...] = ()


class Topic(Table, frozen=True):
    """A subject of the edition; posts name it by ``name`` in their front matter."""

    #: What the front matter of posts says; unique.
    name: str
    #: Its name in addresses and in the file of its summary, ``topics/SLUG.md``.
    slug: str
    #: Its English name, for an edition in English.
    en: str = ""
    #: A line under its name.
    description: str = ""
    #: Words that speak for the topic, see :mod:`ext.edition.posts.keywords`.
    keywords: tuple[str, ...] = ()
    #: More words by what they count; a keyword counts 1, a negative weight speaks against.
    words: dict[float, tuple[str, ...]] = {}
    #: What other lists call this topic: ``python -m tools catalogue import`` translates them.
    aliases: tuple[str, ...] = ()


class Symbol(Table, frozen=True):
    """A symbol and what it stands for: in the posts of a series, or of the one that has it in its front matter."""

    #: In TeX, such as ``'\\bar\\alpha_t'``; formulas that look so have it, however they are written.
    symbol: str
    #: Words, and formulas between dollar signs.
    meaning: str


class Series(Table, frozen=True):
    """Posts that are read in order; their titles show that they belong to it."""

    #: The name; titles that begin with it and go on with a number belong to it.
    name: str
    #: Regular expression over a title, its group ``number`` the number; without it the title begins with the name.
    pattern: str = ""
    #: The topic of all its posts, by name.
    topic: str = ""
    #: What the symbols of its posts stand for; what a post says of its own in ``notation`` goes before.
    notation: tuple[Symbol, ...] = ()


class Classify(Table, frozen=True):
    """When ``python -m tools classify`` is sure of a topic, see :mod:`ext.edition.posts.classify`."""

    #: Points that a topic needs.
    least: float = 3.0
    #: How many times the points of the runner-up it needs.
    margin: float = 1.2


class Relevance(Table, frozen=True):
    """Which fetched posts are left out of the edition, see :mod:`ext.edition.posts.relevance`."""

    #: Whether the fetcher leaves posts out.
    enabled: bool = False
    #: Points that a post needs; formulas and the topics' words count for it too.
    least: float = 3.0
    #: Words by what they count: for a post or, with a negative weight, against it.
    words: dict[float, tuple[str, ...]] = {}


class Limits(Table, frozen=True):
    """How much one document may take; what is beyond is named, and the rest of the site is built."""

    #: Seconds in which one document is read.
    seconds: float = 120.0
    #: Groups, fences and environments inside each other in one formula.
    formula_depth: int = 120
    #: Characters of a document's front matter.
    front_matter: int = 200_000
    #: Characters of one heading or caption, its formulas as they are written.
    heading: int = 2000
    #: Characters of the title that the front matter gives.
    title: int = 1000
    #: Seconds in which the engine sets one formula; what is long or leaves something open is set in a process apart.
    formula_seconds: float = 5.0


class New(Table, frozen=True):
    """What each piece of new work must have, see :mod:`ext.edition.audit.newwork`: ``make audit`` fails otherwise.

    New is what the base (``-D audit_base``, else the committed baseline) does not have.
    """

    #: Of ``target`` (it says what it derives), ``check`` (its checks passed) and ``reviewer`` (its post is reviewed).
    needs: tuple[Literal["target", "check", "reviewer"], ...] = ()
    #: The kinds of annotations that are judged.
    kinds: tuple[str, ...] = ("derivation", "proof")


class Elsewhere(Table, frozen=True):
    """Another edition that this one refers to."""

    #: Its name in references, as in ``{external+NAME:math:eq}``.
    name: str
    #: Where it is published; addresses begin with it.
    url: str
    #: Its ``objects.inv``, copied beside this file: a build asks no network.
    inventory: str


class Plan(Table, frozen=True):
    """How the hours of the catalogue become weeks, see :mod:`ext.edition.audit.weeks`."""

    #: Hours a week; 0 measures them by the items that were fulfilled in the history.
    hours_per_week: float = 0.0
    #: Weeks before the last commit over which the pace is measured.
    window: int = 8


class Edition(Table, frozen=True):
    """All of ``edition.toml``."""

    edition: About
    site: Site = Site()
    fetch: Fetch = Fetch()
    math: Math = Math()
    audit: Bands = Bands()
    topics: tuple[Topic, ...] = ()
    series: tuple[Series, ...] = ()
    classify: Classify = Classify()
    relevance: Relevance = Relevance()
    coverage: Coverage = Coverage()
    limits: Limits = Limits()
    new: New = New()
    plan: Plan = Plan()
    elsewhere: tuple[Elsewhere, ...] = ()
    #: A rule over measures: posts for which it does not hold are not mathematics, and most criteria do not apply.
    mathematics: str = "total.formulas > 0"
    standards: tuple[Standard, ...] = ()
    grades: tuple[Grade, ...] = ()
    batches: tuple[Batch, ...] = ()
    #: Importance by the catalogue's ``priority``, most important first.
    priorities: tuple[str, ...] = ("high", "medium", "low")
    #: Smallest share in percent that ``make audit`` accepts, by measure, see :func:`ext.edition.audit.gate.metrics`.
    fail_under: dict[str, float] = {}

    @property
    def topic_names(self) -> tuple[str, ...]:
        """The topics in the order of the file."""
        return tuple(topic.name for topic in self.topics)


def find(source: Path) -> Path:
    """Return the ``edition.toml`` of the edition whose sources are in *source*: inside it or beside it."""
    for folder in (source, source.parent):
        if (folder / FILE).is_file():
            return folder / FILE
    raise EditionError(f"no {FILE} in this folder or beside it", where=source,
                       remedy="run `python -m tools init DIR` to start an edition")


def load(path: Path) -> Edition:
    """Read and check an ``edition.toml``; the first problem raises with its file, key or line, and remedy."""
    try:
        text = path.read_text("utf-8")
        return parse(text, where=path)
    except FileNotFoundError as error:
        raise EditionError("there is no such file", where=path,
                           remedy="run `python -m tools init DIR` to start an edition") from error
    except UnicodeDecodeError as error:
        raise EditionError("is not UTF-8 text", where=path, remedy="save the file as UTF-8") from error


def parse(text: str, *, where: Path | str = FILE) -> Edition:
    """Check the text of an ``edition.toml``."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        place = f"{where}:{line.group(1)}" if line else where
        raise EditionError(f"is not TOML: {error}", where=place,
                           remedy="quote strings, and write regular expressions in '…'") from error
    try:
        edition = msgspec.convert(data, Edition, str_keys=True)
    except msgspec.ValidationError as error:
        raise EditionError(str(error), where=where,
                           remedy="see the configuration reference in the guide for the keys") from error
    if edition.edition.editor and not _EDITOR.fullmatch(edition.edition.editor):
        raise EditionError(f"edition.editor {edition.edition.editor!r} opens no file", where=where,
                           remedy='write a scheme and {path}, such as "vscode://file{path}:{line}"')
    for key, pattern in [("site.post", edition.site.post),
                         *(("site.profile.footer", pattern) for pattern in edition.site.profile.footer),
                         *((f"the pattern of series {one.name!r}", one.pattern) for one in edition.series)]:
        try:
            re.compile(pattern)
        except re.error as error:
            raise EditionError(f"{key} is not a regular expression: {error}", where=where,
                               remedy="write it in '…' so that TOML keeps the backslashes") from error
        # What grows with the square of a title or an address is no harm: both are short. Without a repeat it ends.
        if not _REPEAT.isdisjoint(pattern) and (found := slow(pattern)) and found.reason == EXPONENTIAL:
            raise EditionError(f"{key} never ends on a text that repeats {found.word!r}", where=where,
                               remedy="write no repeat of a repeat, such as (a+)+")
    for field in ("name", "slug"):
        _once([getattr(topic, field) for topic in edition.topics], f"two topics have the {field}", where)
    _once([name for topic in edition.topics for name in {topic.name, *topic.aliases}],
          "two topics are called", where)
    _once([one.name for one in edition.series], "two series are called", where)
    for one in edition.series:
        if one.topic and one.topic not in edition.topic_names:
            raise EditionError(f"the series {one.name!r} has the topic {one.topic!r}, which there is not",
                               where=where, remedy=f"choose from {', '.join(edition.topic_names)}")
    return edition


def _once(values: Iterable[str], what: str, where: Path | str) -> None:
    """Raise when a value that must be one thing's own is there twice."""
    for value, count in Counter(values).items():
        if count > 1:
            raise EditionError(f"{what} {value!r}", where=where, remedy="give every one its own")
