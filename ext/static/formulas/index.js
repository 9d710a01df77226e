// The files of the index, see ext/edition/search/formula_index.py: asked for when they are needed, each once.

import { reader } from "./words.js";

const PER_SHARD_BITS = 8;
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

/** Return the 32 bits that say where a key is: the upper half of its group's chooses the file, the lower is its own. */
export function code(key, group = key) {
  return ((crc32(group) & 0xffff0000) | (crc32(key) & 0xffff)) >>> 0;
}

async function json(url, options) {
  const answer = await fetch(url, options);
  if (!answer.ok) throw new Error(`${answer.status} ${answer.url}`);
  return answer.json();
}

/** Open the index that lies at *base*. */
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
    /** Return the posts that hold a key, as positions; the keys of a group lie in one file. */
    async holding(key, group = key) {
      const bits = Math.min(index.bits, PER_SHARD_BITS);
      const where = code(key, group);
      const number = index.bits > bits ? where >>> (32 - index.bits + bits) : 0;
      if (!lines.has(number)) lines.set(number, (await file(`rows-${number}.json`, index.stamp)).split(" "));
      const found = [];
      let last = -1;
      for (const sign of lines.get(number)[where & ((1 << bits) - 1)]) {
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
