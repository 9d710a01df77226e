"""What is computed once a build, and what is kept of each document."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

from conftest import REPO, EditionFolder

from ext.build.kept import kept
from ext.build.once import once


def test_a_build_computes_once_and_another_build_anew() -> None:
    asked = []

    @once
    def answer(app: Any) -> int | None:
        asked.append(app.name)
        return app.value

    first, second = SimpleNamespace(name="first", value=None), SimpleNamespace(name="second", value=2)
    assert [answer(first), answer(first), answer(second), answer(first)] == [None, None, 2, None]
    assert asked == ["first", "second"], "nothing is an answer too"


def test_functions_of_one_name_hold_apart() -> None:
    def make(value: int) -> Any:
        def same(app: Any) -> int:
            return value
        same.__module__ = f"module{value}"
        return once(same)

    app: Any = SimpleNamespace()
    assert [make(1)(app), make(2)(app), make(1)(app)] == [1, 2, 1]


def test_the_edition_hangs_one_thing_on_each_of_the_objects_of_sphinx(edition_folder: EditionFolder) -> None:
    edition_folder.post("a", "$$x = 1$$")
    env = edition_folder.build().env
    assert [name for name in env.__dict__ if name.startswith("zhushu")] == ["zhushu_kept"]
    assert kept(env, "records")["posts/a"].total.displayed == 1
    sources = [path.read_text("utf-8") for path in (REPO / "ext").rglob("*.py")]
    hung = [name for text in sources for name in re.findall(r"(?:app|builder|env|registry)\.(zhushu_\w+)", text)]
    assert hung == []
