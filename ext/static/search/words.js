// Cut what a reader types into words and phrases, as ext/edition/search/feed.py cuts the pages: every Chinese character is
// a word of its own, so a phrase search finds a phrase whatever its words are.

export const HAN = "\\u3007\\u3040-\\u30ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff\\u{20000}-\\u{323af}";
export const TOKEN = new RegExp(`[${HAN}]|[\\p{L}\\p{N}\\p{M}_](?:(?![${HAN}])[\\p{L}\\p{N}\\p{M}_])*`, "gu");
const MOST_WORDS = 12;

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
export function wordsOf(lists) {
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

/** Reduce a text to what a phrase is compared by. */
export function tight(text) {
  return (text.match(TOKEN) ?? []).join("").toLowerCase();
}

/** Return how much two texts have in common: the share of their pairs of neighbouring characters. */
export function likeness(one, other) {
  const pairs = (text) => new Set(Array.from(text, (sign, at) => sign + (text[at + 1] ?? "")));
  const [mine, theirs] = [pairs(one), pairs(other)];
  let shared = 0;
  for (const pair of mine) shared += theirs.has(pair);
  return (2 * shared) / (mine.size + theirs.size || 1);
}
