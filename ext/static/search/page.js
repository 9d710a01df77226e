// Where a search is shown: a page of its own with filters and its state in the URL, or a dialog.

import { element, hit } from "./entry.js";
import { facetsOf, find, load, meant, nearest, sift, topicsCalled } from "./find.js";
import { isFormula, phrases } from "./words.js";

const FILTERS = ["topic", "series", "tag", "year", "state"];
const BATCH = 10;
const BRIEF = 6;

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
