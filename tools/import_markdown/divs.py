"""Turn the boxes of HTML into annotations: nested ones, unbalanced ones and unknown ones included."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from ext.edition.annotations.kinds import KINDS
from tools.import_markdown.doings import Notes

#: The class of a box and what it becomes: a kind, ``step``, ``title`` or ``plain`` (its content alone).
CLASSES: Mapping[str, str] = MappingProxyType({
    **{f"{name}-box": name for name in KINDS},
    **{name: name for name in KINDS},
    "note-box": "remark", "warning-box": "remark", "tip-box": "remark", "info-box": "remark",
    "code-box": "algorithm", "critique-box": "analysis", "critical-analysis": "analysis",
    "formula-step": "step", "step": "step", "step-box": "step",
    "step-label": "title", "step-title": "title", "box-title": "title", "summary": "title",
    "step-explanation": "plain", "step-content": "plain", "formula": "plain", "": "plain",
    "step-by-step": "derivation", "formula-explanation": "derivation", "details": "details",
})  # fmt: skip
_TAG = re.compile(r"<(/?)(div|details|summary|section|parameter)\b([^<>]*)>", re.I)
_BOLD = re.compile(r"\*\*([^*]+)\*\*")
_CLASS = re.compile(r"(?:class|name)\s*=\s*[\"']([^\"']*)[\"']")
_HEADING = re.compile(r"(#{1,6})\s+(.*)")
_NUMBERED = re.compile(r"(?P<word>[\u4e00-\u9fff]{2,4})\s*+(?P<number>\d+)?(?:\.\d+)*\s*+[:：]\s*(?P<rest>.+)")
#: Boxes in boxes; a box further inside becomes part of the one around it.
_DEEPEST = 20
_WRAPPERS = frozenset({"derivation", "proof"})
_BY_WORD = MappingProxyType({kind.zh: name for name, kind in KINDS.items()} | {"例子": "example", "示例": "example"})


@dataclass(slots=True)
class Box:
    """An opened box: what it becomes, the class it had, and what stands in it."""

    kind: str
    name: str = ""
    title: str = ""
    children: list[str | Box] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Directive:
    """The lines of one annotation, fences included."""

    lines: tuple[str, ...]


def convert(text: str, notes: Notes) -> list[str | Directive]:
    """Return the lines of a text with its boxes as annotations; code and formulas must be marks by now."""
    root = _settled(_parse(text, notes), None, notes)
    numbers: Counter[str] = Counter()
    out: list[str | Directive] = []
    for child in root.children:
        out.append(child if isinstance(child, str) else Directive(tuple(_render(child, notes, numbers))))
    return out


def _parse(text: str, notes: Notes) -> Box:
    root = Box("root")
    stack = [root]
    skipped = 0
    for line in text.split("\n"):
        tag = _TAG.fullmatch(line.strip())
        if tag is None:
            heading = _HEADING.match(line)
            if heading and len(heading[1]) <= 2 and len(stack) > 1 and _has_text(stack[-1]):
                notes.repaired["box that was never closed"] += len(stack) - 1
                del stack[1:]
            stack[-1].children.append(line)
        elif tag[1] and skipped:
            skipped -= 1
        elif tag[1]:
            if len(stack) > 1:
                stack.pop()
            else:
                notes.repaired["end of a box that was never opened"] += 1
        elif len(stack) > _DEEPEST:
            skipped += 1
            notes.repaired["box nested too deep"] += 1
        else:
            box = _opened(tag, notes)
            stack[-1].children.append(box)
            stack.append(box)
    notes.repaired["box that was never closed"] += len(stack) - 1
    return root


def _opened(tag: re.Match[str], notes: Notes) -> Box:
    given = _CLASS.search(tag[3])
    name = re.sub(r"(?<!\s)\s*-\s*", "-", given[1].strip().lower()) if given else ""
    if tag[2].lower() in ("details", "summary"):
        name = tag[2].lower()
    if given and name != given[1]:
        notes.repaired["misspelt class of a box"] += 1
    if tag[2].lower() == "parameter":
        notes.repaired["misspelt tag of a box"] += 1
    known = next((CLASSES[part] for part in (name, *name.split()) if part in CLASSES), None)
    if known is None:
        notes.leave("a box of an unknown class, now a remark", name)
    return Box(known or "remark", re.sub(r"[^\w-]+", "-", name) if known is None else "")


def _has_text(box: Box) -> bool:
    return any(not isinstance(child, str) or child.strip() for child in box.children)


def _settled(box: Box, around: str | None, notes: Notes) -> Box:
    """Give boxes their titles, dissolve those without a meaning of their own, and put stray steps into a derivation."""
    inside = around if box.kind in ("root", "plain") else box.kind
    children: list[str | Box] = []
    for child in box.children:
        if isinstance(child, str):
            children.append(child)
            continue
        if child.kind == "title":
            label = " ".join(line.strip() for line in child.children if isinstance(line, str) and line.strip())
            if box.kind in ("step", "details") and not box.title:
                box.title = label
            else:
                children += ["", f"**{label.strip('*')}**", ""]
            continue
        if child.kind == "derivation" and child.name == "" and inside in _WRAPPERS and not _heading_of(child):
            child.kind = "plain"
        settled = _settled(child, inside, notes)
        if settled.kind == "plain":
            children += ["", *settled.children, ""]
        elif settled.kind == "step" and inside is None:
            _into_derivation(children, settled)
        else:
            children.append(settled)
    box.children = children
    if box.kind not in ("root", "plain"):
        _entitle(box)
    return box


def _into_derivation(children: list[str | Box], step: Box) -> None:
    """Put a step that stands alone into the derivation before it, or into a new one."""
    end = len(children)
    while end and isinstance(children[end - 1], str) and not str(children[end - 1]).strip():
        end -= 1
    last = children[end - 1] if end else None
    if isinstance(last, Box) and last.name == "steps":
        last.children.append(step)
    else:
        children.append(Box("derivation", "steps", children=[step]))


def _heading_of(box: Box) -> str:
    first = next((child for child in box.children if not isinstance(child, str) or child.strip()), "")
    if not isinstance(first, str):
        return ""
    if heading := _HEADING.match(first):
        return heading[2].strip().rstrip("#").rstrip()
    bold = _BOLD.fullmatch(first.strip())
    return bold[1] if bold else ""


def _entitle(box: Box) -> None:
    if box.title or not (title := _heading_of(box)):
        return
    box.title = title
    at = next(n for n, child in enumerate(box.children) if isinstance(child, str) and child.strip())
    del box.children[at]


def _render(box: Box, notes: Notes, numbers: Counter[str]) -> list[str]:
    kind, title = _kind_of(box), re.sub(r"^\*\*(.*)\*\*$", r"\1", box.title.strip()).strip()
    classes = [f"imported-{box.name}"] if box.name and box.name != "steps" else []
    classes += ["dropdown"] if box.kind == "details" else []
    if kind != "step":
        numbers[kind] += 1
        title = _without_number(title, kind, numbers[kind])
        notes.converted[kind] += 1
    else:
        notes.converted["step"] += 1
    body: list[str] = []
    depth = 3
    for child in box.children:
        if isinstance(child, str):
            body.append(child)
            continue
        lines = _render(child, notes, numbers)
        depth = max(depth, len(lines[0]) - len(lines[0].lstrip(":")) + 1)
        body += ["", *lines, ""]
    body = _tidy(body)
    fence, name = ":" * depth, kind if kind == "step" else f"prf:{kind}"
    head = f"{fence}{{{name}}} {title}".rstrip()
    options = [f":class: {' '.join(classes)}"] if classes else []
    notes.mean(name, title, ["class"] if classes else [])
    return [head, *options, "", *body, fence]


def _kind_of(box: Box) -> str:
    """Return the kind; a statement whose title begins with the name of another kind is of that kind."""
    if box.kind == "details":
        return "remark"
    if box.kind == "theorem" and (match := _NUMBERED.match(box.title.strip("* "))):
        return next((_BY_WORD[match["word"][-n:]] for n in (4, 3, 2) if match["word"][-n:] in _BY_WORD), "theorem")
    return box.kind


def _without_number(title: str, kind: str, number: int) -> str:
    """Take ``定理 2：`` off a title when the annotation shows just that by itself."""
    match = _NUMBERED.match(title)
    if match is None or match["word"] != KINDS[kind].zh or match[0].count("."):
        return title
    return match["rest"] if match["number"] in (None, str(number) if KINDS[kind].numbered else None) else title


def _tidy(lines: list[str]) -> list[str]:
    """Drop rules and doubled empty lines, which have no place inside an annotation."""
    out: list[str] = []
    for line in lines:
        if re.fullmatch(r"\s*(?:-{3,}|\*{3,}|_{3,})\s*", line):
            line = ""
        if line.strip() or (out and out[-1].strip()):
            out.append(line)
    while out and not out[-1].strip():
        out.pop()
    return out
