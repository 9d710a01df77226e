"""Names of formulas: through any change of a post they mean their own formula, or nothing; never another."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ext.edition.math.pairs import pair
from ext.edition.posts.blocks import blocks
from ext.edition.posts.formula_names import formulas
from ext.edition.posts.merge import update
from ext.edition.posts.naming import names_of, with_label
from ext.edition.posts.notes import mentions, renamed
from ext.edition.posts.original import canonical, layer, strip

WORDS = ("sum", "norm", "bound", "kernel", "limit", "proof", "path", "noise", "sample", "term", "rate", "step", "prior",
         "field", "graph", "node", "tail", "root", "matrix", "vector", "energy", "flow", "space", "case", "index")
LETTERS = [*"abcdefghkmpqrsuvwxyz", "\\alpha", "\\beta", "\\gamma"]
DAY = "2026-09-12"
SHAPES = {
    "top": "$$\n{tex}\n$$", "align": "\\begin{{align*}}{tex}\\end{{align*}}",
    "list": "- {text}\n\n  $$\n  {tex}\n  $$", "quote": "> {text}\n>\n> $$\n> {tex}\n> $$",
    "box": "```{{admonition}} {text}\n:class: dropdown\n\nso\n\n$$\n{tex}\n$$\n\nend.\n```",
    "table": "| a | b |\n| --- | --- |\n| {text} | $${tex}$$ |", "mid": "{text} $${tex}$$ and on",
    "caption": "```{{figure}} a.png\n\n{text} $${tex}$$\n```", "fence": "```{{math}}\n{tex}\n```",
}


@dataclass(frozen=True)
class Piece:
    """A paragraph of a generated post, or a formula with the key that only the test knows."""

    text: str
    key: int = -1
    tex: str = ""
    shape: str = "top"

    @property
    def shown(self) -> str:
        if self.key < 0:
            return self.text
        tex = self.tex.replace(" = ", " &= ", 1) if self.shape == "align" else self.tex
        return SHAPES[self.shape].format(tex=tex, text=self.text)


class Writer:
    """Write posts and change them, by a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def paragraph(self) -> str:
        one = self.random
        return " ".join(one.choice(WORDS) for _ in range(one.randint(6, 18))) + f" {one.randint(0, 99)}."

    def term(self) -> str:
        one = self.random
        letter, other = one.choice(LETTERS), one.choice(LETTERS)
        return one.choice([letter, f"{letter}_{{{one.randint(0, 9)}}}", f"{letter}^{{{one.randint(2, 4)}}}",
                           rf"\frac{{{letter}}}{{{other}}}", rf"\sum_{{i}} {letter}_i {other}"])

    def formula(self) -> str:
        return f"{self.term()} = " + f" {self.random.choice('+-')} ".join(self.term() for _ in range(
            self.random.randint(3, 6)))

    def post(self) -> list[Piece]:
        """Return paragraphs and formulas in turn; some formulas say what others say."""
        pieces: list[Piece] = []
        told: list[str] = []
        for _ in range(self.random.randint(3, 12)):
            pieces.append(Piece(self.paragraph()))
            tex = self.random.choice(told) if told and self.random.random() < 0.12 else self.formula()
            told.append(tex)
            pieces.append(Piece(self.paragraph(), len(told) - 1, tex, self.random.choice(list(SHAPES))))
        return [*pieces, Piece(self.paragraph())]

    def change(self, old: list[Piece]) -> list[Piece]:
        """Return another version: formulas permuted, moved, edited, nested, removed, copied, texts rewritten."""
        one, new = self.random, list(old)
        doubled = {piece.tex for piece in old if piece.key >= 0 and sum(piece.tex == o.tex for o in old) > 1}
        copied: set[int] = set()
        for step in one.sample(("permute", "move", "edit", "copy", "nest", "remove", "rewrite"), one.randint(1, 3)):
            places = [n for n, piece in enumerate(new) if piece.key >= 0]
            # Two that say the same in exchanged places, or a copy whose model is gone, nobody can tell apart.
            free = [n for n in places if new[n].tex not in doubled and new[n].key not in copied and new[n].key < 1000]
            if step == "permute" and len(free) > 1:
                chosen = one.sample(free, min(len(free), 3))
                for n, piece in zip(chosen, [new[n] for n in one.sample(chosen, len(chosen))], strict=True):
                    new[n] = piece
            elif step == "move" and free:
                n = one.choice(free)
                taken = new[n - 1:n + 1] if new[n - 1].key < 0 else [new[n]]
                del new[n + 1 - len(taken):n + 1]
                at = one.randint(0, len(new))
                new[at:at] = taken
            elif step == "edit" and free:
                for n in one.sample(free, min(len(free), 2)):
                    new[n] = replace(new[n], tex=new[n].tex + f" {one.choice('+-')} {self.term()}")
            elif step == "copy" and free:
                n = one.choice(free)
                copied.add(new[n].key)
                at = one.choice([at for at in range(len(new) + 1) if at not in (n - 1, n, n + 1, n + 2)])
                new.insert(at, replace(new[n], key=1000 + new[n].key, text=self.paragraph()))
            elif step == "nest" and places:
                for n in one.sample(places, min(len(places), 2)):
                    new[n] = replace(new[n], shape=one.choice(list(SHAPES)))
            elif step == "remove" and free:
                del new[one.choice(free)]
            elif step == "rewrite":
                n = one.choice([n for n, piece in enumerate(new) if piece.key < 0])
                new[n] = Piece(self.paragraph())
        return new


def text_of(pieces: list[Piece]) -> str:
    return "\n\n".join(piece.shown for piece in pieces) + "\n"


def outcome(seed: int) -> tuple[list[str], int, int]:
    """Return the names that mean another formula now, how many formulas still stand, and how many kept their names."""
    writer = Writer(seed)
    old = writer.post()
    new = writer.change(old)
    keys = [piece.key for piece in old if piece.key >= 0]
    names = {one.content: key for one, key in zip(formulas(layer(text_of(old))), keys, strict=True)}
    about = "\n\n".join(f":::{{prf:remark}} {key}\n:of: {name}\n\n说。\n:::" for name, key in names.items())
    post = f"# T\n\n{text_of(old)}\n{{.annotation}}\n## 注\n\n{about}\n"
    merged = update(post, text_of(old), text_of(new), DAY)
    assert strip(merged.text).count("$$") >= 0 and [canonical(b.text) for b in layer(merged.text)] == [
        canonical(b.text) for b in layer(text_of(new))]
    reserved = merged.fates.reserved
    for base in (old, new):
        again = update(merged.text, text_of(base), text_of(new), "2027-01-01", reserved=reserved)
        assert (again.text, again.fates.reserved) == (merged.text, reserved)
    means, standing = names_of(merged.text, reserved), [piece.key for piece in new if piece.key >= 0]
    assert names_of(merged.text).items() >= {name: means[name] for name in names if name in means}.items()
    assert not [name for name in names if name in names_of(merged.text) and name not in means]
    wrong = [name for name, key in names.items() if name in means and standing[means[name]] != key]
    alive = [name for name, key in names.items() if key in standing]
    dead = {name for name in names if name not in means}
    for line in (note for note in merged.text.split(":::{prf:remark}")[1:] if any(f":of: {n}\n" in note for n in dead)):
        assert ":stale:" in line, "who names the dead is told"
    return wrong, len(alive), sum(name in means for name in alive)


@settings(max_examples=25)
@given(st.integers(0, 10**9))
def test_no_name_comes_to_mean_another_formula(seed: int) -> None:
    assert outcome(seed)[0] == []


def test_names_are_kept_where_the_formula_still_stands() -> None:
    found = [outcome(seed) for seed in range(60)]
    assert not any(wrong for wrong, _, _ in found)
    alive, kept = sum(one for _, one, _ in found), sum(one for _, _, one in found)
    assert alive > 300 and kept >= 0.99 * alive


@pytest.mark.parametrize("shape", SHAPES)
def test_a_label_can_be_written_at_a_formula_wherever_it_is(shape: str) -> None:
    block = Piece("words here", 0, r"a &= b \\ c &= d" if shape == "align" else "a = b", shape).shown
    text = with_label(block, 0, "e-123456-2")
    assert text is not None
    (one,) = formulas(layer(text, titled=False))
    assert one.content == "e-123456-2" and [canonical(b.text) for b in blocks(text)] == [canonical(block)]
    assert with_label(text, 0, "e-123456-2") == text


def test_pairing_takes_no_more_than_a_heavy_post_is_worth() -> None:
    """Each of many that say the same has its own, though all are compared with a few only."""
    old = formulas(layer("\n\n".join(f"Words of place {n}.\n\n$$\n0\n$$" for n in range(300))))
    new = formulas(layer("\n\n".join(f"Words of place {n}.\n\n$$\n0\n$$" for n in range(5, 300))))
    found = pair(old, new).of
    assert all(found[n] == n - 5 for n in found) and len(found) > 280


def test_names_are_seen_and_replaced_in_every_spelling() -> None:
    note = (":::{prf:remark}\n:of: eq:2, other#eq:2\n\n{eq}`eq:2` {eq}`那 <eq:2>` \\eqref{eq:2} [x](#eq:2) "
            "{eq}`p#eq:2` eq:2\n:::\n")
    assert list(mentions(note)) == ["eq:2", "eq:2", "eq:2", "eq:2", "p#eq:2"]
    new = renamed(f"\\eqref{{eq:2}}\n\n{note}", {"eq:2": "e-abcdef"})
    assert new.startswith("\\eqref{eq:2}\n") and new.count("e-abcdef") == 5 and "other#eq:2" in new and "p#eq:2" in new
    assert renamed(note, {"eq:2": "e-abcdef"}, "p").count("e-abcdef") == 1
