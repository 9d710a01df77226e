// Read LaTeX into words that say what it says, as ext/edition/search/formula_words.py does, with the rules in the index.

const SPACE = "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";
const TOKEN = new RegExp(`\\\\[A-Za-z]+|\\\\.|${SPACE}+|.`, "gsu");
const SPACES = new RegExp(`^${SPACE}+$`, "u");
const SOME_SPACE = new RegExp(`${SPACE}+`, "u");
const LENGTH = new RegExp(`^${SPACE}*-?[0-9.]+${SPACE}*[a-z]{2}${SPACE}*$`, "u");
const DEPTH = 40;
const PASSES = 8;
const PIECES = 4000;
export const OPEN = "«";
export const CLOSE = "»";

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
  return { words, numbered, isVariable, arity: rules.arity };
}
