"""A brief says what the files say of one equation: its text, its surroundings, its symbols, the gate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import TOML, EditionFolder, new_edition

from tools.__main__ import main
from tools.brief import letters

BODY = r"""设 $x_i$ 为数，$\mathbf{W}$ 为矩阵。

$$
y = \mathbf{W} x
$$ (eq-one)

:::{prf:definition} 范数
:label: def-norm
某 $p$。
:::

中间的话。

$$
\| y \|^2 = \sum_i y_i^2 + \beta
$$ (eq-two)

后面的话。

::::{prf:derivation} 已有的
:label: der-two
:of: eq-two
$$y = 1$$
::::
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> EditionFolder:
    made = new_edition(tmp_path_factory.mktemp("brief") / "edition", TOML + '[new]\nneeds = ["check"]\n')
    made.post("p", BODY, title="题")
    return made


def told(folder: EditionFolder, capsys: Any, *words: str) -> str:
    assert main(["brief", "p", *words, "--edition", str(folder.root)]) == 0
    return str(capsys.readouterr().out)


@pytest.mark.parametrize("name", ["eq-two", "2", "(2)"])
def test_what_the_files_say(folder: EditionFolder, capsys: Any, name: str) -> None:
    found = json.loads(told(folder, capsys, name, "--json"))
    assert (found["id"], found["number"], found["state"]) == ("eq-two", "2", "derived")
    assert "y²" in found["text"] or "‖y‖" in found["text"]
    line = Path(folder.source / "posts/p.md").read_text("utf-8").splitlines().index("后面的话。") - 3
    assert abs(found["line"] - line) <= 1
    assert found["before"][-1] == "中间的话。" and found["after"] == ["后面的话。"], "annotations are no surroundings"
    known = {one["tex"]: one for one in found["symbols"]}
    assert list(known) == ["y", "i", r"\beta"]
    assert known["i"]["said"].startswith("设 $x_i$") and known["y"]["equations"] == ["eq-one"]
    assert known[r"\beta"] == {"tex": r"\beta", "line": None, "said": "", "equations": []}
    assert [one["name"] for one in found["rests_on"]] == ["eq-one", "def-norm"], "not what derives it"
    assert any("check" in one for one in found["gate"])


def test_the_skeleton_builds_and_derives(folder: EditionFolder, capsys: Any, tmp_path: Path) -> None:
    box = json.loads(told(folder, capsys, "eq-one", "--json"))["skeleton"]
    other = new_edition(tmp_path / "other")
    other.post("p", BODY + "\n" + box.replace(":::{step}\n", ":::{step} 起\n$$y = z$$\n"))
    assert other.build("text", out="text").warnings == ()
    assert told(other, capsys, "eq-one").splitlines()[0] == "p: eq-one (1), derived"


def test_as_text_and_errors(folder: EditionFolder, capsys: Any) -> None:
    text = told(folder, capsys, "eq-one")
    assert all(part in text for part in ("题: eq-one (1), beside", "source/posts/p.md:", "symbols", "the gate"))
    assert main(["brief", "p", "eq-tow", "--edition", str(folder.root)]) == 1
    assert "eq-two" in capsys.readouterr().err


def test_letters_have_their_style_and_words_none() -> None:
    assert letters(r"\mathbf{x}_t = \text{if } \operatorname{diag}(\sigma) \bm W \label{q}") == (
        r"\mathbf{x}", "t", r"\sigma", r"\bm{W}")
    assert letters(r"\mathbf") == () and letters("中 1 + 2") == ()
