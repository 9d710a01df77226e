"""What is measured from the text of a post is what a build counts, to the last formula."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import TOML, EditionFolder

from ext.posts.measure import records
from tools import measure
from tools.__main__ import main
from tools.measure import Text

POST = r"""
引子 $a$，角色 {math}`b`，段中 $$c$$ 之后，价 5\$。

```{math}
:label: eq-d
d = 1
```

$$
\newcommand{\x}{y}
$$

\begin{align}
e &= 1 \label{eq-e}\\
f &= 2
\end{align}

见 $\eqref{eq-e}$ 与 {eq}`eq-d`，脚注[^n]，`$code$`。

[^n]: 脚注里的 $g$。

> 引文 $h$
>
> $$i$$

| 表 | 格 |
|---|---|
| $j$ | $k$ |

- 列表 $l$

  $$m$$

```python
n = "$o$"
```

```{list-table} 题 $p$
:header-rows: 1

* - 甲
  - $q$
* - 乙
  - 丙
```

:::{admonition} 题 $r$
:class: tip

文 $s$
:::

## 一节 $t$

::::{prf:derivation} 推导 $u$
:label: der-u
:of: eq-e
:class: dropdown

文 $v$。

:::{step} 一步 $w$
$$x$$
:::
::::

{.annotation}
## 注

$y$

### 小节

$$z$$

:::{note}
$\alpha$
:::

## 又一节

$\beta$
"""


@pytest.fixture
def built(edition_folder: EditionFolder) -> EditionFolder:
    edition_folder.post("own", POST)
    edition_folder.post("bare", "文 $a$。\n\n$$b$$\n", origin="feed", id="7", source="https://blog.example/archives/7")
    edition_folder.post("kept", "文 $a$。\n\n$$b$$\n", origin="feed", id="8", source="https://blog.example/archives/8")
    edition_folder.write("originals/8.md", "---\nid: '8'\norigin: feed\n---\n\n文 $a$。\n\n$$b$$\n")
    return edition_folder


def test_the_text_and_the_build_give_the_same_numbers(built: EditionFolder,
                                                      capsys: pytest.CaptureFixture[str]) -> None:
    found = {docname: record for docname, record in records(built.build().env).items() if record.is_post}
    assert main(["measure", "--edition", str(built.root), "--json"]) == 0
    measured = {f"posts/{Path(one['file']).stem}": one for one in json.loads(capsys.readouterr().out)}
    assert sorted(measured) == sorted(found) == ["posts/bare", "posts/kept", "posts/own"]
    for docname, record in found.items():
        for side, counts, size in (("total", record.total, record.bytes),
                                   ("original", record.original, record.original_bytes),
                                   ("added", record.added, record.added_bytes)):
            expected = None if counts is None else {
                "inline": counts.inline, "displayed": counts.displayed, "sections": counts.sections, "bytes": size}
            assert measured[docname][side] == expected, f"{docname} {side}"
    assert measured["posts/bare"]["original"] is None and measured["posts/kept"]["added"]["inline"] == 0
    assert measured["posts/own"]["added"]["displayed"] == 2


def test_the_layers_of_a_text() -> None:
    done = measure.measure(Text("a.md", "---\norigin: local\n---\n\n# 题\n" + POST))
    assert done.original is not None and done.added is not None
    assert (done.original.inline, done.original.displayed, done.original.sections) == (13, 6, 2)
    assert (done.added.inline, done.added.displayed, done.added.sections) == (5, 2, 2)


def test_the_table_and_processes(built: EditionFolder, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["measure", "--edition", str(built.root), "--workers", "1"]) == 0
    here = capsys.readouterr().out
    assert main(["measure", "--edition", str(built.root), "--workers", "2"]) == 0
    assert capsys.readouterr().out == here
    lines = here.splitlines()
    assert lines[0].split() == ["inline", "displayed", "sections", "bytes", "file"]
    assert lines[1].split()[:3] == ["1?", "1?", "0?"] and lines[2].split()[:3] == ["1", "1", "0"]
    assert lines[3].split()[:3] == ["13+5", "6+2", "2+2"]
    assert lines[-1].startswith("3 files: 30 formulas (20 inline, 10 displayed), 4 sections, ")
    assert lines[-1].endswith("layers of 1 unknown")


def test_any_folder_is_measured_and_what_cannot_be_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                            capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "notes"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.md").write_text("$x$\n", "utf-8")
    (folder / "deep" / "b.md").write_text("---\nt: [\n---\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    assert main(["measure", "notes"]) == 1
    said = capsys.readouterr()
    assert "1 files: 1 formulas" in said.out and "b.md:" in said.err and "is not YAML" in said.err
    (tmp_path / "none").mkdir()
    assert main(["measure", "none"]) == 1 and "no Markdown file" in capsys.readouterr().err
    assert main(["measure"]) == 1 and "python -m tools init" in capsys.readouterr().err
    (tmp_path / "edition.toml").write_text(TOML, "utf-8")
    assert main(["measure"]) == 1 and "no Markdown file" in capsys.readouterr().err
