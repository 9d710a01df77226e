// Set formulas with KaTeX: a line of [[display, tex], ...] in, a line of [html, ...] out.
import {createInterface} from "node:readline";
import {pathToFileURL} from "node:url";

const {default: katex} = await import(pathToFileURL(`${process.argv[2]}/dist/katex.mjs`));
for await (const line of createInterface({input: process.stdin})) {
  const made = JSON.parse(line).map(([displayMode, tex]) =>
    katex.renderToString(tex, {displayMode, throwOnError: false, strict: "ignore"}));
  process.stdout.write(`${JSON.stringify(made)}\n`);
}
