"""A post whose layers the import could not tell apart is unknown, whatever has been marked in it since."""

from __future__ import annotations

from conftest import EditionFolder

from ext.posts.measure import records


def test_layers_that_nobody_settled_are_unknown(edition_folder: EditionFolder) -> None:
    body = "$$a$$ (e)\n\n:::{prf:derivation} 题\n:of: e\n\n$b$\n:::\n"
    edition_folder.post("a", body, id="1", origin="legacy", layers="unknown")
    edition_folder.post("b", body.replace("(e)", "(f)").replace(":of: e", ":of: f"), id="2", origin="legacy")
    found = records(edition_folder.build().env)
    assert found["posts/a"].original is None and found["posts/a"].added is None
    assert found["posts/b"].original is not None
    edition_folder.write("originals/1.md", "---\nid: 1\n---\n\n$$a$$\n")
    assert records(edition_folder.build().env)["posts/a"].original is not None, "a fetched original settles it"
