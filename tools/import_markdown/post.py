"""Import one legacy post: text in, a post, its original and a receipt out; no file is touched."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ext.edition.checks.markup import Construct, squeezed
from ext.edition.math import tex
from ext.edition.posts import blocks, splitting
from ext.edition.posts.identity import ids
from ext.edition.site import frontmatter
from ext.edition.site.config import Edition, Site
from ext.edition.site.files import safe_name
from tools.convert.decode import clean
from tools.convert.leaks import settle_text
from tools.convert.placeholders import words_of
from tools.import_markdown import checks, divs, generated, head, layers, levels, proof, prose, shortcodes
from tools.import_markdown.doings import Notes, difference
from tools.import_markdown.dollars import balance
from tools.import_markdown.layers import Layers
from tools.import_markdown.levels import Chunk, Heading
from tools.import_markdown.spans import Found, keep_code, keep_math
from tools.import_markdown.vault import Vault

#: What a legacy edition may have called the states of a post.
_STATUS = {"draft": "draft", "in-progress": "in-progress", "in_progress": "in-progress", "completed": "completed",
           "done": "completed", "pending": "draft", "todo": "draft"}
_CODE_SPAN = re.compile(r"(?<![`\\])(?:`[^`\n]{1,500}`|``[^`\n]{1,500}``|```[^`\n]{1,500}```)(?!`)")
_TAKEN = frozenset({"id", "title", "slug", "date", "source", "author", "licence", "license", "tags", "status",
                    "origin"})


@dataclass(frozen=True, slots=True)
class Imported:
    """One post, ready to be written. ``original`` is None when the layers are unknown."""

    file: str
    slug: str
    meta: Mapping[str, Any]
    body: str
    original: str | None
    layers: Layers
    truncated: bool
    receipt: Mapping[str, Any]
    lost: tuple[str, ...]
    titles: tuple[str, ...]
    draft: bool = False

    @property
    def id(self) -> str:
        """The identity of the post."""
        return str(self.meta["id"])

    @property
    def digest(self) -> str:
        """Return a digest of the post's text, by which an edited post is told from an untouched one."""
        return hashlib.sha256(self.body.strip().encode()).hexdigest()[:16]


def convert(text: str, name: str, edition: Edition, *, headings: bool = True) -> Imported:
    """Import the text of the file *name*, a post of an older edition of the same blog.

    With *headings* those in bold of its annotations become the annotations that they say they are.
    """
    site = edition.site
    notes = Notes()
    parts = head.read_front(clean(text), name, notes)
    given = generated.completed(parts.meta, name)
    source = generated.is_source(parts.meta, parts.body)
    doubled = source and shortcodes.is_doubled(parts.body)
    header, body = head.take_header(parts.body)
    vault = Vault(body)
    found, bracketed = Found(), list[str]()
    link = prose.address(site)
    body = keep_code(body, vault, notes)
    if source:
        reader = shortcodes.Reader(vault, notes, words_of(edition.edition.language), link, bracketed)
        body = _read_codes(body, reader, kramdown="layout" in given, doubled=doubled)
    before, footer, after = head.take_footer(body, site)
    before, cut = prose.cut_marks(before)

    def prepare(piece: str, *, escaped: bool) -> list[Chunk]:
        piece = keep_math(balance(piece, notes), vault, notes, found, link, escaped=escaped)
        piece = prose.escape(piece, lambda kept: vault.keep(kept), vault.mark, notes)
        return levels.read(divs.convert(piece, notes), notes)

    first, second = prepare(before, escaped=True), prepare(after, escaped=False)
    title, first = levels.take_title(first)
    boundary = len(first)
    levelled = levels.level([*first, *second], notes)
    split = layers.split(levelled[:boundary], levelled[boundary:] if footer else None, notes, truncated=cut)
    if footer:
        notes.drop("reprint and citation notice")
    if header:
        notes.drop("header lines (now front matter)")

    meta = _front(given, header, footer, name, site, notes, truncated=cut)
    heading = vault.restore(title)
    heading = heading if head.same_title(heading, str(meta["title"])) else str(meta["title"])
    ours = _meant(split.chunks, vault, notes)
    full, literal = settle_text(f"# {heading}\n\n{_text(split.chunks, vault)}", ours, where=name)
    for found_there in literal:
        notes.leave("a passage that would be read as markup, now literal text", found_there.snippet)
    if headings:
        full = _split(full, notes)
    original = None
    if split.layers is not Layers.UNKNOWN:
        original, _ = settle_text(_text(layers.original(split.chunks), vault), ours, where=name)
        _verify(full, original, notes)
    seen, now = proof.see(parts.body), proof.see(full)
    checks.check_formulas(now.all, edition.math.macros, notes)
    meant = [shortcodes.undoubled(formula) for formula in seen.all] if doubled else seen.all
    lost = proof.lost(meant, now.all, proof.see(vault.restore(footer.text)).all if footer else ())
    lost += proof.lost(found.formulas, now.all)
    lost += proof.lost(bracketed, now.all)
    receipt = _receipt(name, seen, now, lost, split.layers, notes)
    if literal:
        receipt["literal"] = [{"kind": one.kind, "snippet": one.snippet} for one in literal]
    known = (str(parts.meta.get("title") or ""), footer.title if footer else "")
    titles = tuple(dict.fromkeys(t for t in known if t and not head.same_title(t, str(meta["title"]))))
    slug = safe_name(str(parts.meta.get("slug") or "") or generated.slug(name))
    draft = generated.is_draft(parts.meta, name)
    return Imported(name, slug, meta, full, original, split.layers, cut, receipt, tuple(lost), titles, draft)


def _read_codes(body: str, reader: shortcodes.Reader, *, kramdown: bool, doubled: bool) -> str:
    """Return the source of a generator as Markdown: its short codes read, its formulas between dollars."""
    body = reader.read(_CODE_SPAN.sub(lambda match: reader.vault.keep(match[0]), body))
    if kramdown:
        body = shortcodes.inline_doubles(body)
    body = shortcodes.delimit(body, doubled=doubled, found=reader.found.append)
    if doubled:
        pieces = body.split("$$")
        last = len(pieces) - 1 - len(pieces) % 2  # what a last mark opens is never closed
        pieces[1:last + 1:2] = [shortcodes.undoubled(f"$${one}$$")[2:-2] for one in pieces[1:last + 1:2]]
        body = "$$".join(pieces)
    return body


def _front(given: Mapping[str, Any], header: dict[str, str], footer: head.Footer | None, name: str, site: Site,
           notes: Notes, *, truncated: bool) -> dict[str, Any]:
    source = head.source_of(dict(given), header)
    known = ids(site, [source])
    title = " ".join(str(given.get("title") or "").split()) or generated.slug(name)
    if footer and footer.title and not head.same_title(footer.title, title):
        notes.repaired["title, after the citation"] += 1
        title = footer.title
    date = head.first_date(given.get("date"), header.get("发布日期"), header.get("日期"), header.get("date"))
    if not date and footer and footer.date:
        date = footer.date
        notes.repaired["date, from the citation"] += 1
    if not date:
        notes.leave("no date found")
    status = str(given.get("status") or "draft").strip().lower()
    if status not in _STATUS:
        notes.leave("an unknown status, now draft", status)
    elif _STATUS[status] != status:
        notes.repaired[f"status {status}"] += 1
    if not source:
        notes.leave("no address of the post: its id is made from the file's name")
    for key in sorted(str(key) for key in given if key not in _TAKEN):
        notes.drop(f"front matter: {key}")
    if not isinstance(given.get("tags"), list) and given.get("tags"):
        notes.repaired["tags as one string"] += 1
    return {
        "id": known[0] if known else f"f-{hashlib.sha256(name.encode()).hexdigest()[:10]}",
        "title": title, "date": date, "source": source, "author": site.author, "licence": site.licence,
        "tags": list(frontmatter.tags(given.get("tags"))),
        "status": "truncated" if truncated else _STATUS.get(status, "draft"), "origin": "legacy",
    }  # fmt: skip


def _meant(chunks: Sequence[Chunk], vault: Vault, notes: Notes) -> Counter[Construct]:
    """Return the markup that the import writes: its annotations, and what stands above headings."""
    meant: Counter[Construct] = Counter()
    for construct, count in notes.meant.items():
        title, *rest = construct.detail or ("",)
        written = (squeezed(vault.restore(title)), *rest) if construct.detail else ()
        meant[replace(construct, detail=written)] += count
    for chunk in chunks:
        if isinstance(chunk, Heading):
            meant.update(chunk.attributes)
    return meant


def _text(chunks: Sequence[Chunk], vault: Vault) -> str:
    """Return chunks as Markdown, with one empty line at most between them."""
    lines: list[str] = []
    for chunk in chunks:
        if isinstance(chunk, str):
            lines.append(chunk)
        else:
            lines += ["", *(chunk.lines() if isinstance(chunk, Heading) else chunk.lines), ""]
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines))
    return vault.restore(text).strip("\n") + "\n"


def _verify(full: str, original: str, notes: Notes) -> None:
    """Check that the post without its annotations is its original; anything else is a mistake of the import."""
    rest = [block.text for block in blocks.blocks(full) if not block.annotation][1:]
    wanted = [block.text for block in blocks.blocks(original)]
    if rest != wanted:
        at = next((n for n, (a, b) in enumerate(zip(rest, wanted, strict=False)) if a != b),
                  min(len(rest), len(wanted)))
        notes.leave("the post without its annotations is not its original", (rest[at:] or wanted[at:] or [""])[0])


def _split(full: str, notes: Notes) -> str:
    """Return the post with the headings in bold of its annotations as annotations, each kind counted."""
    made = splitting.kinds(full)
    after = splitting.split(full)
    kept = [[block.text for block in blocks.blocks(text) if not block.annotation] for text in (full, after)]
    if kept[0] != kept[1]:
        notes.leave("headings in bold that cannot be split without touching the original")
        return full
    for kind, count in made.items():
        notes.converted[f"heading in bold: {kind}"] += count
    return after


def _receipt(name: str, before: proof.Seen, after: proof.Seen, lost: Sequence[str], found: Layers,
             notes: Notes) -> dict[str, Any]:
    """Return the receipt as plain data, in the form that conversions of pages use, with the import's own part."""
    own: dict[str, Any] = {"file": name, "layers": str(found)}
    for key, counts in (("converted", notes.converted), ("repaired", notes.repaired)):
        if +counts:
            own[key] = dict(sorted((+counts).items()))
    if notes.dropped:
        own["dropped"] = sorted(set(notes.dropped))
    if notes.left:
        own["left"] = list(notes.left)
    changed: dict[tuple[str, str], list[str]] = {}
    for pair in notes.pairs:
        known = changed.setdefault(difference(pair), [])
        known.append(tex.content_id(pair.after))
    if changed:
        own["changed"] = [{"before": was, "after": now, "formulas": sorted(set(ids_))}
                          for (was, now), ids_ in changed.items()]
    receipt: dict[str, Any] = {"inline": {"page": len(before.inline), "myst": len(after.inline)},
                               "displayed": {"page": len(before.displayed), "myst": len(after.displayed)}}
    if lost:
        receipt["lost"] = [{"kind": "formula", "snippet": formula[:120]} for formula in lost]
    return {**receipt, "import": own}
