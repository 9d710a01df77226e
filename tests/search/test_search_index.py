"""What the index holds of a post."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from conftest import EditionFolder
from sphinx.errors import ExtensionError

from ext.search.fulltext import _SIGNATURE, _index

BODY = """奇异值可用 `np.linalg.svd` 求得，也可自己写：

```python
import numpy as np
listing = np.zeros(3)  # 代码里的注释
```

    indented_listing = 1

设 $x$ 为所求。

$$y = z$$ (eq-y)
"""


def texts(out: Path) -> str:
    """Return what excerpts are made of, in one string."""
    files = sorted((out / "pagefind" / "fragment").glob("*.pf_fragment"))
    entries = (json.loads(gzip.decompress(file.read_bytes()).removeprefix(_SIGNATURE)) for file in files)
    return "\n".join(entry["content"] for entry in entries)


def test_names_in_the_text_are_found_and_listings_and_formulas_are_no_text(edition_folder: EditionFolder) -> None:
    edition_folder.post("a", BODY)
    found = texts(edition_folder.build().out)
    assert "np.linalg.svd" in found and "所 求" in found
    for left_out in ("import", "listing", "注 释", "eq-y", "y = z"):
        assert left_out not in found, left_out


def test_another_choice_of_what_is_text_renews_the_index(
        edition_folder: EditionFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    edition_folder.post("a", BODY)
    edition_folder.build()
    monkeypatch.setattr("ext.search.fulltext._EXCLUDED", ("p",))
    out = edition_folder.build().out
    assert json.loads((out / ".views/search.json").read_text("utf-8"))["delta"].keys() == {"posts/a.html"}


def test_an_edition_without_posts_has_an_index_that_finds_nothing(edition_folder: EditionFolder) -> None:
    out = edition_folder.build().out
    assert (out / "pagefind" / "pagefind-entry.json").stat().st_size
    assert texts(out) == "\U0002fa1d"
    assert json.loads((out / "pagefind" / "edition.json").read_text("utf-8"))["titles"] == {}


def test_posts_without_a_word_are_no_reason_to_stop(edition_folder: EditionFolder) -> None:
    edition_folder.post("a", "$x$", title="？！")
    assert (edition_folder.build().out / "pagefind" / "pagefind-entry.json").stat().st_size


def test_an_indexer_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(ExtensionError, match="pagefind ended with 1: .*not able to build an index"):
        _index(tmp_path, tmp_path / "made")
