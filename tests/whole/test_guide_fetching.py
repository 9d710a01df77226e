"""The guide to fetching names every option and every key there is, and no message that is not said."""

from __future__ import annotations

import argparse
import re
from typing import Any

import msgspec
import pytest
import yaml
from conftest import REPO, EditionFolder

from ext.edition.site.config import Fetch, Profile, Site
from ext.edition.site.files import read_text
from tools import receipt
from tools.convert import command as convert
from tools.fetch import command as fetch

GUIDE = read_text(REPO / "source" / "guide" / "fetching.md")


def section(title: str) -> str:
    """Return what stands below one heading."""
    return GUIDE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def options(command: Any) -> list[str]:
    """Return the long options of a command."""
    parser = argparse.ArgumentParser(add_help=False)
    command.arguments(parser)
    return [next(name for name in action.option_strings if name.startswith("--"))
            for action in parser._actions if action.option_strings]


@pytest.mark.parametrize(("command", "titles"), [
    (fetch, ("从哪里取", "取哪些")), (convert, ("只转换，不抓取",)), (receipt, ("收据", "取哪些"))],
    ids=["fetch", "convert", "receipt"])
def test_every_option_is_explained(command: Any, titles: tuple[str, ...]) -> None:
    text = "".join(map(section, titles))
    for option in options(command):
        assert re.search(rf"{option}\b", text), option


def test_no_option_is_made_up() -> None:
    known = {option for command in (fetch, convert, receipt) for option in options(command)}
    assert set(re.findall(r"--[a-z][a-z-]+", GUIDE)) <= known


@pytest.mark.parametrize(("table", "title"), [(Site, "[site]"), (Profile, "[site.profile]"), (Fetch, "[fetch]")],
                         ids=["site", "profile", "fetch"])
def test_every_key_is_explained_and_no_other(table: type[msgspec.Struct], title: str) -> None:
    explained = re.findall(r"^\| `(\w+)` \|", section(title), re.M)
    assert sorted(explained) == sorted(set(table.__struct_fields__) - {"profile", "generators"})


def test_messages_are_those_that_are_said() -> None:
    said = "\n".join(read_text(path) for folder in ("tools", "ext") for path in (REPO / folder).rglob("*.py"))
    messages = [message for row in re.findall(r"^\| (`[^|]*`) \|", section("出了问题"), re.M)
                for message in re.findall(r"`([^`]+)`", row)]
    assert len(messages) > 5
    for message in messages:
        number, _, text = message.rpartition(": ")
        assert text in said and (not number or f"{number}: \"{text}\"" in said), message


def test_guide_builds_without_a_warning(published: EditionFolder) -> None:
    """A warning about any page would have ended the build of the site."""
    jobs = yaml.safe_load(read_text(REPO / ".readthedocs.yaml"))["build"]["jobs"]
    assert all("--fail-on-warning" in command for command in jobs["build"]["html"])
    assert (published.root / "build" / "html" / "guide" / "fetching.html").is_file()
