"""Every change of an original or a review shows against a revision."""

from __future__ import annotations

import subprocess
from pathlib import Path

from ext.audit.trusted import changes


def git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@example.org", *arguments], cwd=root, check=True,
                   capture_output=True)


def test_changes_of_originals_and_reviews_are_listed(tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "originals").mkdir(parents=True)
    (source / "posts").mkdir()
    for name in ("originals/1.md", "originals/2.md", "posts/a.md", "reviews.yaml"):
        (source / name).write_text("旧\n", "utf-8")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "first")
    assert changes(source, "HEAD") == ()
    (source / "originals/1.md").write_text("新\n", "utf-8")
    (source / "originals/2.md").unlink()
    (source / "originals/图.md").write_text("新\n", "utf-8")
    (source / "posts/a.md").write_text("新\n", "utf-8")
    (source / "reviews.yaml").write_text("新\n", "utf-8")
    expected = (("changed", "originals/1.md"), ("removed", "originals/2.md"), ("added", "originals/图.md"),
                ("changed", "reviews.yaml"))
    assert changes(source, "HEAD") == expected
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "second")
    assert changes(source, "HEAD~1") == expected
