"""What a change upstream leaves to be read again of real posts, in characters, as ``tools review`` counts them."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import REPO, EditionFolder, new_edition

from ext.edition.posts.blocks import Block
from ext.edition.posts.notes import notes
from ext.edition.posts.original import layer
from ext.edition.site import frontmatter
from ext.edition.site.files import read_text
from tools.__main__ import main

#: In how many places each of the posts is altered.
PLACES = (1, 3, 10)
#: What may be left to read again: a fifth of the post.
SHARE = 0.2
_LEFT = re.compile(r"to be read: \d+ of \d+ parts, (\d+) of (\d+) characters")
#: So many posts are imported, and those of them taken that have most annotations.
CANDIDATES = 12
#: Where the annotations of a post of the older edition begin, and what the import makes theorems and proofs of.
_ADDED, _LEAD = "\n## 公式推导与注释", re.compile(r"\n\*\*(?:定理|命题|引理|证明|推导|步骤)")


@dataclass(frozen=True)
class Altered:
    """A post that a reviewer had accepted, after a change upstream in so many places."""

    post: str
    places: int
    left: int
    whole: int

    @property
    def share(self) -> float:
        return self.left / self.whole


def git(root: Path, *words: str) -> None:
    subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@example.org", *words], cwd=root, check=True,
                   capture_output=True)


def altered(body: str, places: int) -> str:
    """Return an original that says something else in so many places, evenly over its text and its formulas."""
    blocks = [block for block in layer(body) if block.kind in ("paragraph", "math_block", "amsmath")]
    assert len(blocks) >= places
    lines = body.split("\n")
    for place in reversed(range(places)):
        block = blocks[(2 * place + 1) * len(blocks) // (2 * places)]
        lines[block.first:block.last] = _other(block).split("\n")
    return "\n".join(lines)


def _other(block: Block) -> str:
    """Return a block with something more in the first formula that is displayed in it, else at its end."""
    tex = re.search(r"\$\$.*?(?=\$\$)|\\begin\{\w+\*?\}.*?(?=\\end\{)", block.text, re.S)
    at = tex.end() if tex else len(block.text)
    more = r" + \varepsilon" + "\n" * (tex is not None and "\n" in tex[0]) if tex else "（改）"
    return block.text[:at].rstrip() + more + block.text[at:]


def _leads(path: Path) -> int:
    return len(_LEAD.findall(path.read_text("utf-8", "replace").partition(_ADDED)[2]))


def annotations(path: Path) -> int:
    return len(notes(frontmatter.split(read_text(path)).body))


@pytest.fixture(scope="module")
def folder(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> EditionFolder:
    """Return an edition of posts of the older one with many annotations, imported and committed."""
    root = tmp_path_factory.mktemp("rereading")
    made = new_edition(root / "edition", read_text(REPO / "edition.toml"))
    old = sorted((corpus / "legacy").glob("*.md"), key=lambda path: (-_leads(path), path.name))
    (root / "old").mkdir()
    for path in old[:CANDIDATES]:
        shutil.copy(path, root / "old")
    assert main(["import-markdown", str(root / "old"), "--quiet", "--edition", str(made.root)]) == 0
    git(made.root, "init", "-q")
    git(made.root, "add", "-A")
    git(made.root, "commit", "-qm", "imported")
    return made


def test_a_change_upstream_leaves_a_fifth_to_read_at_most(
        folder: EditionFolder, capsys: pytest.CaptureFixture[str]) -> None:
    found = []
    # Of those without an original nobody knows which text is whose.
    stored = {path.stem for path in (folder.source / "originals").glob("*.md")}
    posts = [path for path in (folder.source / "posts").glob("*.md")
             if str(frontmatter.split(read_text(path)).meta["id"]) in stored]
    posts = sorted(posts, key=lambda path: (-annotations(path), path.name))[:len(PLACES)]
    for path, places in zip(posts, PLACES, strict=True):
        assert annotations(path) > 4, "there is something to review"
        assert main(["review", path.stem, "--by", "甲", "--edition", str(folder.root)]) == 0
        key = str(frontmatter.split(read_text(path)).meta["id"])
        original = folder.source / "originals" / f"{key}.md"
        text = read_text(original)
        body = frontmatter.split(text).body
        assert text.endswith(body)
        original.with_name(f"{key}.new.md").write_text(text[:-len(body)] + altered(body, places), "utf-8")
        assert main(["update", key, "--edition", str(folder.root)]) == 0
        capsys.readouterr()
        assert main(["review", path.stem, "--edition", str(folder.root)]) == 0
        said = _LEFT.search(capsys.readouterr().out)
        assert said is not None
        found.append(Altered(path.stem, places, int(said[1]), int(said[2])))
    for one in found:
        with capsys.disabled():
            print(f"\n{one.post}, altered in {one.places}: {one.left} of {one.whole} characters to be read again, "
                  f"{100 * one.share:.1f} %")
    assert all(one.left > 0 for one in found)
    assert {one.post: one.share for one in found if one.share > SHARE} == {}
