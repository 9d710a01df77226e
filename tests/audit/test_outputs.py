"""Every output of one build says the same: page, JSON, CSV, Markdown, SARIF, badge, terminal and queue."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import jsonschema
import msgspec
import pytest
from audited import COVERAGE, checked_edition
from bs4 import BeautifulSoup, Tag
from conftest import REPO, EditionFolder

import tools.__main__ as command_line
from ext.audit import listing
from ext.audit.listing import FIRST
from ext.audit.page import PER_GROUP
from ext.audit.verdict import SHOWN
from ext.edition.audit import phrases
from ext.edition.audit.actions import ACTIONS
from ext.edition.audit.coverage import CoverCounts
from ext.edition.audit.criteria import Result
from ext.edition.audit.facts import Facts
from ext.edition.audit.outputs import audit_csv, audit_json, badge, pull, sarif
from ext.edition.audit.shares import Share, percent
from ext.edition.audit.steps import PostChange, PostState, Step, compare
from ext.edition.audit.summary import Summary, summarise
from ext.edition.checks.lint import Finding, Lint
from ext.edition.posts.measures import Counts
from tests.audit.test_summary import EDITION, record

#: Titles that a page, a spreadsheet, a terminal or a workflow could take for something else.
HOSTILE = ["=HYPERLINK(\"x\")", "+1", "-1", "@SUM(A1)", "\ttab", "a|b](http://x)<script>alert(1)</script>",
           "行\n::error file=a::b", "[red]x[/] [/nonsense]", "\x1b[2J\u202eevil", "*_`#{}~", "100%,:\r\n"]
VERDICTS = {"pass": "passed", "fail": "failed", "unknown": "unknown", "n/a": "not_applicable"}


class Outputs:
    """All that one edition gives: the files and the page of the html build, and what the terminal shows."""

    def __init__(self, edition: EditionFolder, capture: pytest.MonkeyPatch) -> None:
        self.edition = edition
        self.out = edition.root / "build" / "html"
        if not self.out.is_dir():
            edition.build(out="build/html", doctrees="build/doctrees")
        self.json: dict[str, Any] = json.loads((self.out / "audit.json").read_text("utf-8"))
        self.page = BeautifulSoup((self.out / "audit.html").read_text("utf-8"), "lxml")
        self.plain = BeautifulSoup((self.out / "audit-posts.html").read_text("utf-8"), "lxml")
        script, more = ((self.out / name).read_text("utf-8").partition("=")[2].rstrip(";\n")
                        for name in (listing.FILE, listing.MORE))
        self.data: dict[str, Any] = json.loads(script)
        self.data["rows"] |= json.loads(more)
        shown = io.StringIO()
        capture.setattr("sys.stdout", shown)
        capture.setenv("COLUMNS", "400")
        self.audit = self.edition.build("audit", out="build/audit", doctrees="build/doctrees").out
        self.terminal = shown.getvalue()
        self.next = io.StringIO()
        capture.setattr("sys.stdout", self.next)
        assert command_line.main(["next", "--edition", str(edition.root), "-n", "9999"]) == 0
        capture.undo()


@pytest.fixture(scope="module", params=["hand-checked", "bundled", "legacy"])
def outputs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Outputs:
    """Return the outputs of the hand-checked edition, of the bundled one, and of real posts of an older edition."""
    folder = tmp_path_factory.mktemp("outputs") / "edition"
    if request.param == "hand-checked":
        edition = checked_edition(folder)
    elif request.param == "bundled":
        edition = request.getfixturevalue("published")
    else:
        posts = request.getfixturevalue("corpus") / "legacy"
        assert command_line.main(["init", str(folder)]) == 0
        edition = EditionFolder(folder)
        shutil.copy(REPO / "edition.toml", folder)
        shutil.copy(REPO / "source" / "audit.md", edition.source)
        assert command_line.main(["import-markdown", str(posts), "--edition", str(folder), "--quiet"]) in (0, 1)
    with pytest.MonkeyPatch.context() as patch:
        return Outputs(edition, patch)


def shares(whole: dict[str, Any]) -> dict[str, tuple[int, int]]:
    """Return every share of the edition that an output may name, from audit.json alone."""
    coverage = whole["coverage"]
    total = sum(coverage[name] for name in COVERAGE if name != "restated")
    found = {"equations": (coverage["derived"] + coverage["explained"], total), "derived": (coverage["derived"], total),
             "layers": tuple(whole["layers_known"].values())}
    evidence = whole["evidence"]
    found |= {"checked": (evidence["passed"], evidence["derivations"]),
              "computed": (evidence["computed"], evidence["equations"])}
    for name in ("met", "completed", "with_formulas", "with_blocks"):
        found[name] = tuple(whole[name].values())
    for tally in whole["tallies"]:
        found[tally["criterion"]] = (tally["passed"], tally["passed"] + tally["failed"])
    return found


def number(cell: Tag) -> Any:
    """Return the number that a cell shows; None for the sign of the unknown."""
    text = cell.get_text(" ", strip=True).replace(",", "")
    return None if text == "?" else float(text) if re.fullmatch(r"[\d.]+", text) else text


def linked(page: BeautifulSoup) -> dict[str, int]:
    """Return the numbers that are links to the filtered list, by their filter."""
    found: dict[str, int] = {}
    for link in page.select("table.audit-list a[href^='?']"):
        text = link.get_text(strip=True).replace(",", "")
        if text.isdecimal():
            query = parse_qs(urlsplit(str(link["href"])).query)
            found["&".join(f"{key}={values[0]}" for key, values in sorted(query.items()))] = int(text)
    return found


def test_the_schema_describes_the_json(outputs: Outputs) -> None:
    schema = json.loads((outputs.out / audit_json.SCHEMA_FILE).read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(outputs.json, schema, cls=jsonschema.Draft202012Validator)
    assert outputs.json["$schema"] == audit_json.SCHEMA_FILE
    for break_ in ({"version": "1"}, {"rows": [{}]}, {"met": {"count": 1}}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(outputs.json | break_, schema, cls=jsonschema.Draft202012Validator)


def test_both_builders_write_the_same_files(outputs: Outputs) -> None:
    for name in ("audit.json", "audit.schema.json", "audit.csv", "audit.md", "audit.sarif", "badge.json", "badge.svg"):
        assert (outputs.out / name).read_bytes() == (outputs.audit / name).read_bytes(), name


def cells(table: BeautifulSoup) -> list[dict[str, Tag]]:
    """Return the cells of every row of a list of posts by the names of its columns."""
    names = [str(head["data-name"]) for head in table.select(".audit-table thead th")]
    return [dict(zip(names, row.find_all(["th", "td"], recursive=False), strict=True))
            for row in table.select(".audit-table tbody tr")]


def in_queue_order(whole: dict[str, Any]) -> list[dict[str, Any]]:
    places = {task["docname"]: place for place, task in enumerate(whole["queue"])}
    return sorted(whole["rows"], key=lambda row: (places.get(row["record"]["docname"], len(places)),
                                                  row["record"]["docname"]))


def test_the_table_of_posts_says_what_the_json_says(outputs: Outputs) -> None:
    rows, unbuilt = in_queue_order(outputs.json), outputs.json["unbuilt"]
    shown = cells(outputs.plain)
    assert len(shown) == len(rows) + len(unbuilt)
    for at, (cell, row) in enumerate(zip(shown, rows, strict=False)):
        post, cover = row["record"], row["coverage"]
        total = sum(cover.values()) - cover["restated"] if cover else None
        want: dict[str, Any] = {
            "kb": round(row["kb"], 1), "formulas": row["formulas"], "structured": row["structured"],
            "equations": total, "restated": cover and cover["restated"], "links_in": row["importance"]["links"],
            "added_formulas": post["added"] and post["added"]["inline"] + post["added"]["displayed"],
            "original_formulas": post["original"] and post["original"]["inline"] + post["original"]["displayed"]}
        want |= {name: post["total"][name] for name in
                 ("inline", "displayed", "numbered", "characters", "sections", "code", "images", "links")}
        assert {name: number(cell[name]) for name in want} == want, post["docname"]
        assert {name: outputs.data["rows"][name][at] for name in want} == want, post["docname"]
        covered = (cover["derived"] + cover["explained"]) if cover else None
        text = "?" if cover is None else "–" if not total else f"{percent(covered, total)} {covered}/{total}"
        assert cell["coverage"].get_text(" ", strip=True) == text
        assert cell["title"].a and cell["title"].a.get_text() == post["title"] == outputs.data["rows"]["post"][at][0]
        assert dict(row["todo"]) == {name: None if items == "?" else int(items) for name, _, items in
                                     (one.partition(":") for one in outputs.data["rows"]["todo"][at].split())}
        assert [number(found) for found in cell["todo"].select("b")] == [
            items for _, items in row["todo"]]
        texts = outputs.data["words"]
        assert cell["stage"].get_text() == texts["stage"][row["stage"]]
        assert outputs.data["rows"]["met"][at] == {True: "yes", False: "no", None: "unknown"}[row["met"]]
        assert outputs.data["rows"]["batch"][at].split() == row["batches"]
        letters = {"pass": "p", "fail": "f", "unknown": "u", "n/a": "n"}
        verdicts = "".join(letters[result["verdict"]] for result in row["results"])
        assert outputs.data["rows"]["verdicts"][at].replace("-", "") == verdicts
    assert [cell["title"].get_text(strip=True) for cell in shown[len(rows):]] == [one["title"] for one in unbuilt]
    first = cells(outputs.page)
    assert len(first) == min(FIRST, len(rows)) and len(first[0]) == 9
    for cell, whole in zip(first, shown, strict=False):
        assert {name: one.get_text() for name, one in cell.items()} == {name: whole[name].get_text() for name in cell}


def test_the_strip_says_what_json_csv_and_terminal_say(outputs: Outputs) -> None:
    want = {one["name"]: (one["items"], one["posts"], one["unknown"]) for one in outputs.json["actions"]}
    assert set(want) == set(ACTIONS)
    shown = {}
    for item, name in zip(outputs.page.select(".strip > li"), want, strict=True):
        assert item.b is not None
        counts = {"uncounted" in one.get("class", ()): int(re.sub(r"\D", "", one.get_text()))
                  for one in item.select("small")}
        items = number(item.b)
        assert (item.a is not None) == bool(counts) and (item.a is None or f"?do={name}#" in str(item.a["href"]))
        assert (items is None) == (True in counts and False not in counts)
        shown[name] = (items or 0, counts.get(False, 0), counts.get(True, 0))
    assert shown == want
    lines = list(csv.DictReader(io.StringIO((outputs.out / "audit.csv").read_text("utf-8-sig"))))
    pairs = [one.partition(":")[::2] for line in lines for one in line["todo"].split()]
    assert {name: (sum(int(items) for found, items in pairs if found == name and items != "?"),
                   sum(found == name and items != "?" for found, items in pairs),
                   sum(found == name and items == "?" for found, items in pairs)) for name in want} == want
    terminal = re.findall(r"^(\w+) +(\d+|\?) +(\d+)(?: \+ (\d+)\?)? +(?:–|make|python|\$EDITOR)",
                          outputs.terminal.partition("可做的事")[2], re.M)
    assert {name: (int(items.replace("?", "0")), int(posts), int(unknown or 0))
            for name, items, posts, unknown in terminal} == want
    stages = [int(found.get_text()) for found in outputs.page.select(".stages b")]
    assert stages == [count for _, count in outputs.json["stages"]]
    assert sum(stages) == len(outputs.json["rows"]) == len(lines)


def test_the_other_tables_of_the_page(outputs: Outputs) -> None:
    whole, shown = outputs.json, linked(outputs.page)
    want: dict[str, int] = {}
    for tally in whole["tallies"]:
        for verdict, name in VERDICTS.items():
            want[f"criterion={tally['criterion']}&verdict={verdict}"] = tally[name]
    for row in whole["grid"]:
        want[f"grade={row['key'] or '-'}"] = sum(row["counts"])
        for priority, count in zip([*whole["priorities"], "-"], row["counts"], strict=True):
            want[f"grade={row['key'] or '-'}&importance={priority}"] = count
    for key, groups in (("topic", whole["topics"]), ("series", whole["series"])):
        for group in groups:
            pair = f"{key}={group['name'] or '-'}"
            filters = {"flag=built": group["posts"], "status=completed": group["completed"], "met=yes": group["met"],
                       "flag=short": group["short"]}
            want |= {"&".join(sorted([pair, one])): count for one, count in filters.items()}
    assert shown == {key: count for key, count in want.items() if count}
    text = outputs.page.get_text(" ", strip=True)
    headline = outputs.page.select_one(".headline-value b")
    assert headline and headline.get_text() == percent(*shares(whole)["equations"])
    assert {state: int(number(outputs.page.select_one(f".legend .{state} b")))
            for state in whole["coverage"]} == whole["coverage"]
    layers = [[number(cell) for cell in row.select("td")] for row in outputs.page.select("table.layers tbody tr")]
    fields = ("inline", "displayed", "numbered", "characters", "sections", "code", "images", "links")
    assert layers == [[whole[name][field] for field in fields] for name in ("original", "added", "total")]
    bars = [int(number(bar)) for bar in outputs.page.select(".bars .bar-value")]
    assert bars == [bar["posts"] for bar in [*whole["sizes"], *whole["formula_counts"]]]
    for step in {task["step"] for task in whole["queue"]}:
        own = [task["title"] for task in whole["queue"] if task["step"] == step]
        items = outputs.page.select(f"section:has(> #queue-{step}) .queue > li:not([hidden])")
        assert [item.select_one("a").get_text() for item in items] == own[:PER_GROUP]
        heading = outputs.page.select_one(f"#queue-{step} small")
        assert heading and str(len(own)) in heading.get_text()
    claims = [int(found.get_text()) for found in outputs.page.select(".claims b")]
    assert claims == [sum(claim["kind"] == kind for claim in whole["status_claims"])
                      for kind in ("claimed", "unmeasured", "unclaimed")]
    for batch in whole["batches"]:
        of = batch["posts"] + len(batch["missing"])
        assert f"{percent(batch['done'], of)} {batch['done']}/{of}" in text


def test_the_tiles_of_the_page(outputs: Outputs) -> None:
    shown = {(str(tile["href"]).partition("#")[0], tile.select_one(".tile-value").get_text(),
              tile.select_one(".tile-note").get_text()) for tile in outputs.page.select("a.tile")}
    filters = {"completed": "status=completed", "met": "met=yes", "reviewed": "review=reviewed",
               "with_formulas": "flag=formulas", "with_blocks": "flag=blocks", "short": "flag=short",
               "long": "flag=long", "exemplary": "flag=exemplary", "layers_known": "flag=layers"}
    for name, query in filters.items():
        share = outputs.json[name]
        assert any(href == f"?{query}" and value == str(share["count"])
                   and percent(share["count"], share["of"]) in note and str(share["of"]) in note
                   for href, value, note in shown), name


def test_the_csv(outputs: Outputs) -> None:
    data = (outputs.out / "audit.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    lines = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert len(lines) == len(outputs.json["rows"])
    for line, row in zip(lines, outputs.json["rows"], strict=True):
        post, cover = row["record"], row["coverage"] or {}
        want = {name: post[name] for name in ("id", "title", "docname", "date", "topic", "series", "status", "bytes")}
        want |= {name: row[name] for name in ("state", "grade", "stage", "long", "exemplary", "met", "formulas",
                                              "structured")}
        want |= {"importance": row["importance"]["level"], "importance_by": row["importance"]["by"]}
        want |= {name: post["total"][name] for name in ("inline", "displayed", "numbered", "characters", "links")}
        want |= {name: cover.get(name) for name in ("derived", "explained", "referenced", "uncovered", "restated")}
        want["equations"] = sum(cover.values()) - cover["restated"] if cover else None
        want |= {"intact": row["intact"]["state"], "review": row["review"]["state"]}
        for side in ("original", "added"):
            want[f"{side}_formulas"] = post[side] and post[side]["inline"] + post[side]["displayed"]
        text = {name: "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
                for name, value in want.items()}
        assert {name: line[name] for name in text} == text


def test_markdown_terminal_and_badge(outputs: Outputs) -> None:
    want = {name: (str(count), str(of), percent(count, of)) for name, (count, of) in shares(outputs.json).items()}
    markdown = (outputs.out / "audit.md").read_text("utf-8")
    lines = re.findall(r"^\| (\w+) \| (\d+) \| (\d+) \| (.+) \|$", markdown, re.M)
    assert {cells[0]: tuple(cells[1:]) for cells in lines} == want
    terminal = re.findall(r"^(\w+) +(\d+) +(\d+) +(\S+(?: %)?) *$", outputs.terminal.partition("可做的事")[0], re.M)
    assert {cells[0]: tuple(cells[1:]) for cells in terminal} == want
    endpoint = json.loads((outputs.out / "badge.json").read_text("utf-8"))
    assert endpoint["message"] == want["equations"][2] and endpoint["schemaVersion"] == 1
    svg = BeautifulSoup((outputs.out / "badge.svg").read_text("utf-8"), "xml")
    assert want["equations"][2] in {text.get_text() for text in svg.select("text")}


def test_the_queue_in_terminal_and_tools_next(outputs: Outputs) -> None:
    for text, most in ((outputs.terminal, SHOWN), (outputs.next.getvalue(), None)):
        lines = text.splitlines()
        for step in {task["step"] for task in outputs.json["queue"]}:
            own = [task for task in outputs.json["queue"] if task["step"] == step]
            for task in own[:most]:
                slug = task["docname"].rpartition("/")[2]
                at = lines.index(f"  {task['title']} [{slug}]")
                effort = lines[at + 1]
                for amount, unit in ((task["equations"], "个方程"), (task["sections"], "节")):
                    assert f"{'?' if amount is None else amount} {unit}" in effort
                want = [phrases.missing(msgspec.convert(result, Result), english=False) for result in task["failing"]]
                assert lines[at + 2].strip() == ", ".join(want) or not want
                command = lines[at + 2 + bool(want)].strip()
                assert command.startswith("$ ")
                # The rest of a post that was cut short comes with whatever else is due.
                whole = step == "fetch" and command == "$ python -m tools fetch"
                assert whole or f"source/{task['docname']}.md" in command
        assert "…" not in re.sub(r"……还有 \d+ 篇", "", text.partition("接下来")[2] or text)


def test_the_sarif(outputs: Outputs) -> None:
    run = json.loads((outputs.out / "audit.sarif").read_text("utf-8"))["runs"][0]
    want = [(finding["subtype"], f"source/{row['record']['docname']}.md", finding["line"] or 1)
            for row in outputs.json["rows"] for finding in row["findings"]]
    places = [result["locations"][0]["physicalLocation"] for result in run["results"]]
    assert all(place["artifactLocation"]["uri"].isascii() for place in places)
    assert want == [(result["ruleId"], unquote(place["artifactLocation"]["uri"]), place["region"]["startLine"])
                    for result, place in zip(run["results"], places, strict=True)]
    assert {rule["id"] for rule in run["tool"]["driver"]["rules"]} == {str(lint) for lint in Lint}


def test_the_json_is_read_back_as_the_summary(outputs: Outputs) -> None:
    whole = audit_json.load(outputs.out / "audit.json")
    assert json.loads(audit_json.to_json(whole)) == outputs.json


@pytest.mark.parametrize(("change", "says"), [
    (lambda text: text.replace('"version": 2', '"version": 3'), "version 3, not 2"),
    (lambda text: text.replace('"rows": [', '"rows": 5, "x": ['), "not an audit.json of version 2"),
    (lambda text: text[:-20], "not an audit.json of version 2")])
def test_a_json_of_another_form_is_refused_with_the_remedy(
    outputs: Outputs, tmp_path: Path, capsys: pytest.CaptureFixture[str], change: Callable[[str], str], says: str
) -> None:
    (tmp_path / "audit.json").write_text(change((outputs.out / "audit.json").read_text("utf-8")), "utf-8")
    assert command_line.main(["next", "--edition", str(outputs.edition.root),
                              "--audit", str(tmp_path / "audit.json")]) == 1
    error = capsys.readouterr().err
    assert says in error and "make audit" in error


def hostile(count: int = len(HOSTILE)) -> Summary:
    """Return the audit of posts with hostile titles and findings."""
    posts = []
    for at in range(count):
        title = HOSTILE[at % len(HOSTILE)]
        finding = Finding(at or None, Lint.RAW_HTML, title)
        posts.append(Facts(record(f"p{at:03}", title=title).record, findings=(finding,)))
    return summarise(posts, {}, EDITION)


def test_no_cell_of_the_csv_is_a_spreadsheet_formula() -> None:
    lines = list(csv.DictReader(io.StringIO(audit_csv.to_csv(hostile()).decode("utf-8-sig"), newline="")))
    assert len(lines) == len(HOSTILE)
    for line, title in zip(lines, HOSTILE, strict=True):
        assert line["title"] == (f"'{title}" if title[0] in "=+-@\t" else title)
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in line.values())


def test_workflow_commands_cannot_be_injected() -> None:
    text = sarif.to_github(hostile(), "source")
    lines = text.splitlines()
    assert len(lines) == len(HOSTILE) and "\r" not in text and "\t" in text
    assert all(re.match(r"::(error|notice) file=source/posts/p\d{3}\.md,line=\d+,title=zhushu raw_html::", line)
               for line in lines)
    assert "100%25,:%0D%0A" in text and "行%0A::error file=a::b" in text
    assert len(sarif.to_github(hostile(200), "source").splitlines()) == sarif.SHOWN


def test_mistakes_come_before_notes_and_colons_in_a_path_are_escaped() -> None:
    both = (Finding(1, Lint.RAW_HTML, "note"), Finding(2, Lint.MATH_UNSET, "bad"))
    whole = summarise([Facts(record("a:b,c").record, findings=both)], {}, EDITION)
    first, second = sarif.to_github(whole, "source").splitlines()
    assert first.startswith("::error file=source/posts/a%3Ab%2Cc.md,line=2") and second.startswith("::notice")


def test_markdown_is_short_and_a_title_stays_in_its_cell() -> None:
    whole = hostile(500)
    changes = [PostChange(row.record.id, row.record.title, "changed", (Step("covered", 1, 2),),
                          (Step("resolves", 1, 0),) if at % 2 else ()) for at, row in enumerate(whole.rows)]
    lines = pull.to_markdown(whole, changes).splitlines()
    assert len(lines) < 60
    shown = [line for line in lines if "covered 1 → 2" in line]
    assert lines[-1] == f"… and {500 - len(shown)} more changed posts."
    assert all("resolves ✗" in line for line in shown), "what got worse comes first"
    for line in shown:
        assert len(re.findall(r"(?<!\\)\|", line)) == 4
        bare = re.sub(r"\\.", "", line)
        assert not re.search(r"[<>`*_\[\]#@]", bare), line
    assert "No post changed." in pull.to_markdown(whole, ())
    assert "No base to compare with." in pull.to_markdown(whole, None)


@pytest.mark.parametrize("count", [40, 41, 42, 43])
def test_markdown_of_any_length_is_whole_or_says_what_it_leaves_out(count: int) -> None:
    whole = hostile(1)
    changes = [PostChange(str(at), f"t{at}", "added") for at in range(count)]
    text = pull.to_markdown(whole, changes)
    left = re.search(r"… and (\d+) more", text)
    assert len(re.findall(r"^\| t\d+ \| added", text, re.M)) + (int(left[1]) if left else 0) == count
    assert len(text.splitlines()) < 60


def test_a_compared_build_names_only_what_changed() -> None:
    before = {"a": PostState("甲", met=("intact",), failing=("coverage",), covered=1, equations=4, findings=2),
              "b": PostState("乙"), "c": PostState("丙")}
    after = {"a": PostState("甲", met=("coverage",), failing=("intact",), covered=4, equations=4, findings=0),
             "b": PostState("乙"), "d": PostState("丁")}
    text = pull.to_markdown(hostile(1), compare(before, after))
    assert "| 甲 | covered 1 → 4, findings 2 → 0, coverage ✓ | intact ✗ |" in text
    assert "| 丁 | added | |" in text and "| 丙 | removed | |" in text and "乙" not in text


@pytest.mark.parametrize(("covered", "of", "colour", "text"), [
    (0, 0, "#9f9f9f", "–"), (0, 5, "#e05d44", "0 %"), (1, 300, "#e05d44", "<1 %"), (39, 100, "#e05d44", "39 %"),
    (2, 5, "#dfb317", "40 %"), (799, 1000, "#dfb317", "79 %"), (4, 5, "#97ca00", "80 %"), (199, 200, "#97ca00", "99 %"),
    (7, 7, "#4c1", "100 %")])
@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_badge_colours_change_at_their_edges(covered: int, of: int, colour: str, text: str, language: str) -> None:
    assert badge.colour(Share(covered, of)) == colour
    post = record("a", original=Counts(displayed=of))
    whole = summarise([post], {}, EDITION)
    object.__setattr__(whole, "coverage", CoverCounts(derived=covered, uncovered=of - covered))
    endpoint = json.loads(badge.to_endpoint(whole, language))
    assert (endpoint["message"], endpoint["color"]) == (text, colour)
    svg = badge.to_svg(whole, language)
    assert colour in svg and text.replace("<", "&lt;") in svg and endpoint["label"] in svg
    assert BeautifulSoup(svg, "xml").svg is not None
