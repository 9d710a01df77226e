"""Annotations written elsewhere are put behind their equations, and the original is left alone."""

from __future__ import annotations

import pytest

from ext.edition.posts.original import strip
from ext.edition.posts.scaffold import insert_behind, insert_derivations, written_behind
from ext.edition.site.errors import EditionError

BODY = "# T\n\nFirst\n\n$$\na\n$$ (eq-a)\n\nthen\n\n$$\nb\n$$ (eq-b)\ntail\n"
NOTES = ":::{prf:remark} One\n:of: eq-b, eq-a\n\nb.\n:::\n\n:::{prf:remark} Two\nWith it.\n:::\n\n" \
        "::::{prf:derivation}\n:label: der-a\n:derives: eq-a\n\n:::{step}\n$a$\n:::\n::::\n"


def test_each_annotation_stands_behind_the_equation_it_names_first():
    found = list(written_behind(NOTES))
    assert [name for name, _ in found] == ["eq-b", "eq-b", "eq-a"]
    body = insert_behind(BODY, found)
    assert strip(body) == strip(BODY)
    assert body.index("der-a") < body.index("then") < body.index("} One") < body.index("} Two") < body.index("tail")


def test_derivations_stand_in_the_order_of_the_post_whatever_the_order_asked():
    assert insert_derivations(BODY, ["eq-b", "eq-a"]) == insert_derivations(BODY, ["eq-a", "eq-b"])


@pytest.mark.parametrize(("notes", "said"), [
    ("Text.\n", "line 1 is no annotation"),
    (":::{prf:remark} One\nb.\n:::\n", "nothing says which equation"),
])
def test_what_belongs_nowhere_is_named(notes: str, said: str):
    with pytest.raises(EditionError, match=said):
        list(written_behind(notes))


def test_an_equation_that_is_not_there_is_named():
    with pytest.raises(EditionError, match="no equation 'eq-c'"):
        insert_behind(BODY, [("eq-c", ":::{prf:remark}\nx\n:::")])
