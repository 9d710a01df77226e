"""An edit of a post and of its original together shows."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from conftest import EditionFolder

from ext.edition.posts import digests
from tools.__main__ import main

ORIGINAL = "---\nid: '8'\n---\n\n甲\n\n乙\n"


@pytest.fixture
def folder(edition_folder: EditionFolder) -> EditionFolder:
    """Return an edition with one post, its original and the digest of that."""
    path = edition_folder.source / "originals" / "8.md"
    digests.store(edition_folder.source, path, ORIGINAL)
    edition_folder.post("a", "甲\n\n:::{prf:remark}\n注\n:::\n\n乙", id="8", origin="feed")
    return edition_folder


def intact(folder: EditionFolder) -> tuple[dict[str, object], str]:
    built = folder.build()
    (row,) = json.loads((built.out / "audit.json").read_bytes())["rows"]
    (verdict,) = [one["verdict"] for one in row["results"] if one["criterion"] == "intact"]
    return row["intact"], verdict


def test_the_file_is_one_of_sha256sum(folder: EditionFolder) -> None:
    digests.store(folder.source, folder.source / "originals" / "图.md", "丙\n")
    done = subprocess.run(["sha256sum", "-c", digests.FILE], cwd=folder.source, capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.count("OK") == 2


def test_both_edited_together_fail_and_are_named(folder: EditionFolder) -> None:
    assert intact(folder) == ({"state": "intact", "line": None, "differences": 0, "stored": "kept"}, "pass")
    (folder.source / "originals/8.md").write_text(ORIGINAL.replace("乙", "丁"), "utf-8")
    folder.post("a", "甲\n\n丁", id="8", origin="feed")
    built = folder.build()
    (warning,) = built.warnings
    assert "originals/8.md is changed here" in warning and warning.endswith("[zhushu.original_edited]")
    assert "存底的原文在此处被改过" in built.html("posts/a") and "存底的原文在此处被改过" in built.html("audit/a")
    assert intact(folder) == ({"state": "intact", "line": None, "differences": 0, "stored": "changed"}, "fail")
    assert main(["restore", "a", "--edition", str(folder.root)]) == 1, "nothing is restored from it"


def test_a_digest_that_changes_is_seen_without_a_change_of_the_post(folder: EditionFolder) -> None:
    assert intact(folder)[1] == "pass"
    digests.record(folder.source, {"8.md": "别的"})
    assert intact(folder)[1] == "fail"
    digests.record(folder.source, {"8.md": ORIGINAL})
    assert intact(folder)[1] == "pass"
    digests_file = folder.source / digests.FILE
    digests_file.write_text(digests_file.read_text("utf-8").replace("8.md", "9.md"), "utf-8")
    assert intact(folder)[1] == "unknown", "those of others are kept, so who took this one out?"


@pytest.mark.parametrize("damage", [
    b"\xff\xfe nothing\n", b"<<<<<<< ours\n", f"{digests.digest('x')}  originals/8.md\n".encode(),
    b"0  originals/8.md\n", f"{digests.digest('x')}  originals/../8.md\n".encode()])
def test_lines_that_are_none_say_nothing(folder: EditionFolder, damage: bytes) -> None:
    path = folder.source / digests.FILE
    own = path.read_bytes()
    path.write_bytes(damage + own)
    doubled = damage.endswith(b"  originals/8.md\n") and len(damage) > 64
    assert digests.state(digests.load(folder.source), "8.md", ORIGINAL) == ("unrecorded" if doubled else "kept")
    digests.record(folder.source, {"8.md": ORIGINAL})
    assert path.read_bytes() == own


def test_an_old_edition_is_told_and_filled_in(folder: EditionFolder, capsys: pytest.CaptureFixture[str]) -> None:
    (folder.source / digests.FILE).unlink()
    state, verdict = intact(folder)
    assert (state["stored"], verdict) == ("unknown", "pass")
    folder.build("audit", out="audit")
    assert "1 originals without a digest" in capsys.readouterr().out
    again = ["restore", "--record", "--edition", str(folder.root)]
    assert main([*again, "--dry-run"]) == 0 and not (folder.source / digests.FILE).exists()
    assert main(again) == 0
    assert "originals/8.md: as it is, whatever happened to it before" in capsys.readouterr().out
    assert intact(folder)[0]["stored"] == "kept"
    (folder.source / "originals/8.md").write_text(ORIGINAL.replace("乙", "丁"), "utf-8")
    assert main(again) == 0 and intact(folder)[0]["stored"] == "changed", "what is recorded is not recorded anew"
    assert main([*again, "a"]) == 0 and intact(folder)[0]["stored"] == "kept"
    assert "accepted as it is now: it was" in capsys.readouterr().out


def test_line_ends_do_not_count(tmp_path: Path) -> None:
    assert digests.digest("甲\r\n乙\r") == digests.digest("甲\n乙\n")


def test_a_rewrite_vouches_for_nothing_that_was_changed_before(folder: EditionFolder) -> None:
    path = folder.source / "originals" / "8.md"
    digests.revise(folder.source, path, "新")
    assert digests.state(digests.load(folder.source), "8.md", path.read_text("utf-8")) == "kept"
    path.write_text("伪", "utf-8")
    digests.revise(folder.source, path, "伪图")
    assert digests.state(digests.load(folder.source), "8.md", path.read_text("utf-8")) == "changed"
    digests.forget(folder.source, "8.md")
    assert digests.load(folder.source) == {}
