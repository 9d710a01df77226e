"""``audit.json`` and its schema: the summary field by field."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from ext.edition.audit.summary import VERSION, Summary
from ext.edition.site.errors import EditionError

SCHEMA_FILE = "audit.schema.json"


@dataclass(frozen=True, slots=True)
class _Version:
    version: int


def to_json(whole: Summary) -> bytes:
    """Return ``audit.json``, the same bytes for the same edition; no time stamp is in it."""
    document = {"$schema": SCHEMA_FILE, **msgspec.to_builtins(whole)}
    return msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"


def schema() -> bytes:
    """Return the JSON Schema of ``audit.json``, made from the dataclasses themselves."""
    described: dict[str, Any] = msgspec.json.schema(Summary)
    described["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    described["title"] = f"audit.json, version {VERSION}"
    return msgspec.json.format(msgspec.json.encode(described), indent=1) + b"\n"


def load(path: Path) -> Summary:
    """Read an ``audit.json``; one of another version or form is refused with the remedy."""
    try:
        return parse(path.read_bytes(), where=path)
    except FileNotFoundError as error:
        raise EditionError("there is no audit yet", where=path,
                           remedy="run `make html` or `make audit` first") from error


def parse(data: bytes, *, where: Path | str) -> Summary:
    """Return the summary in the bytes of an ``audit.json``."""
    try:
        version = msgspec.json.decode(data, type=_Version).version
        if version == VERSION:
            return msgspec.json.decode(data, type=Summary)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise EditionError(f"is not an audit.json of version {VERSION}: {error}", where=where,
                           remedy="build it again with `make audit`") from error
    raise EditionError(f"is an audit.json of version {version}, not {VERSION}", where=where,
                       remedy="build it again with `make audit`")
