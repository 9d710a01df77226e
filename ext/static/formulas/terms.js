// Rows of terms, and runs of them, as ext/edition/search/formula_terms.py reads them from the words of a formula.

import { CLOSE, OPEN } from "./words.js";

const TERMS = 3;
export const LONGEST = 48;
const DIGIT = /^[0-9]$/u;

/** Return the rows of a formula, its own first, then those of arguments and scripts; a term is [start, scripts, end]. */
export function rows(words, arity) {
  const closes = new Map();
  const opened = [];
  words.forEach((word, at) => {
    if (word === OPEN) opened.push(at);
    else if (word === CLOSE && opened.length) closes.set(opened.pop(), at);
  });
  const pending = [[0, words.length]];
  const argument = (at, stop) => {
    if (at >= stop) return at;
    const close = closes.get(at);
    pending.push(close === undefined ? [at, at + 1] : [at + 1, close]);
    return (close ?? at) + 1;
  };
  const found = [];
  while (pending.length) {
    let [at, stop] = pending.pop();
    const row = [];
    while (at < stop) {
      const start = at;
      const word = words[at];
      at = closes.has(at) ? argument(at, stop) : at + 1;
      for (let n = Object.hasOwn(arity, word) ? arity[word] : 0; n > 0; n -= 1) at = argument(at, stop);
      while (DIGIT.test(word) && at < stop && DIGIT.test(words[at])) at += 1;
      const scripts = at;
      while (at < stop && (words[at] === "_" || words[at] === "^")) at = argument(at + 1, stop);
      row.push([start, scripts, at]);
    }
    found.push(row);
  }
  return found;
}

/** Return the runs of a formula: one to three terms in a row, and what scripts stand at; single words are none. */
export function runs(words, arity) {
  const found = new Map();
  for (const row of rows(words, arity)) {
    row.forEach(([start, scripts, end], at) => {
      for (const stop of [...(scripts < end ? [scripts] : []), ...row.slice(at, at + TERMS).map((term) => term[2])]) {
        const run = words.slice(start, stop);
        if (run.length > 1 && run.length <= LONGEST) found.set(said(run), run);
      }
    });
  }
  return [...found.values()];
}

/** Return words as the text that they are looked up by. */
export const said = (words) => words.join("\x1f");

/** Return the runs, or single words, that a formula with *words* in it has, as far as *plain* says that they are known. */
export function needed(words, arity, plain) {
  const found = new Map();
  const note = (run) => found.set(said(run), run);
  const fits = ([start, , end]) => end - start <= LONGEST && words.slice(start, end).every(plain);
  const all = rows(words, arity);
  const rowAt = new Map(all.filter((row) => row.length).map((row) => [row[0][0], row]));
  const visit = (row) => {
    for (let at = 0; at < row.length; at += 1) {
      if (!fits(row[at])) { inside(row[at]); continue; }
      let count = 1;
      while (count < TERMS && at + count < row.length && fits(row[at + count])
        && row[at + count][2] - row[at][0] <= LONGEST) count += 1;
      // What a longer run before it has in it says nothing more.
      const before = at > 0 && fits(row[at - 1]) && row[at + count - 1][2] - row[at - 1][0] <= LONGEST;
      if (count === TERMS || !before) note(words.slice(row[at][0], row[at + count - 1][2]));
    }
  };
  const inside = ([start, , end]) => {
    if (words[start] !== OPEN && plain(words[start])) note([words[start]]);
    for (let at = start + 1; at < end;) {
      const row = rowAt.get(at);
      if (row) { visit(row); at = row.at(-1)[2]; } else at += 1;
    }
  };
  visit(all[0]);
  return [...found.values()];
}
