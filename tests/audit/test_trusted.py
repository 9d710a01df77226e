"""Every change of an original or a review shows against a revision, and every review says where it came from."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from conftest import EditionFolder

from ext.audit.trusted import changes, review_commits
from ext.edition.audit import reviews
from ext.edition.audit.facts import UNCOMMITTED, Change
from ext.edition.posts import digests
from ext.edition.site.errors import EditionError


def git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@example.org", *arguments], cwd=root,
                          check=True, capture_output=True)
    return done.stdout.decode().strip()


def commit(root: Path, message: str) -> str:
    git(root, "add", "-A")
    git(root, "commit", "-qm", message)
    return git(root, "rev-parse", "HEAD")


def test_changes_of_originals_and_reviews_are_listed(tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "originals").mkdir(parents=True)
    (source / "posts").mkdir()
    for name in ("originals/1.md", "originals/2.md", "posts/a.md", "reviews.yaml", digests.FILE):
        (source / name).write_text("旧\n", "utf-8")
    git(tmp_path, "init", "-q")
    commit(tmp_path, "first")
    assert changes(source, "HEAD") == ()
    (source / "originals/1.md").write_text("新\n", "utf-8")
    (source / "originals/2.md").unlink()
    (source / "originals/图.md").write_text("新\n", "utf-8")
    for name in ("posts/a.md", "reviews.yaml", digests.FILE):
        (source / name).write_text("新\n", "utf-8")
    expected = (Change("changed", digests.FILE), Change("changed", "originals/1.md"),
                Change("removed", "originals/2.md"), Change("added", "originals/图.md"),
                Change("changed", "reviews.yaml"))
    assert changes(source, "HEAD") == expected
    commit(tmp_path, "second")
    assert changes(source, "HEAD~1") == expected
    for nonsense in ("nonsense", "--output=x"):
        with pytest.raises(EditionError, match="neither a file nor a revision"):
            changes(source, nonsense)


def earlier(source: Path, known: dict[str, reviews.Record]) -> None:
    """Write reviews as earlier editions did."""
    lines = (f"{json.dumps(post)}:\n  by: {one.by}\n  date: '{one.date}'\n  digest: '{one.digest}'\n"
             for post, one in known.items())
    (source / reviews.FILE).write_text("# Who reviewed what.\n" + "".join(lines), "utf-8")


def test_a_review_says_by_which_commit_it_came_in(tmp_path: Path) -> None:
    one, other = reviews.Record("甲", "2020-01-01", "0" * 16), reviews.Record("乙", "2020-01-02", "1" * 16)
    said = reviews.Review("2020-01-01", "丁", "1")
    earlier(tmp_path, {"1": one, "a: b": one})
    reviews.append(tmp_path, said)
    assert review_commits(tmp_path) == {}, "without git nobody knows"
    git(tmp_path, "init", "-q")
    assert review_commits(tmp_path) == {}
    first = commit(tmp_path, "first")
    earlier(tmp_path, {"1": one, "2": other, "a: b": other})
    reviews.append(tmp_path, said)
    second = commit(tmp_path, "second")
    # Somebody puts another name on a review, and adds one by hand.
    earlier(tmp_path, {"1": one, "2": reviews.Record("丙", "2020-01-02", "1" * 16), "9": one, "a: b": other})
    path = reviews.append(tmp_path, said)
    new = {(path.relative_to(tmp_path).as_posix(), str(at)): by for at, by in
           enumerate((first[:12], second[:12], UNCOMMITTED), 1)}
    old = {"1": first[:12], "2": UNCOMMITTED, "9": UNCOMMITTED, "a: b": second[:12]}
    assert review_commits(tmp_path) == new | {(reviews.FILE, post): by for post, by in old.items()}
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{tmp_path}", "shallow")
    assert set(review_commits(tmp_path / "shallow").values()) == {""}, "what was not fetched is unknown"


def test_the_audit_shows_both(edition_folder: EditionFolder) -> None:
    folder, root = edition_folder, edition_folder.root
    text = "---\nid: '8'\n---\n\n甲\n"
    digests.store(folder.source, folder.write("originals/8.md", text), text)
    folder.post("a", "甲", id="8", origin="feed")
    (root / ".gitignore").write_text("out\ndoctrees\n", "utf-8")
    git(root, "init", "-q")
    first = commit(root, "first")
    earlier(folder.source, {"8": reviews.Record("复核者", "2020-01-01", "0" * 16)})
    second = commit(root, "a review")
    built = folder.build(audit_base=first)
    whole = json.loads((built.out / "audit.json").read_bytes())
    assert whole["trusted"] == [{"kind": "added", "path": "reviews.yaml"}]
    assert whole["rows"][0]["review"]["commit"] == second[:12]
    assert "- added: reviews.yaml" in (built.out / "audit.md").read_text("utf-8")
    assert "<code>reviews.yaml</code>" in built.html("audit")
    assert second[:12] in built.html("posts/a") and second[:12] in built.html("audit/a")
    assert "audit-trusted" not in folder.build().html("audit"), "without a base there is nothing to list"
