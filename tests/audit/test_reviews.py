"""Reviews: several people, verdicts and scopes; what a change reopens; and files that git merges by itself."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from ext.edition.audit import reviews
from ext.edition.audit.reviews import AROUND, Line, Part, PostReview, Review
from ext.edition.site.errors import EditionError

PARTS = (Part(AROUND, "0"), Part("thm", "1"), Part("der", "2"))
WHOLE = {part.name: part.digest for part in PARTS}


def said(by: str, verdict: reviews.Said = "accept", *, of: str = "", read: dict[str, str] | None = None, day: int = 1,
         note: str = "") -> Review:
    return Review(f"2026-01-0{day}", by, "7", verdict, of, note, read=read if read is not None else (
        {of: WHOLE[of]} if of else WHOLE))


def now(*given: Review, parts: Sequence[Part] = PARTS, body: str = "b") -> PostReview:
    return reviews.standing([Line(one, "reviews/x.jsonl", at) for at, one in enumerate(given, 1)], parts, body)


def states(found: PostReview) -> list[str]:
    return [part.state for part in found.parts]


def test_one_changed_annotation_reopens_itself_alone() -> None:
    changed = (*PARTS[:2], Part("der", "3"))
    assert states(now(said("甲"), parts=changed)) == ["reviewed", "reviewed", "stale"]
    again = now(said("甲"), said("甲", of="der", read={"der": "3"}, day=2), parts=changed)
    assert (again.state, again.times) == ("reviewed", 1)
    assert states(now(said("甲"), parts=(*PARTS, Part("new", "4")))) == ["reviewed", "reviewed", "reviewed", "none"]
    moved = (*PARTS[:2], Part("derivation-9", "2"))
    assert now(said("甲"), parts=moved).state == "reviewed", "what is called otherwise has been read"
    marked = (*PARTS[:2], Part("der", "2", stale=True))
    assert states(now(said("甲"), parts=marked)) == ["reviewed", "reviewed", "stale"]


def test_every_reviewer_has_a_word_and_the_last_one_counts() -> None:
    both = now(said("甲"), said("乙"))
    assert both.times == 2 and both.of("der").by == ("甲", "乙")
    assert now(said("甲"), said("乙", of="der")).times == 1
    objected = now(said("甲"), said("乙", "changes", of="der", note="少了负号", day=2))
    assert objected.state == "objected" and objected.of("der").objections == (("乙", "少了负号"),)
    assert objected.of("der").by == ("甲",), "the other one's word stands"
    assert now(said("乙", "changes", of="der"), said("乙", of="der", day=2), said("甲")).state == "reviewed"
    assert now(said("乙", "changes", of="der"), said("乙", day=2)).state == "reviewed", "the whole post holds it"
    assert now(said("乙", "changes"), said("甲")).state == "objected"
    assert now(said("甲"), said("甲", "comment", of="der", note="好")).state == "reviewed"
    assert now(said("甲"), said("甲", "withdraw", day=2)).state == "none"
    assert states(now(said("甲"), said("甲", "withdraw", of="der", day=2))) == ["reviewed", "reviewed", "none"]


def test_reviews_of_earlier_editions_are_read(tmp_path: Path) -> None:
    (tmp_path / reviews.FILE).write_text("'7':\n  by: 甲\n  date: '2020-01-01'\n  digest: b\n", "utf-8")
    reviews.append(tmp_path, said("乙"))
    (one, two) = reviews.load(tmp_path)["7"]
    assert (one.review.by, one.review.body, two.review.by) == ("甲", "b", "乙")
    found = reviews.standing((one,), PARTS, "b")
    assert found.state == "reviewed" and states(reviews.standing((one,), PARTS, "c")) == ["stale"] * 3


def test_what_is_no_review_is_said_with_its_line(tmp_path: Path) -> None:
    path = reviews.append(tmp_path, said("甲"))
    path.write_bytes(path.read_bytes() + b'{"by": "x"}\n')
    with pytest.raises(EditionError, match="is no review") as caught:
        reviews.load(tmp_path)
    assert str(caught.value.where).endswith(":2")
    path.unlink()
    (tmp_path / "elsewhere").mkdir()
    path.symlink_to("/etc/hostname")
    with pytest.raises(EditionError, match="leads out of the edition"):
        reviews.load(tmp_path)


def test_names_do_not_leave_the_folder_and_do_not_clash() -> None:
    paths = [reviews.path_of(name) for name in ("甲", "A B", "a b", "a-b", "../../etc", "", "x" * 400, "a/b")]
    assert len(set(paths)) == len(paths)
    for path in paths:
        assert path.startswith("reviews/") and path.count("/") == 1 and ".." not in path and len(path.encode()) < 200


def git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@example.org", *arguments], cwd=root, check=True,
                   capture_output=True)


@pytest.mark.parametrize(("one", "other"), [("甲", "乙"), ("甲", "甲")])
def test_reviews_of_two_branches_are_merged_without_a_conflict(tmp_path: Path, one: str, other: str) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    reviews.append(tmp_path, said("甲"))
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "a review")
    for branch, by, of in (("first", one, "thm"), ("second", other, "der")):
        git(tmp_path, "checkout", "-q", "-b", branch, "main")
        reviews.append(tmp_path, said(by, "changes", of=of, note=branch, day=2))
        git(tmp_path, "add", "-A")
        git(tmp_path, "commit", "-qm", branch)
    git(tmp_path, "checkout", "-q", "main")
    git(tmp_path, "merge", "-q", "first")
    git(tmp_path, "merge", "-q", "--no-edit", "second")
    found = reviews.load(tmp_path)["7"]
    assert sorted(line.review.note for line in found) == ["", "first", "second"]
    assert states(reviews.standing(found, PARTS, "b")) == ["reviewed", "objected", "objected"]
