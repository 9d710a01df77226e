// Search over the pagefind index, loaded when a reader first types. The index holds every Chinese character as
// a word of its own (see ext/edition/search/feed.py), so a phrase search finds a phrase whatever its words are.

const HAN = "\\u3007\\u3040-\\u30ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff\\u{20000}-\\u{323af}";
const TOKEN = new RegExp(`[${HAN}]|[\\p{L}\\p{N}\\p{M}_](?:(?![${HAN}])[\\p{L}\\p{N}\\p{M}_])*`, "gu");
const FILTERS = ["topic", "series", "tag", "year", "state"];
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

/** Look *query* up; return the results, the best first. */
async function find(index, query, filters) {
  const lists = phrases(query);
  const look = async (text) => {
    const { results } = await index.pagefind.search(text, { filters });
    return results.filter((result) => !index.hidden.has(result.id));
  };
  if (!lists.length) return Object.keys(filters).length ? look(null) : [];
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
    return {
      pagefind, hidden: new Set(edition.hidden), size: titles.size, words: edition.words,
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

/** Turn an excerpt with marks into nodes: from the beginning of its sentence on, marks side by side joined. */
function excerpt(html) {
  const joined = html.replace(/<\/mark>(\s*)<mark>/gu, "$1");
  const parts = joined.split(/<\/?mark>/u).map((part) => closeUp(plainText(part.replace(/^\s|\s$/gu, "\u0001"))));
  const nodes = parts.map((part, at) => {
    let text = part.replaceAll("\u0001", " ");
    if (at === 0) text = text.replace(/^.*[。！？.!?]\s*(?=.)/su, "");
    const han = new RegExp(`[${HAN}，。、；：]`, "u");
    if (at > 0 && han.test(parts[at - 1].replaceAll("\u0001", "").slice(-1))) text = text.trimStart();
    if (at + 1 < parts.length && han.test(parts[at + 1].replaceAll("\u0001", "").slice(0, 1))) text = text.trimEnd();
    if (at % 2 === 0) return [text];
    // The index keeps a sign with the character before it; only the words were looked for.
    const [, words, signs] = text.match(/^(.*?)([^\p{L}\p{N}]*)$/su);
    return [element("mark", {}, words), signs];
  });
  // What the index cut off in the middle of a sentence says so.
  return element("p", {}, ...nodes.flat(), /[。！？.!?…”）」』：:]\s*$/u.test(parts.at(-1)) ? "" : "…");
}

function hit(data) {
  const about = [...(data.filters.topic ?? []), ...(data.filters.year ?? [])].join(" · ");
  const item = element("li", {}, element("a", { href: data.url }, data.meta.title));
  if (about) item.append(element("small", {}, about));
  const sections = data.sub_results.filter((section) => section.url !== data.url);
  item.append(excerpt(sections.length && sections.length === data.sub_results.length ? sections[0].excerpt : data.excerpt));
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

  let turn = 0;
  const run = async () => {
    const mine = ++turn;
    if (whole) history.replaceState(null, "", address());
    const query = input.value.trim();
    if (!query && !Object.keys(chosen()).length) {
      status.textContent = say("start");
      list.replaceChildren();
      foot.replaceChildren();
      return;
    }
    status.textContent = say("waiting");
    const results = await find(index, query, chosen());
    let shown = 0;
    const more = async (step) => {
      const next = await Promise.all(results.slice(shown, shown + step).map((result) => result.data()));
      if (mine !== turn) return;
      if (!shown) list.replaceChildren();
      const first = shown;
      shown += next.length;
      list.append(...next.map(hit));
      if (first) list.children[first]?.querySelector("a").focus();
      status.textContent = results.length ? say("count", { n: results.length }) : say("none", { q: query });
      foot.replaceChildren();
      if (/[\\^]|_\{/u.test(query)) {
        foot.append(element("a", { href: `${page ?? location.pathname}?${new URLSearchParams({ formula: query })}` }, say("formulas", { q: query })), " ");
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
    if (whole) run(); else location.href = `${page}?${new URLSearchParams({ q: input.value.trim() })}`;
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
    const all = await index.pagefind.filters();
    for (const name of FILTERS) {
      const values = Object.entries(all[name] ?? {}).filter(([, count]) => count);
      values.sort(name === "year" ? ([a], [b]) => b.localeCompare(a) : ([, a], [, b]) => b - a);
      if (!values.length) continue;
      const select = element("select", { name }, element("option", { value: "" }, say("any")),
        ...values.map(([value, count]) => element("option", { value }, `${value} (${count})`)));
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
