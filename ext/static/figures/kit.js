/* What the figures share: words, random numbers, drawing in SVG, controls, and the way onto the page. */

/** Choose a text by the language of the page. */
export const t = (zh, en) => (document.documentElement.lang.startsWith("en") ? en : zh);

/** Return a generator of uniform numbers in (0, 1) by a seed: mulberry32. */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = Math.imul(state ^ (state >>> 15), state | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return (((z ^ (z >>> 14)) >>> 0) + 0.5) / 4294967296;
  };
}

/** Return a standard normal number from two uniform ones: Box and Muller. */
export const normal = (uniform) => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());

/** Write a number shortly, with a true minus sign. */
export function brief(value, digits = 3) {
  if (Number.isNaN(value)) return t("不存在", "undefined");
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  const text = size !== 0 && (size >= 1e5 || size < 1e-3) ? value.toExponential(digits - 1)
    : String(+value.toPrecision(digits));
  return text.replaceAll("-", "−").replace("e+", "e");
}

/** Count values in equal bins, as a density over all of them; also tell how many lie outside. */
export function histogram(values, low, high, bins) {
  const width = (high - low) / bins;
  const heights = new Array(bins).fill(0);
  let outside = 0;
  for (const value of values) {
    const bin = value === high ? bins - 1 : Math.floor((value - low) / width);
    if (bin >= 0 && bin < bins) heights[bin] += 1 / (values.length * width);
    else outside += 1;
  }
  return { heights, outside, width };
}

/** Return about `count` round numbers between two others. */
export function ticks(low, high, count) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((times) => times * power >= rough * 0.999) * power;
  const found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k += 1) found.push(k * step);
  return found;
}

function create(namespace, name, attributes, children) {
  const element = document.createElementNS(namespace, name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value !== false) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

export const html = (name, attributes = {}, ...children) =>
  create("http://www.w3.org/1999/xhtml", name, attributes, children);
export const svg = (name, attributes = {}, ...children) =>
  create("http://www.w3.org/2000/svg", name, attributes, children);

/** A plane with axes: `x`, `y` are their ranges; `equal` gives both one unit, `whole` numbers only the units of x. */
export class Plot {
  constructor(host, { x, y, equal = false, whole = false, label, ratio = 0.6 }) {
    this.width = Math.max(260, Math.min(680, host.clientWidth || 600));
    this.height = Math.round(this.width * ratio);
    this.box = { left: 42, right: this.width - 10, top: 10, bottom: this.height - 28 };
    const { left, right, top, bottom } = this.box;
    if (equal) {
      const unit = Math.max((x[1] - x[0]) / (right - left), (y[1] - y[0]) / (bottom - top));
      const middle = (x[0] + x[1]) / 2;
      x = [middle - (unit * (right - left)) / 2, middle + (unit * (right - left)) / 2];
    }
    Object.assign(this, { x, y });
    this.X = (value) => left + ((value - x[0]) / (x[1] - x[0])) * (right - left);
    this.Y = (value) => bottom - ((value - y[0]) / (y[1] - y[0])) * (bottom - top);
    this.root = svg("svg", { viewBox: `0 0 ${this.width} ${this.height}`, role: "img", "aria-label": label });
    const clip = `clip-${(Plot.count = (Plot.count || 0) + 1)}`;
    this.root.append(svg("clipPath", { id: clip },
      svg("rect", { x: left, y: top, width: right - left, height: bottom - top })));
    this.inside = svg("g", { "clip-path": `url(#${clip})` });
    this.root.append(this.axes(whole), this.inside);
  }

  axes(whole) {
    const { left, right, top, bottom } = this.box;
    const group = svg("g", { class: "fig-axes" }, svg("path", { d: `M${left} ${top}V${bottom}H${right}` }));
    for (const value of ticks(...this.x, this.width > 450 ? 8 : 5)) {
      if (whole && !Number.isInteger(value)) continue;
      group.append(svg("text", { x: this.X(value), y: bottom + 18, "text-anchor": "middle" }, brief(value)));
      group.append(svg("path", { d: `M${this.X(value)} ${bottom}v4` }));
    }
    for (const value of ticks(...this.y, 5)) {
      group.append(svg("text", { x: left - 7, y: this.Y(value) + 4, "text-anchor": "end" }, brief(value)));
      group.append(svg("path", { d: `M${left} ${this.Y(value)}h-4` }));
    }
    return group;
  }

  /** Draw through points; a missing one breaks the line. */
  line(points, attributes = {}) {
    let pen = "M";
    let d = "";
    for (const point of points) {
      if (point === null || !Number.isFinite(point[1])) { pen = "M"; continue; }
      d += `${pen}${this.X(point[0]).toFixed(1)} ${this.Y(point[1]).toFixed(1)}`;
      pen = "L";
    }
    const path = svg("path", { class: "fig-curve", d, ...attributes });
    this.inside.append(path);
    return path;
  }

  bars({ heights, width }, low) {
    const d = heights.map((height, bin) => {
      const [left, right] = [this.X(low + bin * width), this.X(low + (bin + 1) * width)].map((at) => at.toFixed(1));
      return `M${left} ${this.Y(0)}V${this.Y(height).toFixed(1)}H${right}V${this.Y(0)}`;
    });
    this.inside.append(svg("path", { class: "fig-bars", d: d.join("") }));
  }

  dots(points, attributes = {}) {
    this.inside.append(...points.map(([x, y]) =>
      svg("circle", { class: "fig-dot", cx: this.X(x), cy: this.Y(y), r: 2.6, ...attributes })));
  }

  mark([x, y], text, attributes = {}) {
    const middle = { class: "fig-mark", x: this.X(x), y: this.Y(y) + 4, "text-anchor": "middle" };
    this.inside.append(svg("text", { ...middle, ...attributes }, text));
  }
}

let controls = 0;

function labelled(text, input, ...more) {
  input.id = `fig-control-${(controls += 1)}`;
  return html("div", { class: "fig-control" }, html("label", { for: input.id }, text), input, ...more);
}

/** A slider with its value in words; with `log` it runs over exponents of ten. `set(value)` moves it. */
export function slider(text, { min, max, step, value, log = false }, change) {
  const inner = (outer) => (log ? Math.log10(outer) : outer);
  const outer = (raw) => (log ? +(10 ** raw).toPrecision(2) : raw);
  const shown = html("output", {});
  const input = html("input", { type: "range", min: inner(min), max: inner(max), step: log ? 0.05 : step });
  const tell = (current) => {
    shown.textContent = brief(current);
    input.setAttribute("aria-valuetext", brief(current));
  };
  input.addEventListener("input", () => { tell(outer(+input.value)); change(outer(+input.value)); });
  const row = labelled(text, input, shown);
  row.set = (next) => { input.value = inner(next); tell(next); };
  row.set(value);
  return row;
}

/** A list to choose from: `options` are pairs of value and text. */
export function choice(text, options, value, change) {
  const input = html("select", {}, ...options.map(([key, name]) =>
    html("option", { value: key, selected: key === value }, name)));
  input.addEventListener("change", () => change(input.value));
  return labelled(text, input);
}

export const button = (text, press) => html("button", { type: "button", onclick: press }, text);

/** A table of what the picture shows, in numbers. */
export const table = (head, rows) => html("table", {},
  html("thead", {}, html("tr", {}, ...head.map((name) => name ? html("th", { scope: "col" }, name) : html("td", {})))),
  html("tbody", {}, ...rows.map(([name, ...values]) =>
    html("tr", {}, html("th", { scope: "row" }, name), ...values.map((value) => html("td", {}, value))))));

/** Whether the reader asked for less motion. */
export const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/**
 * Bring every figure of this name to life. `build(options, parts)` fills `parts.controls`, and returns what draws
 * into `parts.picture` and `parts.numbers`; it is called again when the width changes. The picture of the page stays
 * for print, and for whoever has no script.
 */
export function mount(name, build) {
  for (const figure of document.querySelectorAll(`.interactive[data-figure="${name}"]:not([data-live])`)) {
    const parts = {
      controls: html("div", { class: "fig-controls", role: "group", "aria-label": t("图的控制", "Controls") }),
      picture: html("div", { class: "fig-picture" }),
      numbers: html("div", { class: "fig-numbers" }),
    };
    const live = html("div", { class: "interactive-live" }, parts.picture, parts.controls, parts.numbers);
    figure.querySelector(".interactive-still").after(live);
    const draw = build(JSON.parse(figure.querySelector("script[type='application/json']").textContent), parts);
    draw();
    figure.dataset.live = "";
    let width = parts.picture.clientWidth;
    draw();
    new ResizeObserver(() => {
      const now = parts.picture.clientWidth;
      if (now && now !== width) { width = now; draw(); }
    }).observe(parts.picture);
  }
}
