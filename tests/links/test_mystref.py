"""The list of labels for MyST's own tools, and the data from which they take the words of a link."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup
from conftest import Build, EditionFolder

RINGS = """
$$a = b$$ (sum)

::::{prf:theorem} 可加
:label: thm-sum

$$d = e$$ (twice)
::::

:::::{prf:proof}
:label: prf-sum
::::{step} 先
:label: step-one
见 $x$。
::::
:::::
"""


def read(built: Build) -> list[dict[str, Any]]:
    data = json.loads((built.out / "myst.xref.json").read_text("utf-8"))
    assert data["version"] == "1" and data["myst"]
    return list(data["references"])


def target(built: Build, entry: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the nodes that a reader of the data finds for an entry."""
    tree = json.loads((built.out / entry["data"].lstrip("/")).read_text("utf-8"))["mdast"]
    return [node for node in tree["children"] if node["identifier"] == entry["identifier"]]


def test_labels_lead_to_their_places_and_words(edition_folder: EditionFolder) -> None:
    edition_folder.post("rings", RINGS)
    edition_folder.post("fields", "$$a = c$$ (twice)\n")
    built = edition_folder.build()
    assert built.warnings == ()
    entries = read(built)
    pages = {entry["url"] for entry in entries if entry["kind"] == "page"}
    assert {"/", "/posts/rings.html", "/posts/fields.html", "/audit.html"} <= pages
    named = [entry for entry in entries if "identifier" in entry]
    assert sorted((entry["identifier"], entry["kind"], entry.get("implicit", False)) for entry in named) == [
        ("prf-sum", "proof:proof", False), ("step-one", "proof:proof", False), ("sum", "equation", False),
        ("thm-sum", "proof:theorem", False), ("twice", "equation", True), ("twice", "equation", True)]
    for entry in named:
        page = BeautifulSoup((built.out / entry["url"].lstrip("/")).read_text("utf-8"), "html.parser")
        assert page.find(id=entry["html_id"]) is not None
        (node,) = target(built, entry)
        assert node["html_id"] == entry["html_id"]
    (theorem,) = target(built, next(entry for entry in named if entry["identifier"] == "thm-sum"))
    assert (theorem["kind"], theorem["enumerator"]) == ("theorem", "1") and "可加" in str(theorem["children"])
    (equation,) = target(built, next(entry for entry in named if entry["identifier"] == "sum"))
    assert (equation["type"], equation["value"].strip(), equation["enumerator"]) == ("math", "a = b", "1")


def test_data_of_a_page_that_is_gone_goes(edition_folder: EditionFolder) -> None:
    path: Path = edition_folder.post("rings", RINGS)
    data = edition_folder.build().out / "_myst" / "posts" / "rings.json"
    assert data.is_file()
    stamp = (data.parents[1] / "index.json").stat().st_mtime_ns
    path.unlink()
    built = edition_folder.build()
    assert not data.exists() and (data.parents[1] / "index.json").stat().st_mtime_ns == stamp
    assert all("rings" not in entry["url"] for entry in read(built))
