"""Take out of the pages of notebooks what their editor shows and no author wrote: ``In [1]:``."""

from __future__ import annotations

import re
from itertools import islice

from tools.convert.dom import Element, classes, remove, text_of

_PROMPT = frozenset({"prompt", "input_prompt", "output_prompt", "out_prompt_overlay", "jp-inputprompt",
                     "jp-outputprompt", "jp-inputarea-prompt", "jp-outputarea-prompt", "nbinput-prompt",
                     "prompt_container"})
_TEXT = re.compile(r"(?:(?:(?:In|Out) ?)?\[[\d* ]*\] ?:?)?")


def drop_prompts(root: Element) -> None:
    """Remove the prompts of cells."""
    for el in [el for el in root.iter("div", "span", "bdi", "td") if classes(el) & _PROMPT]:
        small = el.getparent() is not None and sum(1 for _ in islice(el.iter(), 12)) < 12
        if small and _TEXT.fullmatch(" ".join(text_of(el).split())):
            remove(el)
