"""axe as it is, in half its time: what it keeps is kept on the thing itself, and a colour is read once."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe

#: axe makes six weak maps' entries for every colour it reads, tens of thousands of times a page. A page under test is
#: soon gone, so nothing has to be let go of before.
_MAPS = """class {
  #key = Symbol();
  set(one, value) { one[this.#key] = value; return this; }
  get(one) { return one[this.#key]; }
  has(one) { return this.#key in one; }
  delete(one) { return delete one[this.#key]; }
}, class {
  #key = Symbol();
  add(one) { one[this.#key] = true; return this; }
  has(one) { return this.#key in one; }
  delete(one) { return delete one[this.#key]; }
}"""
#: A page has a few colours and ten thousand elements, and axe reads the colours of each from their names.
_COLOURS = """(() => {
  const read = new Map(), own = axe.commons.color.Color.prototype, parse = own.parseString;
  own.parseString = function (text) {
    if (!read.has(text)) {
      parse.call(this, text);
      read.set(text, [this.r, this.g, this.b, this.alpha]);
    }
    [this.r, this.g, this.b, this.alpha] = read.get(text);
    return this;
  };
})();"""


def quick() -> Axe:
    """Return axe with both; what it finds is the same, as a test says."""
    return Axe(f"((WeakMap, WeakSet) => {{{Axe().axe_script}\n}})({_MAPS});\n{_COLOURS}")
