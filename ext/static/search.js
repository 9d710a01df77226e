// Search over the pagefind index, loaded when a reader first types. The index holds every Chinese character as
// a word of its own (see ext/edition/search/feed.py), so a phrase search finds a phrase whatever its words are.

const HAN = "\\u3007\\u3040-\\u30ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff\\u{20000}-\\u{323af}";
const TOKEN = new RegExp(`[${HAN}]|[\\p{L}\\p{N}\\p{M}_](?:(?![${HAN}])[\\p{L}\\p{N}\\p{M}_])*`, "gu");
const FILTERS = ["topic", "series", "tag", "year", "state"];
// Characters of an excerpt before a word that was looked for, and from it on.
const BEFORE = 40;
const AFTER = 80;
const BATCH = 10;
const BRIEF = 6;
const MOST_WORDS = 12;

// What to look for

/** Cut a query into phrases, each a list of words: at spaces and punctuation, but not inside quotation marks. */
export function phrases(query) {
  const found = [];
  for (const [, straight, curly, plain] of query.matchAll(/"([^"]+)"|“([^”]+)”|(\S+)/gu)) {
    const parts = plain === undefined ? [straight ?? curly] : plain.split(/[^\p{L}\p{N}\p{M}_]+/u);
    for (const part of parts) {
      const tokens = part.match(TOKEN);
      if (tokens) found.push(tokens);
    }
  }
  return found;
}

/** Say whether a query is LaTeX: a command, a script, a wildcard, or all between dollars; Chinese text is none. */
export function isFormula(query) {
  if (/^\s*\$[^$]+\$\s*$/u.test(query)) return true;
  return !new RegExp(`[${HAN}]`, "u").test(query) && /\\[A-Za-z]+|[\p{L}\p{N})\]}][\^_][\p{L}\p{N}{\\(]|\?[a-z]\b.*[=+^_]/u.test(query)
    && !/\p{L}_\p{L}{2,}/u.test(query);
}

/** Cut phrases into words, for a phrase that stands nowhere as a whole. */
function wordsOf(lists) {
  const words = new Set();
  for (const tokens of lists) {
    const text = tokens.join(tokens.some((token) => new RegExp(`[${HAN}]`, "u").test(token)) ? "" : " ");
    const segments = "Segmenter" in Intl
      ? Array.from(new Intl.Segmenter("zh", { granularity: "word" }).segment(text), (part) => part.segment)
      : text.match(/.{1,2}/gu);
    for (const segment of segments) if ((segment.match(TOKEN) ?? []).join("").length > 1) words.add(segment);
  }
  return Array.from(words).slice(0, MOST_WORDS).map((word) => word.match(TOKEN));
}

/** Look *query* up; return the results, the best first, and all posts where it says nothing. */
async function find(index, query) {
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
function facetsOf(index, id) {
  const { values, of } = index.facets;
  return Object.fromEntries(Object.keys(values).map((name, at) => [name, (of[id]?.[at] ?? []).map((one) => values[name][one])]));
}

/** Keep the results that are as chosen, but for the filter *but*. */
function sift(index, results, chosen, but = "") {
  const wanted = Object.entries(chosen).filter(([name]) => name !== but);
  return results.filter(({ id }) => {
    const own = facetsOf(index, id);
    return wanted.every(([name, [value]]) => own[name]?.includes(value));
  });
}

/** Return the topics that are called so: by a word of their English name, or another name, three letters at least. */
function topicsCalled(index, query) {
  const wanted = query.toLowerCase().match(TOKEN)?.join(" ") ?? "";
  if (wanted.length < 3) return [];
  return Object.entries(index.topics).filter(([name, others]) => [name, ...others].some((one) =>
    ` ${one.toLowerCase().match(TOKEN)?.join(" ") ?? ""} `.includes(` ${wanted}`))).map(([name]) => name);
}

/** Return how much two texts have in common: the share of their pairs of neighbouring characters. */
function likeness(one, other) {
  const pairs = (text) => new Set(Array.from(text, (sign, at) => sign + (text[at + 1] ?? "")));
  const [mine, theirs] = [pairs(one), pairs(other)];
  let shared = 0;
  for (const pair of mine) shared += theirs.has(pair);
  return (2 * shared) / (mine.size + theirs.size || 1);
}

/** Return the word of titles, tags and topics that is most like a query of one Latin word, or nothing. */
function meant(index, query) {
  const word = query.trim().toLowerCase();
  if (!/^\p{Script=Latin}{4,30}$/u.test(word)) return "";
  const known = [...index.names, ...index.facets.values.tag ?? [], ...Object.values(index.topics).flat()].join(" ").toLowerCase();
  const words = new Set((known.match(TOKEN) ?? []).filter((one) => one.length > 3 && one !== word));
  const [best] = Array.from(words, (one) => [likeness(word, one), one]).sort(([a], [b]) => b - a);
  return best && best[0] >= 0.5 ? best[1] : "";
}

/** Return the entries whose titles are most like the query, for when nothing has it. */
async function nearest(index, query) {
  const wanted = tight(query);
  const found = await index.pagefind.search(null);
  return found.results.filter(({ id }) => !index.hidden.has(id) && index.titles.has(id))
    .map((result) => [likeness(wanted, index.titles.get(result.id)), result])
    .filter(([score]) => score >= 0.2).sort(([a], [b]) => b - a).slice(0, BRIEF).map(([, result]) => result);
}

/** Reduce a text to what a phrase is compared by. */
function tight(text) {
  return (text.match(TOKEN) ?? []).join("").toLowerCase();
}

let loaded = null;

/** Load the index once; a failure may be tried again. */
function load(root) {
  loaded ??= (async () => {
    const base = new URL("pagefind/", new URL(root, document.baseURI));
    const answer = await fetch(new URL("edition.json", base));
    if (!answer.ok) throw new Error(`${answer.status} ${answer.url}`);
    const edition = await answer.json();
    const pagefind = await import(new URL("pagefind.js", base));
    await pagefind.options({ basePath: base.pathname, baseUrl: new URL("..", base).pathname, excerptLength: 64 });
    await pagefind.init();
    if (edition.delta) await pagefind.mergeIndex(new URL("delta/", base).pathname, { baseUrl: new URL("..", base).pathname });
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

// What is shown: built node by node, for the texts come from fetched pages

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** Close up the spaces that the index put around Chinese characters. */
function closeUp(text) {
  return text.replace(new RegExp(`(?<=[${HAN}])\\s+|\\s+(?=[${HAN}])`, "gu"), "").replace(/([，。、；：！？》）”’（《“‘])\s+/gu, "$1");
}

function plainText(html) {
  return new DOMParser().parseFromString(html, "text/html").body.textContent;
}

/** Return an expression for any of the phrases, whatever space is between their words; null without one. */
function expression(lists) {
  const sources = lists.map((tokens) => tokens.map((token) => token.replace(/[\\^$.*+?()[\]{}|]/gu, "\\$&")).join("\\s*"));
  return sources.length ? new RegExp(sources.sort((one, other) => other.length - one.length).join("|"), "giu") : null;
}

/** Return *text* with every word of the query marked. */
function marked(text, lists) {
  const wanted = expression(lists);
  if (!wanted) return [text];
  const nodes = [];
  let at = 0;
  for (const found of text.matchAll(wanted)) {
    nodes.push(text.slice(at, found.index), element("mark", {}, found[0]));
    at = found.index + found[0].length;
  }
  return [...nodes, text.slice(at)];
}

/** Cut from a text the places where the phrases stand: as few pieces as hold all of them, from the beginning of a sentence on. */
function excerpt(content, lists) {
  const text = closeUp(content).replace(/\s+/gu, " ");
  const windows = [];
  for (const tokens of lists) {
    const places = Array.from(text.matchAll(expression([tokens])), (found) => found.index);
    if (!places.length || places.some((place) => windows.some(([from, to]) => place >= from && place + tokens.join("").length <= to))) continue;
    const from = Math.max(0, places[0] - BEFORE);
    const sentence = text.slice(from, places[0]).search(/[。！？.!?][^。！？.!?]*$/u);
    windows.push([sentence < 0 ? from : from + sentence + 1, Math.min(text.length, places[0] + AFTER)]);
  }
  if (!windows.length) windows.push([0, BEFORE + AFTER]);
  windows.sort(([one], [other]) => one - other);
  const pieces = windows.map(([from, to]) => text.slice(from, to).trim()).join(" … ");
  return element("p", {}, ...marked(pieces, lists), /[。！？.!?…”）」』：:]$/u.test(pieces) ? "" : "…");
}

function hit(index, id, data, lists) {
  const { topic = [], year = [] } = facetsOf(index, id);
  const about = [...topic, ...year].join(" · ");
  const item = element("li", {}, element("a", { href: data.url }, ...marked(data.meta.title, lists)));
  if (about) item.append(element("small", {}, about));
  const sections = data.sub_results.filter((section) => section.url !== data.url);
  item.append(excerpt(data.content, lists));
  if (sections.length) {
    item.append(element("ul", {}, ...sections.slice(0, 3).map((section) =>
      element("li", {}, element("a", { href: section.url }, closeUp(section.title))))));
  }
  return item;
}

// Where it is shown: a page of its own with filters and its state in the URL, or a dialog

/** Put a search into *place*; ``words`` only where the page brings them, else they come with the index. */
export async function mount(place, { root, page, words }) {
  if (place.dataset.mounted) { place.querySelector("input").select(); return; }
  place.dataset.mounted = "true";
  const whole = !page;
  const say = (name, values = {}) =>
    (words?.[name] ?? "").replace(/\{(\w)\}/gu, (match, key) => values[key] ?? match);
  const input = place.querySelector("input") ?? element("input", { type: "search", name: "q", autocomplete: "off",
    autocapitalize: "off", spellcheck: "false", enterkeyhint: "search" });
  if (!input.isConnected) {
    place.append(element("form", { class: "zs-search", role: "search", action: page }, input));
    input.focus();
  }
  const form = input.form;
  const status = element("p", { class: "zs-status", role: "status" });
  const list = element("ol", { class: "zs-hits" });
  const foot = element("p");
  const bar = element("fieldset", { class: "zs-filters" });
  if (whole) place.append(bar);
  place.append(status, list, foot);

  let index;
  try {
    index = await load(root);
  } catch (error) {
    status.textContent = say("missing", { e: error.message });
    if (!whole) foot.append(element("a", { href: page }, page));
    return;
  }
  words ??= index.words;
  input.setAttribute("aria-label", say("button"));
  input.placeholder = say("placeholder");

  const chosen = () => Object.fromEntries(FILTERS.flatMap((name) => {
    const value = bar.querySelector(`[name=${name}]`)?.value;
    return value ? [[name, [value]]] : [];
  }));
  const address = () => {
    const query = new URLSearchParams();
    if (input.value.trim()) query.set("q", input.value.trim());
    for (const [name, [value]] of Object.entries(chosen())) query.set(name, value);
    return query.size ? `?${query}` : location.pathname;
  };

  const toFormulas = (query) => element("a",
    { href: `${page ?? location.pathname}?${new URLSearchParams({ formula: query })}` }, say("formulas", { q: query }));
  // How many of what was found each choice would leave.
  const count = (all) => {
    const selected = chosen();
    for (const select of bar.querySelectorAll("select")) {
      const left = new Map();
      for (const { id } of sift(index, all, selected, select.name)) {
        for (const value of facetsOf(index, id)[select.name]) left.set(value, (left.get(value) ?? 0) + 1);
      }
      for (const option of select.options) {
        if (!option.value) continue;
        option.textContent = `${option.value} (${left.get(option.value) ?? 0})`;
        option.hidden = !left.has(option.value) && !option.selected;
      }
    }
  };

  let turn = 0;
  const run = async () => {
    const mine = ++turn;
    if (whole) history.replaceState(null, "", address());
    const query = input.value.trim();
    if (!query && !Object.keys(chosen()).length) {
      status.textContent = say("start");
      count(await find(index, ""));
      list.replaceChildren();
      foot.replaceChildren();
      return;
    }
    status.textContent = say("waiting");
    if (isFormula(query)) {
      if (whole) place.dispatchEvent(new CustomEvent("zs-formula", { detail: query, bubbles: true }));
      else { status.textContent = ""; list.replaceChildren(); foot.replaceChildren(toFormulas(query)); }
      return;
    }
    const all = await find(index, query);
    if (mine !== turn) return;
    const called = topicsCalled(index, query);
    let results = sift(index, all, chosen());
    count(all);
    const lists = phrases(query);
    if (!all.length && called.length) results = sift(index, await find(index, ""), { topic: [called[0]] });
    const near = !all.length && !results.length;
    if (near) results = await nearest(index, query);
    if (mine !== turn) return;
    let shown = 0;
    const more = async (step) => {
      const next = await Promise.all(results.slice(shown, shown + step).map(async ({ id, data }) => [id, await data()]));
      if (mine !== turn) return;
      if (!shown) list.replaceChildren();
      const first = shown;
      shown += next.length;
      list.append(...next.map(([id, data]) => hit(index, id, data, lists)));
      if (first) list.children[first]?.querySelector("a").focus();
      status.textContent = !results.length ? say("none", { q: query })
        : near ? say("near", { q: query }) : say("count", { n: results.length });
      const word = near ? meant(index, query) : "";
      if (word) status.append(" ", element("a", { href: `?${new URLSearchParams({ q: word })}` }, say("meant", { w: word })));
      foot.replaceChildren();
      for (const name of called) {
        const n = index.inTopic.get(name);
        if (n) status.append(" ", element("a", { href: `${page ?? location.pathname}?${new URLSearchParams({ topic: name })}` }, say("topic_called", { t: name, n })));
      }
      const left = results.length - shown;
      if (left > 0 && whole) {
        const button = element("button", { type: "button", class: "zs-more" }, say("more", { n: Math.min(left, BATCH) }));
        button.addEventListener("click", () => more(BATCH));
        foot.append(button);
      } else if (left > 0) {
        foot.append(element("a", { href: `${page}?${new URLSearchParams({ q: query })}` }, say("all")));
      }
    };
    await more(whole ? BATCH : BRIEF);
  };

  let waiting;
  input.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(run, 200); });
  input.addEventListener("focus", () => index.pagefind.preload(""), { once: true });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(waiting);
    if (whole) run(); else location.href = `${page}?${new URLSearchParams({ [isFormula(input.value) ? "formula" : "q"]: input.value.trim() })}`;
  });
  place.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp" || event.target.tagName === "SELECT") return;
    const stops = [input, ...list.querySelectorAll("a")];
    const at = stops.indexOf(document.activeElement);
    const next = stops[at + (event.key === "ArrowDown" ? 1 : -1)];
    if (at === -1 || !next) return;
    event.preventDefault();
    next.focus();
  });

  if (whole) {
    const given = new URLSearchParams(location.search);
    for (const name of FILTERS) {
      const often = new Map();
      for (const id of Object.keys(index.facets.of)) {
        if (!index.hidden.has(id)) for (const value of facetsOf(index, id)[name]) often.set(value, (often.get(value) ?? 0) + 1);
      }
      const values = [...often].sort(name === "year" ? ([a], [b]) => b.localeCompare(a) : ([, a], [, b]) => b - a);
      if (!values.length) continue;
      const select = element("select", { name }, element("option", { value: "" }, say("any")),
        ...values.map(([value, n]) => element("option", { value }, `${value} (${n})`)));
      select.value = given.get(name) ?? "";
      if (select.selectedIndex < 0) select.value = "";
      bar.append(element("label", {}, say(name), select));
    }
    const clear = element("button", { type: "button" }, say("clear"));
    clear.addEventListener("click", () => {
      for (const select of bar.querySelectorAll("select")) select.value = "";
      run();
    });
    bar.append(clear);
    bar.addEventListener("change", run);
    input.value = given.get("q") ?? "";
  }
  await run();
}
