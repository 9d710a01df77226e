"""What a build does, counted: work must follow what changed, not the size of the edition.

Seconds are no test, for a busy machine would fail it. Which pages an edit writes is tested in ``test_navigation.py``
and ``test_audit_pages.py``; here is what was done for them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import sphinx.environment.adapters.toctree as toctrees
from conftest import EditionFolder
from sphinx.builders import Builder
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.environment import BuildEnvironment

from ext.math.typesetting import Setter
from ext.search import fulltext
from ext.site import navigation

TOML = "[edition]\ntitle = '试验版'\n" + "".join(
    f"[[topics]]\nname = '{name}'\nslug = '{slug}'\n" for name, slug in zip("甲乙丙", "abc", strict=True))
Make = Callable[..., EditionFolder]


def post(folder: EditionFolder, number: int, text: str = "一段文字。", **meta: Any) -> None:
    folder.post(f"p{number:02}", f"{text}\n\n$$x_{number}$$", title=f"第{number}篇", topic="甲乙丙"[number % 3],
                date=f"2024-01-{number + 1:02}", **meta)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Return what has been done since it was cleared last."""
    done: Counter[str] = Counter()

    def count(owner: Any, name: str, what: str, amount: Callable[..., int] = lambda *_a, **_k: 1) -> None:
        stock = getattr(owner, name)

        def noted(*args: Any, **given: Any) -> Any:
            done[what] += amount(*args, **given)
            return stock(*args, **given)

        monkeypatch.setattr(owner, name, noted)

    count(Builder, "read_doc", "read")
    count(BuildEnvironment, "get_doctree", "loaded")
    count(StandaloneHTMLBuilder, "handle_page", "pages")
    count(toctrees, "_resolve_toctree", "toctrees")
    count(navigation, "frames", "sidebars")
    count(navigation, "arrange", "shelves")
    count(Setter, "_set", "formulas")
    count(fulltext, "write", "indexed", lambda chosen, _target: len(chosen))
    return done


def build(folder: EditionFolder, counted: Counter[str]) -> dict[str, int]:
    counted.clear()
    folder.build()
    return dict(counted)


def edition(make_edition: Make, posts: int) -> EditionFolder:
    """Write posts in three topics, and a table of contents on the home page so that one is resolved at all."""
    folder = make_edition(TOML, name=f"of-{posts}")
    folder.write("index.md", "# 首页\n\n```{toctree}\nabout\n```\n")
    folder.write("about.md", "# 关于\n")
    for number in range(posts):
        post(folder, number)
    return folder


#: Once a build, whatever was changed.
ONCE = {"shelves": 1, "sidebars": 1}


def test_a_full_build_grows_with_the_posts_and_no_faster(make_edition: Make, counted: Counter[str]) -> None:
    six, twelve = (build(edition(make_edition, number), counted) for number in (6, 12))
    assert six == ONCE | {"read": 9, "formulas": 6, "toctrees": 1, "pages": 26, "indexed": 6}
    # A post more is a page and its reasons more.
    assert twelve == ONCE | {"read": 15, "formulas": 12, "toctrees": 1, "pages": 38, "indexed": 12}


def test_an_edit_costs_what_it_changes(make_edition: Make, counted: Counter[str]) -> None:
    folder = edition(make_edition, 12)
    build(folder, counted)
    assert build(folder, counted) == ONCE
    # Another sign, the same counts: the post. It is written from memory, no document is loaded.
    post(folder, 3, "一段文字！")
    assert build(folder, counted) == ONCE | {"read": 1, "formulas": 1, "pages": 1, "indexed": 1}
    # Other counts: the post, its reasons, the audit and its list as a plain page.
    post(folder, 3, "一段文字，又有 $y$。")
    assert build(folder, counted) == ONCE | {"read": 1, "formulas": 2, "loaded": 1, "pages": 4, "indexed": 1}


def test_a_post_that_comes_or_goes_costs_what_shows_it(make_edition: Make, counted: Counter[str]) -> None:
    costs = []
    for posts in (6, 12):
        folder = edition(make_edition, posts)
        build(folder, counted)
        post(folder, posts)
        come = build(folder, counted)
        (folder.source / "posts" / f"p{posts:02}.md").unlink()
        costs.append((come, build(folder, counted)))
    (come, gone), (come_of_twelve, gone_of_twelve) = costs
    assert come["read"] == come["formulas"] == 1 and "read" not in gone and "formulas" not in gone
    assert come["pages"] <= 12 and gone["pages"] <= 12
    # The neighbours in the topic are more than two posts by now; nothing else is.
    for few, many in ((come, come_of_twelve), (gone, gone_of_twelve)):
        assert many["pages"] - few["pages"] <= 2 and many["loaded"] - few["loaded"] <= 2
        assert many.get("toctrees", 0) <= 1


def test_one_post_of_many_is_read_without_another_process(make_edition: Make, counted: Counter[str]) -> None:
    folder = edition(make_edition, 12)
    folder.build(jobs=2)
    alone = counted["read"]
    assert 0 < alone < 12, "another process reads its share"
    post(folder, 3, "一段文字！")
    folder.build(jobs=2)
    assert counted["read"] == alone + 1
