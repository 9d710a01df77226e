// What is shown of a result: built node by node, for the texts come from fetched pages.

import { facetsOf } from "./find.js";
import { HAN } from "./words.js";

// Characters of an excerpt before a word that was looked for, and from it on.
const BEFORE = 40;
const AFTER = 80;

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** Close up the spaces that the index put around Chinese characters. */
function closeUp(text) {
  return text.replace(new RegExp(`(?<=[${HAN}])\\s+|\\s+(?=[${HAN}])`, "gu"), "").replace(/([，。、；：！？》）”’（《“‘])\s+/gu, "$1");
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

export function hit(index, id, data, lists) {
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
