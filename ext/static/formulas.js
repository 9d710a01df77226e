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
const OPEN = "«";
const CLOSE = "»";
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

/** Return the optional argument in brackets, null without one, and the position after it. */
function option(source, from) {
  const start = skipSpace(source, from);
  let depth = 0;
  if (source[start] === "[") {
    for (let at = start + 1; at < source.length; at += 1) {
      if (source[at] === "]" && depth === 0) return [source.slice(start + 1, at), at + 1];
      depth += (source[at] === "{") - (source[at] === "}");
      if (depth < 0) break;
    }
  }
  return [null, from];
}

const held = (inside) => (inside.length === 1 ? inside : [OPEN, ...inside, CLOSE]);

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
      out.push(script, ...(script === "^" && words.length === 1 && words[0] === "T" ? ["top"] : held(words)));
    }
    return at;
  };
  const readGroups = (source, from, command, depth, out) => {
    let at = from;
    out.push(sign(command));
    if (command === "\\sqrt") {
      const [degree, after] = option(source, at);
      at = after;
      if (degree) { out.pop(); out.push("root", ...held(read(degree, depth + 1))); }
    }
    for (let n = 0; n < rules.group[command]; n += 1) {
      const found = argument(source, at);
      if (!found) break;
      out.push(...held(read(found[0], depth + 1)));
      at = found[1];
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
      else if (has("group", piece) && depth < DEPTH) at = readGroups(source, at, piece, depth, out);
      else if ((piece === "^" || piece === "_") && depth < DEPTH) at = readScripts(source, at, piece, depth, out);
      else if (piece === "'") {
        const primes = ["prime"];
        while (source[at] === "'") { primes.push("prime"); at += 1; }
        out.push("^", ...held(primes));
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
  const posts = index.posts.map(([href, title, topic, year, stamp]) =>
    ({ href, title, topic, about: [topic, year].filter(Boolean).join(" · "), stamp, name: `${decodeURIComponent(href).replace(/(?:\.html|\/)$/u, "")}.json` }));
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
          anchor: (anchor[0] === "~" ? "eq-e-" : "") + anchor.slice(1), number: number.slice(1), displayed: /^d/iu.test(number), added: /^[DT]/u.test(number),
          words: Array.from(stream, (sign) => names.get(sign) ?? sign),
        }));
      });
    },
  };
}

// Comparing

const PAIRS = { [OPEN]: CLOSE, "(": ")", "[": "]", "{": "}" };
const CLOSING = new Set(Object.values(PAIRS));
const DIGIT = /^[0-9]$/u;
// Steps that one formula is compared in at most: what wildcards may try is many times its length.
const STEPS = 20000;

/** Join a question mark and the word after it to a wildcard: for one argument or script (¿), or for any part (?). */
export function pattern(words) {
  const joined = [];
  for (let at = 0; at < words.length; at += 1) {
    const named = words[at] === "?" && at + 1 < words.length && /^[\p{L}\p{N}]+$/u.test(words[at + 1]);
    joined.push(named ? `?${words[at += 1]}` : words[at]);
  }
  return joined.flatMap((word, at) => {
    const alone = (one) => isWildcard(joined[one] ?? "") && joined[one - 1] === OPEN && joined[one + 1] === CLOSE;
    return alone(at) ? [`¿${word.slice(1)}`] : alone(at + 1) || alone(at - 1) ? [] : [word];
  });
}

const isWildcard = (word) => word.length > 1 && (word[0] === "?" || word[0] === "¿");
/** Leave the marks away that hold one argument together. */
const content = (words) => (words[0] === OPEN && words.at(-1) === CLOSE ? words.slice(1, -1) : words);
const equal = (one, other) => one.length === other.length && one.every((word, at) => word === other[at]);

/** Yield the ends of the parts that begin at *start*, the shortest first: whole words, groups and what fences hold. */
function* ends(words, start) {
  const open = [];
  for (let at = start; at < words.length; at += 1) {
    const word = words[at];
    if (Object.hasOwn(PAIRS, word)) open.push(PAIRS[word]);
    else if (CLOSING.has(word)) {
      if (word !== open.pop()) return;
    }
    // Scripts belong to what stands before them, and are nothing without what follows.
    if (!open.length && word !== "^" && word !== "_") yield at + 1;
  }
}

/** Match *query* at *start* of *words*, letter for letter unless *rename*; return the end, or -1. */
function matchAt(query, words, start, isVariable, rename, whole, budget) {
  const to = new Map();
  const from = new Map();
  const go = (q, w) => {
    if ((budget.left -= 1) < 0) return -1;
    if (q === query.length) {
      if (whole && w < words.length) return -1;
      // A number ends where its digits do.
      return w < words.length && DIGIT.test(words[w]) && DIGIT.test(query[q - 1]) && !afterCommand(words, w - 1) ? -1 : w;
    }
    const mine = query[q];
    if (isWildcard(mine)) {
      const name = `?${mine.slice(1)}`;
      const bound = to.get(name);
      for (const end of ends(words, w)) {
        const value = content(words.slice(w, end));
        if (!bound || equal(bound, value)) {
          to.set(name, value);
          const found = go(q + 1, end);
          if (found >= 0) return found;
          if (!bound) to.delete(name);
        }
        if (mine[0] === "¿") break;
      }
      return -1;
    }
    if (w >= words.length) return -1;
    const theirs = words[w];
    if (!rename || !isVariable(mine)) return mine === theirs ? go(q + 1, w + 1) : -1;
    if (!isVariable(theirs)) return -1;
    const [known, back] = [to.get(mine), from.get(theirs)];
    if ((known ?? theirs) !== theirs || (back ?? mine) !== mine) return -1;
    to.set(mine, theirs);
    from.set(theirs, mine);
    const found = go(q + 1, w + 1);
    if (found < 0 && known === undefined) { to.delete(mine); from.delete(theirs); }
    return found;
  };
  return go(0, start);
}

/** How a formula answers a query, from the least to the most. */
export const KINDS = ["alike", "part_renamed", "part", "whole_renamed", "whole"];

/** Say how *query* stands in *words*, as a position in KINDS, 0 where it does not; and how often. */
export function compare(query, words, isVariable) {
  const budget = { left: STEPS };
  const runs = (rename, whole) => {
    let times = 0;
    for (let start = 0; start < words.length; start += 1) {
      // A number begins where its digits do.
      if (start && DIGIT.test(words[start]) && DIGIT.test(words[start - 1]) && DIGIT.test(query[0])
        && !Object.hasOwn(PAIRS, words[start - 1]) && !afterCommand(words, start - 1)) continue;
      if (matchAt(query, words, start, isVariable, rename, whole, budget) >= 0) times += 1;
      if (whole) break;
    }
    return times;
  };
  if (!query.length || !words.length) return { kind: 0, times: 0 };
  for (const [kind, rename, whole] of [[4, false, true], [3, true, true], [2, false, false], [1, true, false]]) {
    const times = runs(rename, whole);
    if (times) return { kind, times };
  }
  return { kind: 0, times: 0 };
}

/** Say whether a digit is the argument of a command or a script, and not of a number. */
function afterCommand(words, at) {
  const before = words[at - 1];
  return before === "^" || before === "_" || (before !== undefined && before.length > 1 && !DIGIT.test(before));
}

/** Return the rows of words that are looked up, as in_a_row in ext/edition/search/formula_index.py. */
export function rows(words) {
  const said = words.filter((word) => word !== OPEN && word !== CLOSE);
  return Array.from({ length: Math.max(0, said.length - ROW + 1) }, (_, at) => said.slice(at, at + ROW));
}

function spread(list) {
  const step = Math.max(1, list.length / LOOKUPS);
  return Array.from({ length: Math.min(LOOKUPS, list.length) }, (_, at) => list[Math.floor(at * step)]);
}

/** Choose the posts that may hold *query*, the likeliest first. */
async function candidates(index, query, allowed) {
  const { numbered, isVariable } = index.reader;
  const plain = rows(query).filter((row) => !row.some(isWildcard));
  const single = query.filter((word) => !isWildcard(word));
  const long = plain.length > 0;
  const join = (words) => words.join("\x1f");
  const whole = single.length === query.length ? [[`x${join(query)}`, 8], [`y${join(numbered(query))}`, 4]] : [];
  const typed = spread([...new Set(long ? plain.map((row) => `e${join(row)}`) : single.map((word) => `w${word}`))]);
  const renamed = long ? spread([...new Set(plain.map((row) => `r${join(numbered(row))}`))])
    : single.filter((word) => !isVariable(word)).map((word) => `w${word}`);
  const found = new Map();
  const weigh = async (keys, note) => {
    for (const [at, holding] of (await Promise.all(keys.map((key) => index.holding(key)))).entries()) {
      const weight = Math.log(1 + index.posts.length / (1 + holding.length));
      for (const post of holding) {
        if (!allowed(index.posts[post])) continue;
        const known = found.get(post) ?? { whole: 0, typed: 0, renamed: 0, weight: 0 };
        note(known, weight, at);
        found.set(post, known);
      }
    }
  };
  await weigh(whole.map(([key]) => key), (known, weight, at) => { known.whole += whole[at][1]; known.weight += weight; });
  await weigh(typed, (known, weight) => { known.typed += 1; known.weight += weight; });
  await weigh(renamed, (known, weight) => { known.renamed += 1; known.weight += weight / 2; });
  const rank = (known) => known.whole + 2 * (known.typed === typed.length) + (renamed.length > 0 && known.renamed === renamed.length);
  return [...found].filter(([, known]) => rank(known) || (long && 2 * known.renamed >= renamed.length))
    .sort(([, a], [, b]) => rank(b) - rank(a) || b.weight - a.weight).map(([post]) => index.posts[post]);
}

/** Compare every formula of a post; null where none is like the query. */
async function examine(index, post, query, origin) {
  const { numbered, isVariable } = index.reader;
  const said = (row) => numbered(row).join("\x1f");
  const mine = new Set(rows(query).filter((row) => !row.some(isWildcard)).map(said));
  // The more of the query are letters, the more it matters that they are the same.
  const letters = query.filter(isVariable).length / query.length;
  const found = [];
  for (const formula of await index.formulas(post)) {
    if (origin && formula.added !== (origin === "added")) continue;
    const { kind, times } = compare(query, formula.words, isVariable);
    if (kind) {
      const typed = kind === 4 || kind === 2;
      found.push({ ...formula, kind, times, score: (0.4 + 0.6 * letters) * typed + query.length / formula.words.length });
    } else if (mine.size > 1) {
      const theirs = new Set(rows(formula.words).map(said));
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
export async function* search(index, typed, { most = AT_MOST, topic = "", origin = "" } = {}) {
  const query = pattern(typed);
  const posts = query.every(isWildcard) ? [] : await candidates(index, query, (post) => !topic || post.topic === topic);
  const results = [];
  for (let at = 0; at < Math.min(most, posts.length); at += AT_ONCE) {
    const read = await Promise.all(posts.slice(at, at + AT_ONCE).map((post) => examine(index, post, query, origin)));
    results.push(...read.filter(Boolean));
    results.sort((a, b) => b.kind - a.kind || b.score - a.score);
    yield { results, left: Math.max(0, posts.length - at - AT_ONCE) };
  }
  if (!posts.length) yield { results, left: 0 };
}
