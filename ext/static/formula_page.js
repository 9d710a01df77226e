// The search for formulas as a reader sees it: results with the set formulas, and its state in the URL.

import { WANTED, KINDS, open, search } from "./formulas.js";

// How many posts are shown at once, and formulas of each.
const BATCH = 10;
const SHOWN = 3;

/** Read a run of letters as one word, for who types the name of an operator without its command. */
function asNames(tex) {
  return tex.replace(/(\\[A-Za-z]+|\?[A-Za-z]+)|([A-Za-z]{2,})/gu, (whole, command, run) => command ?? `\\operatorname{${run}}`);
}

// What is shown

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

const pages = new Map();

function pageAt(url) {
  if (!pages.has(url)) {
    pages.set(url, fetch(url).then((answer) => {
      if (!answer.ok) throw new Error(`${answer.status} ${answer.url}`);
      return answer.text();
    }).then((html) => new DOMParser().parseFromString(html, "text/html"))
      .catch((error) => { pages.delete(url); throw error; }));
  }
  return pages.get(url);
}

/** Return the set formula of a page, made of MathML alone. */
function lift(page, formula, words) {
  const place = formula.anchor ? page.getElementById(formula.anchor) : page.querySelector("article");
  const all = Array.from(place?.querySelectorAll("math[alttext]") ?? []);
  const math = formula.displayed ? all[0]
    : all.find((one) => words(one.getAttribute("alttext")).join("\x1f") === formula.words.join("\x1f"));
  if (!math) return null;
  const copy = document.importNode(math, true);
  for (const one of [copy, ...copy.querySelectorAll("*")]) {
    if (one.namespaceURI !== "http://www.w3.org/1998/Math/MathML") { one.remove(); continue; }
    for (const { name } of [...one.attributes]) if (/^(?:on|href|id$|xlink)/iu.test(name)) one.removeAttribute(name);
  }
  copy.setAttribute("display", "block");
  return copy;
}

/** Put the search for formulas into *place*, whose page is at *root* below; its state is in the URL. */
export async function mount(place, { root, words: texts }) {
  if (place.dataset.mounted) { place.querySelector("form").requestSubmit(); return; }
  place.dataset.mounted = "true";
  const say = (name, values = {}) =>
    (texts[name] ?? "").replace(/\{(\w)\}/gu, (match, key) => values[key] ?? match);
  const input = place.querySelector("input");
  const status = element("p", { class: "zs-status", role: "status" });
  const list = element("ol", { class: "zs-hits" });
  const foot = element("p");
  const bar = element("fieldset", { class: "zs-filters" });
  place.append(bar, status, list, foot);

  let index;
  try {
    index = await open(new URL("formulas/", new URL(root, document.baseURI)));
  } catch (error) {
    status.textContent = say("missing", { e: error.message });
    return;
  }
  const home = new URL(root, document.baseURI);

  // The posts themselves hold the set formulas: they are read when a result comes into view.
  const near = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      target.show();
    }
  }, { rootMargin: "200px" });

  const entry = (post, formula) => {
    const url = new URL(post.href, home);
    if (formula.anchor) url.hash = formula.anchor;
    const kind = formula.displayed ? `${say("equation")} ${formula.number}`.trim() : say("in_text");
    const name = formula.added ? `${kind} · ${say("added")}` : kind;
    const link = element("a", { href: url.href }, name);
    const box = element("div", { class: "equation-body", role: "group", tabindex: "0", "aria-label": name });
    const item = element("li", { class: "zs-formula" }, link, box);
    item.show = async () => {
      try {
        const math = lift(await pageAt(new URL(post.href, home).href), formula, index.reader.words);
        if (math) box.append(math); else box.remove();
      } catch {
        // The page cannot be read now; its link still leads there.
        box.remove();
      }
    };
    return item;
  };
  const hit = ({ post, kind, found }, before) => {
    const more = found.length > SHOWN ? ` · ${say("more_here", { n: found.length - SHOWN })}` : "";
    const head = kind === before ? [] : [element("p", { class: "zs-kind" }, say(KINDS[kind]))];
    return element("li", {}, ...head, element("a", { href: new URL(post.href, home).href }, post.title),
      element("small", {}, post.about + more),
      element("ul", {}, ...found.slice(0, SHOWN).map((formula) => entry(post, formula))));
  };

  let turn = 0;
  const show = (results, from, left, wanted) => {
    const items = results.slice(from, from + BATCH).map((one, at) => hit(one, results[from + at - 1]?.kind));
    list.append(...items);
    for (const one of items.flatMap((item) => [...item.querySelectorAll(".zs-formula")])) near.observe(one);
    foot.replaceChildren();
    const waiting = results.length - from - BATCH;
    if (waiting > 0 || left > 0) {
      const text = waiting > 0 ? say("more", { n: Math.min(waiting, BATCH) }) : say("further");
      const button = element("button", { type: "button", class: "zs-more" }, text);
      button.addEventListener("click", () => {
        const shown = list.children.length;
        const then = waiting > 0 ? Promise.resolve(show(results, from + BATCH, left, wanted)) : run(wanted + WANTED, shown);
        then.then(() => list.children[shown]?.querySelector("a").focus());
      });
      foot.append(button);
    }
  };
  const run = async (wanted = WANTED, kept = 0) => {
    turn += 1;
    const mine = turn;
    const typed = input.value.trim();
    const [topic, origin] = ["topic", "origin"].map((name) => bar.querySelector(`[name=${name}]`).value);
    const chosen = Object.entries({ topic, origin }).filter(([, value]) => value);
    history.replaceState(null, "", `?${new URLSearchParams([["formula", typed], ...chosen])}`);
    const query = index.reader.words(typed);
    if (!query.length) {
      status.textContent = say("formula_start");
      list.replaceChildren();
      foot.replaceChildren();
      return;
    }
    status.textContent = say("waiting");
    let answer = { results: [], left: 0 };
    try {
      const named = index.reader.words(asNames(typed));
      for (const words of named.join(" ") === query.join(" ") ? [query] : [query, named]) {
        let other = { results: [], left: 0 };
        for await (other of search(index, words, { wanted, topic, origin })) if (mine !== turn) return;
        if ((other.results[0]?.kind ?? -1) > (answer.results[0]?.kind ?? -1)) answer = other;
      }
    } catch (error) {
      status.textContent = say("missing", { e: error.message });
      return;
    }
    if (mine !== turn) return;
    const { results, left } = answer;
    list.replaceChildren();
    // What is only alike is counted apart from what has the formula in it.
    const having = results.filter(({ kind }) => kind).length;
    const alike = results.length - having;
    const more = (n) => n + (left ? "+" : "");
    if (!results.length) status.textContent = say("formula_none", { q: typed });
    else if (!having) status.textContent = say("formula_near", { n: more(alike) });
    else status.textContent = say("formula_count", { n: alike ? having : more(having) })
      + (alike ? say("formula_others", { n: more(alike) }) : "");
    for (let from = 0; from === 0 || from < kept; from += BATCH) show(results, from, left, wanted);
  };

  let waiting;
  input.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(run, 300); });
  input.form.addEventListener("submit", (event) => { event.preventDefault(); clearTimeout(waiting); run(); });
  place.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const stops = [input, ...list.querySelectorAll("a")];
    const next = stops[stops.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1)];
    if (!stops.includes(document.activeElement) || !next) return;
    event.preventDefault();
    next.focus();
  });
  const given = new URLSearchParams(location.search);
  const choice = (name, values) => {
    const select = element("select", { name }, element("option", { value: "" }, say("any")),
      ...values.map(([value, text]) => element("option", { value }, text)));
    select.value = given.get(name) ?? "";
    if (select.selectedIndex < 0) select.value = "";
    bar.append(element("label", {}, say(name), select));
  };
  choice("topic", [...new Set(index.posts.map((post) => post.topic))].filter(Boolean).sort().map((name) => [name, name]));
  choice("origin", ["original", "added"].map((name) => [name, say(name)]));
  bar.addEventListener("change", () => run());
  input.value ||= given.get("formula") ?? "";
  await run();
}
