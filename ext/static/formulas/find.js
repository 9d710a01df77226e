// Search for formulas: the index says which posts have all runs of terms of a query, letter for letter or renamed; those
// that can answer best are read, and each of their formulas is compared, until no other can come before what was found.
// What a reader sees of it is in formula_page.js.

import { compare, isWildcard, pattern } from "./compare.js";
import { needed, runs, said } from "./terms.js";
import { CLOSE, OPEN } from "./words.js";

// How many runs are looked up, how many posts are read at once, and at most for each that is wanted: fewer for what is
// only alike, which nobody asked for where something was found.
const LOOKUPS = 6;
const AT_ONCE = 5;
const READ = 2;
const READ_ALIKE = 1;
/** How many posts are looked for at first. */
export const WANTED = 10;

function spread(list, most) {
  const step = Math.max(1, list.length / most);
  return Array.from({ length: Math.min(most, list.length) }, (_, at) => list[Math.floor(at * step)]);
}

/** Return the keys of a run in the index: as it stands, and renamed; those of a single word are no others. */
function keysOf(run, { numbered, isVariable }, own = "e", other = "r") {
  if (run.length === 1 && own === "e") return { typed: `w${run[0]}`, renamed: isVariable(run[0]) ? null : `w${run[0]}` };
  const renamed = numbered(run);
  return { typed: (said(renamed) === said(run) ? other : own) + said(run), renamed: other + said(renamed) };
}

/** Return the posts that may hold *query*: for each the best kind of answer it can give, the likeliest first. */
async function candidates(index, query) {
  const spoken = query.filter((word) => !isWildcard(word));
  const parts = needed(query, index.reader.arity, (word) => !isWildcard(word));
  const keys = spread(parts.length ? parts : spoken.map((word) => [word]), LOOKUPS).map((run) => keysOf(run, index.reader));
  const holding = (key, group) => (key ? index.holding(key, group ?? key) : index.posts.map((_, at) => at));
  const all = async (pairs) => {
    const found = await Promise.all(pairs.map(([key, group]) => holding(key, group)));
    return found.reduce((kept, list) => { const here = new Set(list); return kept.filter((post) => here.has(post)); },
      index.posts.map((_, at) => at));
  };
  const whole = spoken.length === query.length ? [keysOf(query, index.reader, "x", "y")] : [];
  const [typed, renamed, exact, equal] = await Promise.all([
    all(keys.map((key) => [key.typed, key.renamed])), all(keys.map((key) => [key.renamed])),
    all(whole.map((key) => [key.typed, key.renamed])), all(whole.map((key) => [key.renamed])),
  ]);
  const kinds = new Map();
  for (const post of renamed) kinds.set(post, 1);
  for (const post of typed) kinds.set(post, 2);
  for (const post of equal) if (kinds.has(post)) kinds.set(post, 3);
  for (const post of exact) if (kinds.get(post) >= 2 || typed.includes(post)) kinds.set(post, 4);
  return [...kinds].sort(([, one], [, other]) => other - one).map(([post, kind]) => ({ post: index.posts[post], kind }));
}

/** Return the posts that have most of the runs of *query*, the rarer of which weigh more, the likeliest first. */
async function relatives(index, query) {
  const plain = runs(query, index.reader.arity).filter((run) => !run.some(isWildcard));
  const keys = spread(plain, LOOKUPS).map((run) => keysOf(run, index.reader)).flatMap(({ typed, renamed }) =>
    (typed === renamed ? [[renamed, renamed]] : [[typed, renamed], [renamed, renamed]]));
  const weights = new Map();
  for (const list of await Promise.all(keys.map(([key, group]) => index.holding(key, group)))) {
    const weight = Math.log(1 + index.posts.length / (1 + list.length));
    for (const post of list) weights.set(post, (weights.get(post) ?? 0) + weight);
  }
  return [...weights].sort(([, one], [, other]) => other - one).map(([post]) => ({ post: index.posts[post], kind: 0 }));
}

/** Return each three words in a row, renamed: what two formulas that are only alike have in common. */
function triples(words, numbered) {
  const plain = words.filter((word) => word !== OPEN && word !== CLOSE);
  const all = plain.slice(2).map((_, at) => plain.slice(at, at + 3));
  return new Set(all.filter((row) => !row.some(isWildcard)).map((row) => said(numbered(row))));
}

/** Compare every formula of a post; null where none is like the query. */
async function examine(index, post, query, origin) {
  const { numbered, isVariable } = index.reader;
  const mine = triples(query, numbered);
  // The more of the query are letters, the more it matters that they are the same.
  const letters = query.filter(isVariable).length / query.length;
  const found = [];
  for (const formula of await index.formulas(post)) {
    if (origin && formula.added !== (origin === "added")) continue;
    const { kind, times } = compare(query, formula.words, index.reader);
    if (kind) {
      const typed = kind === 4 || kind === 2;
      found.push({ ...formula, kind, times, score: (0.4 + 0.6 * letters) * typed + query.length / formula.words.length });
    } else if (mine.size > 1) {
      const theirs = triples(formula.words, numbered);
      let shared = 0;
      for (const row of mine) shared += theirs.has(row);
      // As much of the one as of the other: the share of both that they have in common.
      if (2 * shared >= mine.size) found.push({ ...formula, kind: 0, times: 0, score: 2 * shared / (mine.size + theirs.size) });
    }
  }
  if (!found.length) return null;
  found.sort((a, b) => b.kind - a.kind || b.score - a.score || b.displayed - a.displayed);
  const { kind } = found[0];
  const same = found.filter((one) => one.kind === kind);
  // How nearly the best formula is what was typed, and how much the post is about it.
  const named = query.some((word) => word.length > 2 && !isVariable(word) && post.title.toLowerCase().includes(word));
  const score = same[0].score + Math.log2(1 + same.length) / 4 + named / 2;
  return { post, kind, score, found: kind ? found.filter((one) => one.kind) : found };
}

/** Search; yields the results so far after each few posts that were read: by kind, then the likeliest first. */
export async function* search(index, typed, { wanted = WANTED, topic = "", origin = "" } = {}) {
  const query = pattern(typed);
  const results = [];
  const known = new Set();
  for (const choose of query.every(isWildcard) ? [] : [candidates, relatives]) {
    const posts = (await choose(index, query)).filter(({ post }) => !known.has(post) && (!topic || post.topic === topic));
    let at = 0;
    const most = wanted * (choose === candidates || !results.length ? READ : READ_ALIKE);
    // How many more would have to be found, for no post that is left could come before them.
    const missing = () => wanted - results.filter(({ kind }) => kind >= posts[at].kind).length;
    while (at < Math.min(most, posts.length) && missing() > 0) {
      const next = posts.slice(at, at + Math.min(AT_ONCE, 1 + missing()));
      at += next.length;
      for (const { post } of next) known.add(post);
      results.push(...(await Promise.all(next.map(({ post }) => examine(index, post, query, origin)))).filter(Boolean));
      results.sort((a, b) => b.kind - a.kind || b.score - a.score);
      yield { results, left: posts.length - at };
    }
    if (at < posts.length) { yield { results, left: posts.length - at }; return; }
  }
  yield { results, left: 0 };
}
