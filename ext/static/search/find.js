// Look a query up in the pagefind index, which is loaded when a reader first types.

import { TOKEN, likeness, phrases, tight, wordsOf } from "./words.js";

// Entries that are shown where nothing has the query.
const NEAREST = 6;
let loaded = null;

/** Load the index once; a failure may be tried again. */
export function load(root) {
  loaded ??= (async () => {
    const base = new URL("pagefind/", new URL(root, document.baseURI));
    const answer = await fetch(new URL("edition.json", base));
    if (!answer.ok) throw new Error(`${answer.status} ${answer.url}`);
    const edition = await answer.json();
    const pagefind = await import(new URL("pagefind.js", base));
    await pagefind.options({ basePath: base.pathname, baseUrl: new URL("..", base).pathname, excerptLength: 64 });
    await pagefind.init();
    const merged = (part) => pagefind.mergeIndex(new URL(part, base).pathname, { baseUrl: new URL("..", base).pathname });
    await Promise.all(edition.further.map(merged));
    const titles = new Map(Object.entries(edition.titles).map(([id, title]) => [id, tight(title)]));
    const inTopic = new Map();
    const { values = {}, of = {} } = edition.facets;
    const column = Object.keys(values).indexOf("topic");
    for (const [id, own] of Object.entries(of)) {
      if (edition.hidden.includes(id)) continue;
      for (const at of own[column] ?? []) inTopic.set(values.topic[at], (inTopic.get(values.topic[at]) ?? 0) + 1);
    }
    return {
      inTopic,
      pagefind, hidden: new Set(edition.hidden), size: titles.size, words: edition.words, titles,
      names: Object.values(edition.titles), facets: edition.facets, topics: edition.topics,
      // How much of the query the title has: far more than the text can weigh.
      named: (id, lists) => 1e6 * lists.filter((tokens) => titles.get(id)?.includes(tight(tokens.join("")))).length,
    };
  })();
  loaded.catch(() => { loaded = null; });
  return loaded;
}

/** Look *query* up; return the results, the best first, and all posts where it says nothing. */
export async function find(index, query) {
  const lists = phrases(query);
  const look = async (text) => {
    const { results } = await index.pagefind.search(text);
    return results.filter((result) => !index.hidden.has(result.id));
  };
  if (!lists.length) return look(null);
  const loose = await look(lists.flat().join(" "));
  const long = lists.filter((tokens) => tokens.length > 1).sort((a, b) => b.length - a.length);
  loose.sort((a, b) => index.named(b.id, lists) - index.named(a.id, lists) || b.score - a.score);
  if (!long.length) return loose;
  const exact = await Promise.all(long.map((tokens) => look(`"${tokens.join(" ")}"`)));
  const score = new Map(loose.map((result) => [result.id, result.score + index.named(result.id, lists)]));
  const rest = exact.slice(1).map((results) => new Set(results.map((result) => result.id)));
  const hits = exact[0].filter((result) => score.has(result.id) && rest.every((ids) => ids.has(result.id)));
  if (hits.length) return hits.sort((a, b) => score.get(b.id) - score.get(a.id));
  return anyOf(await Promise.all(wordsOf(lists).map((tokens) => look(`"${tokens.join(" ")}"`))), index.size);
}

/** Rank the results of single words: a rare word that matches counts more than a common one. */
function anyOf(found, size) {
  const best = new Map();
  for (const results of found) {
    const weight = Math.log(1 + size / (1 + results.length));
    for (const result of results) {
      const known = best.get(result.id) ?? { result, weight: 0, heaviest: 0 };
      known.weight += weight;
      if (weight > known.heaviest) Object.assign(known, { result, heaviest: weight });
      best.set(result.id, known);
    }
  }
  return Array.from(best.values()).sort((a, b) => b.weight - a.weight).map((known) => known.result);
}

/** Return the values by which an entry can be filtered, by the name of the filter. */
export function facetsOf(index, id) {
  const { values, of } = index.facets;
  return Object.fromEntries(Object.keys(values).map((name, at) => [name, (of[id]?.[at] ?? []).map((one) => values[name][one])]));
}

/** Keep the results that are as chosen, but for the filter *but*. */
export function sift(index, results, chosen, but = "") {
  const wanted = Object.entries(chosen).filter(([name]) => name !== but);
  return results.filter(({ id }) => {
    const own = facetsOf(index, id);
    return wanted.every(([name, [value]]) => own[name]?.includes(value));
  });
}

/** Return the topics that are called so: by a word of their English name, or another name, three letters at least. */
export function topicsCalled(index, query) {
  const wanted = query.toLowerCase().match(TOKEN)?.join(" ") ?? "";
  if (wanted.length < 3) return [];
  return Object.entries(index.topics).filter(([name, others]) => [name, ...others].some((one) =>
    ` ${one.toLowerCase().match(TOKEN)?.join(" ") ?? ""} `.includes(` ${wanted}`))).map(([name]) => name);
}

/** Return the word of titles, tags and topics that is most like a query of one Latin word, or nothing. */
export function meant(index, query) {
  const word = query.trim().toLowerCase();
  if (!/^\p{Script=Latin}{4,30}$/u.test(word)) return "";
  const known = [...index.names, ...index.facets.values.tag ?? [], ...Object.values(index.topics).flat()].join(" ").toLowerCase();
  const words = new Set((known.match(TOKEN) ?? []).filter((one) => one.length > 3 && one !== word));
  const [best] = Array.from(words, (one) => [likeness(word, one), one]).sort(([a], [b]) => b - a);
  return best && best[0] >= 0.5 ? best[1] : "";
}

/** Return the entries whose titles are most like the query, for when nothing has it. */
export async function nearest(index, query) {
  const wanted = tight(query);
  const found = await index.pagefind.search(null);
  return found.results.filter(({ id }) => !index.hidden.has(id) && index.titles.has(id))
    .map((result) => [likeness(wanted, index.titles.get(result.id)), result])
    .filter(([score]) => score >= 0.2).sort(([a], [b]) => b - a).slice(0, NEAREST).map(([, result]) => result);
}
