"""Tables of contents wait in the stored environment until somebody asks for one."""

from __future__ import annotations

import pickle

import pytest
from conftest import EditionFolder
from docutils import nodes

from ext.build.tocs import Tocs


def item(text: str) -> nodes.bullet_list:
    return nodes.bullet_list("", nodes.list_item("", nodes.paragraph("", text)))


def test_they_are_a_table_like_any_other() -> None:
    kept: Tocs = pickle.loads(pickle.dumps(Tocs({"a": item("甲"), "b": item("乙"), "c": item("丙")})))
    assert set(kept) == {"a", "b", "c"} and len(kept) == 3 and "b" in kept and "d" not in kept
    assert kept.waiting() == 3 and kept["a"].astext() == "甲" and kept.waiting() == 2
    kept["a"]["numbered"] = True  # as Sphinx does with numbered sections
    kept["b"] = item("丁")
    del kept["c"]
    assert kept.pop("d", None) is None
    with pytest.raises(KeyError):
        kept["c"]
    again: Tocs = pickle.loads(pickle.dumps(kept))
    assert {name: toc.astext() for name, toc in again.items()} == {"a": "甲", "b": "丁"} and again["a"]["numbered"]


def test_a_build_after_an_edit_asks_for_the_edited_one(
        edition_folder: EditionFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "abc":
        edition_folder.post(name, f"## 一节{name}\n\n字。\n\n## 二节{name}\n\n字。", title=name)
    first = edition_folder.build()
    asked: list[str] = []
    get = Tocs.__getitem__

    def noted(self: Tocs, docname: str) -> nodes.bullet_list:
        asked.append(docname)
        return get(self, docname)

    monkeypatch.setattr(Tocs, "__getitem__", noted)
    edition_folder.post("b", "## 别的节\n\n字。\n\n## 二节b\n\n字。", title="b")
    second = edition_folder.build()
    assert {name for name in asked if name.startswith("posts/")} == {"posts/b"}
    assert "别的节" in second.html("posts/b") and "一节b" not in second.html("posts/b")
    assert first.html("posts/a") == second.html("posts/a") and "一节a" in first.html("posts/a")
