"""Sources of Hugo, Jekyll and Hexo: front matter, drafts, formulas for Markdown to unescape, short codes, Liquid."""

from __future__ import annotations

from pathlib import Path

import pytest
from docutils import nodes
from hypothesis import given, settings
from hypothesis import strategies as st

from ext.edition.posts import catalogue
from ext.edition.site import config, frontmatter
from ext.edition.site.errors import EditionError
from ext.edition.site.files import read_text
from tests.tools.test_convert_attacks import doctree
from tools.__main__ import main
from tools.import_markdown import library
from tools.import_markdown.post import Imported, convert

EDITION = config.parse('[edition]\ntitle = "T"\nlanguage = "en"\n[site]\nurl = "https://sums.example"\n')
HUGO = "---\ntitle: On sums\ndraft: false\n---\n\n"


def imported(body: str, head: str = HUGO, name: str = "on-sums.md") -> Imported:
    """Import one file."""
    post = convert(head + body, name, EDITION)
    assert not post.lost
    return post


def text(body: str, head: str = HUGO) -> str:
    """Return the text below the title."""
    return imported(body, head).body.partition("\n")[2].strip()


@pytest.mark.parametrize(
    "head",
    [
        '+++\ntitle = "On sums"\ndate = 2020-03-04T05:06:07+08:00\ntags = ["a", "b"]\ndraft = false\n+++\n\n',
        '{\n  "title": "On sums", "date": "2020-03-04", "tags": ["a", "b"], "draft": false\n}\n\n',
        "---\ntitle: On sums\ndate: 2020-03-04 05:06:07 +0800\ncategories: [a, b]\nlayout: post\n---\n\n",
    ],
)
def test_front_matter_of_every_generator_is_read(head: str) -> None:
    post = imported("Words.", head)
    assert (post.meta["title"], post.meta["date"], post.meta["tags"]) == ("On sums", "2020-03-04", ["a", "b"])
    assert post.body.strip() == "# On sums\n\nWords."


@pytest.mark.parametrize(
    ("name", "slug", "date"),
    [
        ("_posts/2019-05-06-on-sums.md", "on-sums", "2019-05-06"),
        ("post/on-sums/index.md", "on-sums", ""),
        ("on-sums.markdown", "on-sums", ""),
        ("post/2019-05-06-求和/index.md", "求和", "2019-05-06"),
    ],
)
def test_names_of_files_and_folders_give_slug_and_day(name: str, slug: str, date: str) -> None:
    post = imported("Words.", "---\nlayout: post\n---\n", name)
    assert (post.slug, post.meta["date"], post.meta["title"]) == (slug, date, slug)


@pytest.mark.parametrize(
    ("source", "myst"),
    [
        ("Let \\\\(x\\_1\\\\) be.", "Let $x_1$ be."),
        ("So \\\\(a\\\\)\n\n\\\\[a \\\\\\\\ b\\\\]", "So $a$\n\n$$a \\\\ b$$"),
        ("So \\\\(\\\\{a\\\\}\\\\).", "So $\\{a\\}$."),
        ("Let \\(x_1\\) be, and \\[x\n= y\\]", "Let $x_1$ be, and $$x = y$$"),
        ("Call \\(him\\) or `\\(x_1\\)`.", "Call \\(him\\) or `\\(x_1\\)`."),
        ("{{< math >}}y_2{{< /math >}} and {{< katex >}}\nz\n{{< /katex >}}", "$y_2$ and $z$"),
        ("{% katex %}y_2{% endkatex %}", "$y_2$"),
    ],
)
def test_every_way_to_write_a_formula_is_one(source: str, myst: str) -> None:
    assert text(source) == myst


def test_in_kramdown_doubled_dollars_within_a_line_are_inline() -> None:
    head = "---\nlayout: post\ntitle: On sums\n---\n"
    assert text("Let $$x_1$$ be.\n\n$$x_2$$\n\nSo $$x_3$$.", head) == "Let $x_1$ be.\n\n$$x_2$$\n\nSo $x_3$."


@pytest.mark.parametrize(
    ("source", "myst"),
    [
        (
            '{{< figure src="/i/a.png" title="A plot" >}}',
            ':::{figure} https://sums.example/i/a.png\n:alt: "A plot"\n\nA plot\n\n:::',
        ),
        (
            '{% include figure.html image_path="/i/a.png" alt="p" caption="A $x$" %}',
            ':::{figure} https://sums.example/i/a.png\n:alt: "p"\n\nA $x$\n\n:::',
        ),
        ('{{< img src="/i/a.png" alt="p" />}}', "![p](https://sums.example/i/a.png)"),
        ("{% asset_img /i/a.png %}", "![figure](https://sums.example/i/a.png)"),
        ("{{< highlight python >}}\nx = {}\n{{< /highlight >}}", "```python\nx = {}\n```"),
        ("{% codeblock lang:python %}\n    x = 1\n{% endcodeblock %}", "```python\n    x = 1\n```"),
        ("{{% callout note %}}\nSo $x$.\n{{% /callout %}}", ":::{admonition} Note\n:class: note\n\nSo $x$.\n\n:::"),
        ('{{< notice warning "Mind" >}}a{{< /notice >}}', ":::{admonition} Mind\n:class: warning\n\na\n\n:::"),
        ("{% note tip %}a{% endnote %}", ":::{admonition} Tip\n:class: tip\n\na\n\n:::"),
        ('{{< details "More" >}}a{{< /details >}}', ":::{admonition} More\n:class: note dropdown\n\na\n\n:::"),
        ("{{< youtube abc >}}", "[https://www.youtube.com/watch?v=abc](https://www.youtube.com/watch?v=abc)"),
        ("a\n\n<!--more-->\n\nb\n{: .center}", "a\n\nb"),
        ("[x]({{ site.baseurl }}/a) {{ '/b' | relative_url }}", "[x](https://sums.example/a) /b"),
        ("```\n{{< figure src=x >}}\n```", "```\n{{< figure src=x >}}\n```"),
    ],
)
def test_known_codes_become_what_they_stand_for(source: str, myst: str) -> None:
    assert text(source) == myst


@pytest.mark.parametrize(
    "code", ["{{< chart data >}}", "{% post_url 2020-01-01-x %}", "{{ page.title }}", "{{< /figure >}}", "{{< note >}}"]
)
def test_unknown_codes_are_named(code: str) -> None:
    post = imported(f"a {code} b")
    assert any("short code" in note for note in post.receipt["import"]["left"])


def test_a_picture_without_an_address_is_named_and_its_caption_kept() -> None:
    post = convert(f'{HUGO}{{{{< figure src="a.png" caption="A plot" >}}}}', "x.md", EDITION)
    assert "A plot" in post.body and any("a.png" in note for note in post.receipt["import"]["left"])


def test_boxes_within_boxes_are_read_by_the_reader() -> None:
    body = text("{{< details A >}}{{< note >}}inner{{< /note >}}{{< /details >}}")
    outer, inner = doctree("# T\n\n" + body).findall(nodes.admonition)
    assert inner.parent is outer and "inner" in inner.astext()


def test_drafts_are_left_out_and_folders_of_generators_are_known(tmp_path: Path) -> None:
    folder, edition = tmp_path / "src", tmp_path / "ed"
    for name, head in {
        "content/post/a/index.md": "title: A",
        "content/post/b.md": "title: B\ndraft: true",
        "content/post/_index.md": "title: List",
        "_drafts/c.md": "title: C",
        "_posts/2020-01-02-d.md": "title: D",
        "_posts/2020-01-03-e.md": "title: E\npublished: false",
        "themes/t/README.md": "title: T",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"---\n{head}\n---\n\nWords.\n", "utf-8")
    assert main(["init", str(edition), "--language", "en"]) == 0
    assert main(["import-markdown", str(folder), "--edition", str(edition)]) == 0
    posts = sorted((edition / "source/posts").glob("*.md"))
    assert [frontmatter.split(read_text(path)).meta["title"] for path in posts] == ["A", "D"]
    assert len(catalogue.load(edition / "source")) == 2
    before = {path: path.read_bytes() for path in edition.rglob("*") if path.is_file()}
    assert main(["import-markdown", str(folder), "--edition", str(edition)]) == 0
    assert {path: path.read_bytes() for path in edition.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("data", "what"),
    [(b"<!DOCTYPE html><html>", "HTML page.*--pages|HTML page"), (b"---\ntitle: x\n---\n", "is a file")],
)
def test_a_file_instead_of_a_folder_is_told_what_it_is(tmp_path: Path, data: bytes, what: str) -> None:
    (tmp_path / "x").write_bytes(data)
    with pytest.raises(EditionError, match=what) as caught:
        library.files(tmp_path / "x")
    assert caught.value.remedy


_BITS = [
    "{{< note >}}",
    "{{< /note >}}",
    "{{% details %}}",
    "{{% /details %}}",
    "{{< math >}}",
    "{{< /math >}}",
    "{% raw %}",
    "{% endraw %}",
    "{{ x }}",
    "\\\\(",
    "\\\\)",
    "\\[",
    "\\]",
    "$$",
    "$",
    "\n\n",
    "\n",
    "`",
    "{{< figure src=/a.png >}}",
    "{% highlight c %}",
    "{% endhighlight %}",
    ":::",
    "> ",
]


@settings(max_examples=120, deadline=None)
@given(st.lists(st.sampled_from([*_BITS, "word"]), max_size=24))
def test_no_word_is_lost_between_codes(bits: list[str]) -> None:
    numbered = [f" word{n}z " if bit == "word" else bit for n, bit in enumerate(bits)]
    post = convert(HUGO + "".join(numbered), "x.md", EDITION)
    for bit in numbered:
        assert bit.strip() in post.body or "word" not in bit
