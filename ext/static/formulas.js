// Search for formulas: LaTeX is read into words as ext/edition/search/formula_words.py does, looked up in the small files
// that ext/edition/search/formula_index.py wrote, and compared with every formula of the posts that may hold it.
// What a reader sees of it is in formula_page.js.

const SPACE = "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";
const TOKEN = new RegExp(`\\\\[A-Za-z]+|\\\\.|${SPACE}+|.`, "gsu");
const SPACES = new RegExp(`^${SPACE}+$`, "u");
const SOME_SPACE = new RegExp(`${SPACE}+`, "u");
const LENGTH = new RegExp(`^${SPACE}*-?[0-9.]+${SPACE}*[a-z]{2}${SPACE}*$`, "u");
const DEPTH = 40;
const PASSES = 8;
const PIECES = 4000;
const ROW = 3;
const PER_SHARD_BITS = 8;
// How many rows of words are looked up, how many posts are read at once and at most.
const LOOKUPS = 8;
const AT_ONCE = 8;
export const AT_MOST = 16;

// Reading LaTeX into words

const size = (piece) => Array.from(piece).length;
const isSpace = (piece) => SPACES.test(piece);
const lower = (word) => word.replace(/[A-Z]/gu, (letter) => letter.toLowerCase());

function skipSpace(source, start) {
  let at = start;
  while (at < source.length && isSpace(source[at])) at += 1;
  return at;
}

function argument(source, from) {
  const start = skipSpace(source, from);
  if (start >= source.length || source[start] === "}") return null;
  if (source[start] !== "{") return [[source[start]], start + 1];
  let depth = 0;
  for (let at = start; at < source.length; at += 1) {
    if (source[at] === "{") depth += 1;
    else if (source[at] === "}" && (depth -= 1) === 0) return [source.slice(start + 1, at), at + 1];
  }
  return null;
}

function withoutComments(source) {
  const kept = [];
  let inComment = false;
  for (const piece of source) {
    if (piece === "%") inComment = true;
    else if (inComment && piece.includes("\n")) { inComment = false; kept.push(" "); }
    else if (!inComment) kept.push(piece);
  }
  return kept;
}

function expand(given, macros) {
  let source = given;
  for (let pass = 0; pass < PASSES; pass += 1) {
    if (source.length > PIECES || !source.some((piece) => Object.hasOwn(macros, piece))) break;
    const result = [];
    let at = 0;
    while (at < source.length) {
      const piece = source[at];
      at += 1;
      if (!Object.hasOwn(macros, piece)) { result.push(piece); continue; }
      const [count, text] = macros[piece];
      const values = [];
      let found;
      while (values.length < count && (found = argument(source, at))) { values.push(found[0]); at = found[1]; }
      const body = text.match(TOKEN) ?? [];
      body.forEach((part, here) => {
        if (part === "#") return;
        if (here && body[here - 1] === "#" && /^[1-9]$/u.test(part)) result.push(...(values[Number(part) - 1] ?? []));
        else result.push(part);
      });
    }
    source = result;
  }
  return source.slice(0, PIECES);
}

/** Return a reader of LaTeX that goes by *rules*, see ext/edition/search/formula_words.py. */
export function reader(rules, macros = {}) {
  const [nothing, fence, word, column, variable, tail] =
    ["nothing", "fence", "word", "column", "variable", "tail"].map((name) => new Set(rules[name]));
  const has = (table, piece) => Object.hasOwn(rules[table], piece);
  const transparent = (piece) => "^_&$".includes(piece);
  const isVariable = (one) => /^[A-Za-z]$/u.test(one) || variable.has(one);

  const sign = (piece) => {
    if (has("same", piece)) return rules.same[piece];
    const name = piece[0] === "\\" && piece.length > 1 ? piece.slice(1) : piece;
    return size(name) === 1 || variable.has(name) ? name : lower(name);
  };
  const afterBreak = (source, from) => {
    const at = from + (source[from] === "*" ? 1 : 0);
    const start = skipSpace(source, at);
    if (source[start] === "[") {
      for (let end = start + 1; end < Math.min(start + 12, source.length); end += 1) {
        if (source[end] === "]") return LENGTH.test(source.slice(start + 1, end).join("")) ? end + 1 : at;
      }
    }
    return at;
  };
  const afterSkipped = (source, from, command) => {
    let at = from + (source[from] === "*" ? 1 : 0);
    for (let n = 0; n < rules.skip[command]; n += 1) {
      const found = argument(source, at);
      if (!found) return at;
      at = found[1];
      if (command === "\\begin" && column.has(found[0].join("").replace(new RegExp(`^${SPACE}+|${SPACE}+$`, "gu"), ""))) {
        at = argument(source, at)?.[1] ?? at;
      }
    }
    return at;
  };
  const readWord = (source, from, out) => {
    const start = from + (source[from] === "*" ? 1 : 0);
    const found = argument(source, start);
    if (!found || found[0].some((piece) => transparent(piece) || /^\\[A-Za-z]+$/u.test(piece))) return start;
    const text = found[0].map((piece) => (isSpace(piece) || size(piece) === 1 ? piece : "")).join("");
    for (const one of text.replace(/[{}]/gu, "").replaceAll("~", " ").split(SOME_SPACE)) {
      if (one) out.push(size(one) === 1 ? one : lower(one));
    }
    return found[1];
  };
  const readLetter = (source, at, alphabet, out) => {
    const found = argument(source, at);
    if (!found || found[0].some((piece) => size(piece) > 1 || transparent(piece))) return at;
    for (const piece of found[0]) if (!"{}".includes(piece) && !isSpace(piece)) out.push(alphabet + piece);
    return found[1];
  };
  const readScripts = (source, from, first, depth, out) => {
    const inside = argument(source, from);
    if (!inside) { out.push(first); return from; }
    let at = inside[1];
    const parts = [[first, read(inside[0], depth + 1)]];
    const following = skipSpace(source, at);
    const other = first === "^" ? "_" : "^";
    if (source[following] === other) {
      const second = argument(source, following + 1);
      if (second) { parts.push([other, read(second[0], depth + 1)]); at = second[1]; }
    }
    parts.sort(([a], [b]) => (a === "^") - (b === "^"));
    for (const [script, words] of parts) {  // x^T is a transpose, as most people type it
      out.push(script, ...(script === "^" && words.length === 1 && words[0] === "T" ? ["top"] : words));
    }
    return at;
  };
  const read = (source, depth) => {
    const out = [];
    let at = 0;
    while (at < source.length) {
      const piece = source[at];
      at += 1;
      if (nothing.has(piece) || isSpace(piece) || (size(piece) === 2 && piece[0] === "\\" && isSpace(piece[1]))) continue;
      if (fence.has(piece)) {
        const following = skipSpace(source, at);
        if (source[following] === ".") at = following + 1;
      } else if (piece === "\\\\") at = afterBreak(source, at);
      else if (has("skip", piece)) at = afterSkipped(source, at, piece);
      else if (word.has(piece)) at = readWord(source, at, out);
      else if (has("letter", piece)) at = readLetter(source, at, rules.letter[piece], out);
      else if ((piece === "^" || piece === "_") && depth < DEPTH) at = readScripts(source, at, piece, depth, out);
      else if (piece === "'") {
        out.push("^", "prime");
        while (source[at] === "'") { out.push("prime"); at += 1; }
      } else out.push(sign(piece));
    }
    return out;
  };
  const words = (tex) => {
    const out = read(expand(withoutComments(tex.match(TOKEN) ?? []), macros), 0);
    while (out.length && tail.has(out.at(-1))) out.pop();
    return out;
  };
  const numbered = (list) => {
    const seen = new Map();
    return list.map((one) => {
      if (!isVariable(one)) return one;
      if (!seen.has(one)) seen.set(one, `${seen.size}!`);
      return seen.get(one);
    });
  };
  return { words, numbered, isVariable };
}

// The index

let table = null;

function crc32(text) {
  table ??= Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    return value;
  });
  let value = -1;
  for (const byte of new TextEncoder().encode(text)) value = (value >>> 8) ^ table[(value ^ byte) & 255];
  return (value ^ -1) >>> 0;
}

/** Return the 16 bits that stand for a key. */
export function bucket(key) {
  const digest = crc32(key);
  return (digest >>> 16) ^ (digest & 0xffff);
}

async function json(url, options) {
  const answer = await fetch(url, options);
  if (!answer.ok) throw new Error(`${answer.status} ${answer.url}`);
  return answer.json();
}

/** Open the index that lies at *base*; its files are asked for when they are needed, each once. */
export async function open(base) {
  // What it says of the other files must be as they are now.
  const index = await json(new URL("index.json", base), { cache: "no-cache" });
  const files = new Map();
  const file = (name, stamp) => {
    if (!files.has(name)) {
      const url = new URL(name.split("/").map(encodeURIComponent).join("/"), base);
      files.set(name, json(`${url}?${stamp}`).catch((error) => { files.delete(name); throw error; }));
    }
    return files.get(name);
  };
  const lines = new Map();
  const posts = index.posts.map(([href, title, about, stamp]) =>
    ({ href, title, about, stamp, name: `${decodeURIComponent(href).replace(/(?:\.html|\/)$/u, "")}.json` }));
  return {
    posts,
    reader: reader(index.rules, index.macros),
    /** Return the posts that hold a key, as positions. */
    async holding(key) {
      const at = bucket(key) >>> (16 - index.bits);
      const bits = Math.min(index.bits, PER_SHARD_BITS);
      const number = at >>> bits;
      if (!lines.has(number)) lines.set(number, (await file(`rows-${number}.json`, index.stamp)).split(" "));
      const found = [];
      let last = -1;
      for (const sign of lines.get(number)[at & ((1 << bits) - 1)]) {
        let code = sign.codePointAt(0);
        if (code >= 0xe000) code -= 0x800;
        code -= code > 0x5c ? 2 : code > 0x22 ? 1 : 0;
        last += code - 0x21;
        found.push(last);
      }
      return found;
    },
    /** Return the formulas of a post. */
    async formulas(post) {
      const page = await file(post.name, post.stamp);
      const names = new Map(Array.from(page.signs, (sign, at) => [sign, page.words[at]]));
      return page.lines.split("  ").filter(Boolean).flatMap((line) => {
        const [anchor, number, ...streams] = line.split(" ");
        return streams.map((stream) => ({
          anchor: (anchor[0] === "~" ? "eq-e-" : "") + anchor.slice(1), number: number.slice(1), displayed: number[0] === "d",
          words: Array.from(stream, (sign) => names.get(sign) ?? sign),
        }));
      });
    },
  };
}

// Comparing

/** Say how *query* stands in *words*: 2 as typed, 1 with its variables renamed, 0 not at all; and how often. */
export function compare(query, words, isVariable) {
  let best = 0;
  let times = 0;
  for (let start = 0; start + query.length <= words.length; start += 1) {
    const to = new Map();
    const from = new Map();
    let same = true;
    let at = 0;
    for (; at < query.length; at += 1) {
      const [mine, theirs] = [query[at], words[start + at]];
      if (mine !== theirs) {
        same = false;
        if (!isVariable(mine) || !isVariable(theirs)) break;
      }
      if (isVariable(mine)) {
        if ((to.get(mine) ?? theirs) !== theirs || (from.get(theirs) ?? mine) !== mine) break;
        to.set(mine, theirs);
        from.set(theirs, mine);
      }
    }
    if (at < query.length) continue;
    const kind = same ? 2 : 1;
    if (kind > best) { best = kind; times = 0; }
    if (kind === best) times += 1;
  }
  return { kind: best, times };
}

const rows = (words) => Array.from({ length: Math.max(0, words.length - ROW + 1) }, (_, at) => words.slice(at, at + ROW));

function spread(list) {
  const step = Math.max(1, list.length / LOOKUPS);
  return Array.from({ length: Math.min(LOOKUPS, list.length) }, (_, at) => list[Math.floor(at * step)]);
}

/** Choose the posts that may hold *query*, the likeliest first. */
async function candidates(index, query) {
  const { numbered, isVariable } = index.reader;
  const long = query.length >= ROW;
  const typed = spread([...new Set(long ? rows(query).map((row) => `e${row.join("\x1f")}`) : query.map((word) => `w${word}`))]);
  const renamed = long ? spread([...new Set(rows(query).map((row) => `r${numbered(row).join("\x1f")}`))])
    : query.filter((word) => !isVariable(word)).map((word) => `w${word}`);
  const found = new Map();
  const weigh = async (keys, name, factor) => {
    for (const holding of await Promise.all(keys.map((key) => index.holding(key)))) {
      const weight = factor * Math.log(1 + index.posts.length / (1 + holding.length));
      for (const post of holding) {
        const known = found.get(post) ?? { typed: 0, renamed: 0, weight: 0 };
        known[name] += 1;
        known.weight += weight;
        found.set(post, known);
      }
    }
  };
  await weigh(typed, "typed", 1);
  await weigh(renamed, "renamed", 0.5);
  const rank = (known) => 2 * (known.typed === typed.length) + (renamed.length > 0 && known.renamed === renamed.length);
  return [...found].filter(([, known]) => rank(known) || (long && 2 * known.renamed >= renamed.length))
    .sort(([, a], [, b]) => rank(b) - rank(a) || b.weight - a.weight).map(([post]) => index.posts[post]);
}

/** Compare every formula of a post; null where none is like the query. */
async function examine(index, post, query) {
  const { numbered, isVariable } = index.reader;
  const mine = new Set(rows(query).map((row) => numbered(row).join("\x1f")));
  // The more of the query are letters, the more it matters that they are the same.
  const letters = query.filter(isVariable).length / query.length;
  const found = [];
  for (const formula of await index.formulas(post)) {
    const { kind, times } = compare(query, formula.words, isVariable);
    if (kind) {
      found.push({ ...formula, kind, times, score: 1 + (0.4 + 0.6 * letters) * (kind - 1) + query.length / formula.words.length / 2 });
    } else if (mine.size > 1) {
      const theirs = new Set(rows(formula.words).map((row) => numbered(row).join("\x1f")));
      let shared = 0;
      for (const row of mine) shared += theirs.has(row);
      if (2 * shared >= mine.size) {
        found.push({ ...formula, kind: 0, times: 0, score: shared / mine.size * Math.min(1, 2 * query.length / formula.words.length) });
      }
    }
  }
  if (!found.length) return null;
  found.sort((a, b) => b.score - a.score || b.displayed - a.displayed);
  const whole = found.filter((one) => one.kind);
  const alike = whole.length ? whole : found;
  // How nearly the best formula is what was typed, and how much the post is about it.
  const named = query.some((word) => word.length > 2 && !isVariable(word) && post.title.toLowerCase().includes(word));
  const score = alike[0].score + Math.log2(1 + alike.length) / 4 + named / 2;
  return { post, kind: alike[0].kind, score, found: alike };
}

/** Search; yields the results so far after each few posts that were read. */
export async function* search(index, query, most = AT_MOST) {
  const posts = await candidates(index, query);
  const results = [];
  for (let at = 0; at < Math.min(most, posts.length); at += AT_ONCE) {
    const read = await Promise.all(posts.slice(at, at + AT_ONCE).map((post) => examine(index, post, query)));
    results.push(...read.filter(Boolean));
    results.sort((a, b) => b.score - a.score);
    const sure = results.some((one) => one.kind) ? results.filter((one) => one.kind) : results;
    yield { results: sure, left: Math.max(0, posts.length - at - AT_ONCE) };
  }
  if (!posts.length) yield { results, left: 0 };
}
