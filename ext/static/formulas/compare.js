// Compare a query with a formula by structure: letter for letter or with other letters, as a whole or as a part.

import { CLOSE, OPEN } from "./words.js";
import { rows } from "./terms.js";

const PAIRS = { "(": ")", "[": "]", "{": "}" };
const CLOSING = new Set(Object.values(PAIRS));
// Steps that one formula is compared in at most: what wildcards may try is many times its length.
const STEPS = 20000;

/** How a formula answers a query, from the least to the most. */
export const KINDS = ["alike", "part_renamed", "part", "whole_renamed", "whole"];
const WAYS = [[4, false, true], [3, true, true], [2, false, false], [1, true, false]];

export const isWildcard = (word) => word.length > 1 && (word[0] === "?" || word[0] === "¿");

/** Join a question mark and the word after it to a wildcard: for one argument or script (¿), or for any part (?). */
export function pattern(words) {
  const joined = [];
  for (let at = 0; at < words.length; at += 1) {
    const named = words[at] === "?" && at + 1 < words.length && /^[\p{L}\p{N}]+$/u.test(words[at + 1]);
    joined.push(named ? `?${words[at += 1]}` : words[at]);
  }
  return joined.flatMap((word, at) => {
    const alone = (one) => isWildcard(joined[one] ?? "") && joined[one - 1] === OPEN && joined[one + 1] === CLOSE;
    return alone(at) ? [`¿${word.slice(1)}`] : alone(at + 1) || alone(at - 1) ? [] : [word];
  });
}

/** Leave the marks away that hold one argument together. */
const content = (words) => (words[0] === OPEN && words.at(-1) === CLOSE ? words.slice(1, -1) : words);
const equal = (one, other) => one.length === other.length && one.every((word, at) => word === other[at]);

/** Return the terms of a formula by where they begin. */
function termsOf(words, arity) {
  const terms = new Map();
  rows(words, arity).forEach((row, number) => {
    for (const [start, scripts, end] of row) terms.set(start, { scripts, end, row: number });
  });
  return terms;
}

/** Yield the ends of the runs of terms that begin at *start*, the shortest first, with closed fences where *fenced*. */
function* ends(words, terms, start, fenced) {
  const first = terms.get(start);
  const open = [];
  for (let term = first, at = start; term && term.row === first.row; at = term.end, term = terms.get(at)) {
    if (fenced && Object.hasOwn(PAIRS, words[at])) open.push(PAIRS[words[at]]);
    else if (fenced && CLOSING.has(words[at]) && words[at] !== open.pop()) return;
    if (open.length) continue;
    if (fenced && term.scripts < term.end) yield term.scripts;
    yield term.end;
  }
}

/** Say whether *query* stands at *start* of *words*, letter for letter unless *rename*, up to where *accepts* says. */
function standsAt(query, words, terms, start, { isVariable, rename, accepts, budget }) {
  const to = new Map();
  const from = new Map();
  const wildcard = (q, w) => {
    const name = `?${query[q].slice(1)}`;
    const bound = to.get(name);
    const stops = query[q][0] === "¿" ? [argumentEnd(words, w)] : ends(words, terms, w, true);
    for (const end of stops) {
      const value = content(words.slice(w, end));
      if (bound && !equal(bound, value)) continue;
      to.set(name, value);
      if (go(q + 1, end)) return true;
      if (!bound) to.delete(name);
    }
    return false;
  };
  const go = (q, w) => {
    if ((budget.left -= 1) < 0) return false;
    if (q === query.length) return accepts(w);
    if (w >= words.length) return false;
    const [mine, theirs] = [query[q], words[w]];
    if (isWildcard(mine)) return wildcard(q, w);
    if (!rename || !isVariable(mine)) return mine === theirs && go(q + 1, w + 1);
    if (!isVariable(theirs)) return false;
    const [known, back] = [to.get(mine), from.get(theirs)];
    if ((known ?? theirs) !== theirs || (back ?? mine) !== mine) return false;
    to.set(mine, theirs);
    from.set(theirs, mine);
    if (go(q + 1, w + 1)) return true;
    if (known === undefined) { to.delete(mine); from.delete(theirs); }
    return false;
  };
  return go(0, start);
}

/** Return the end of an argument: of what is held together, or of one word. */
function argumentEnd(words, start) {
  let depth = 0;
  for (let at = start; at < words.length; at += 1) {
    depth += (words[at] === OPEN) - (words[at] === CLOSE);
    if (depth <= 0) return at + 1;
  }
  return words.length;
}

/** Say how *query* stands in *words*, as a position in KINDS, 0 where it does not; and how often. */
export function compare(query, words, { isVariable, arity }) {
  if (!query.length || !words.length) return { kind: 0, times: 0 };
  const terms = termsOf(words, arity);
  const [own] = rows(query, arity);
  // What scripts stand at is a part of its own, as an argument is.
  const base = own.length === 1 && own[0][1] === query.length && !isWildcard(query[0]);
  const budget = { left: STEPS };
  for (const [kind, rename, whole] of WAYS) {
    let times = 0;
    for (const start of whole ? [0] : terms.keys()) {
      const accepts = (end) => {
        if (whole) return end === words.length;
        if (base && terms.get(start).scripts === end) return true;
        for (const stop of ends(words, terms, start, false)) if (stop >= end) return stop === end;
        return false;
      };
      times += standsAt(query, words, terms, start, { isVariable, rename, accepts, budget });
    }
    if (times) return { kind, times };
  }
  return { kind: 0, times: 0 };
}
