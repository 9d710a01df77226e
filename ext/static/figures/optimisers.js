/* Optimisers on test surfaces: the paths of five methods from one point, on contour lines. */

import { Plot, brief, button, choice, html, mount, slider, still, t, table } from "./kit.js";

/** name: value, gradient, minima, and the part of the plane that is shown. */
export const SURFACES = {
  valley: {
    name: ["二次山谷", "Quadratic valley"], x: [-4, 4], y: [-2.4, 2.4], start: [-3.4, 1.6], minima: [[0, 0]],
    value: (x, y) => 0.5 * x * x + 10 * y * y,
    gradient: (x, y) => [x, 20 * y],
    rates: { gd: 0.08, momentum: 0.02, adam: 0.15, sign: 0.08, muon: 0.03 },
  },
  rosenbrock: {
    name: ["Rosenbrock 函数", "Rosenbrock"], x: [-2, 2], y: [-0.8, 2], start: [-1.2, 1], minima: [[1, 1]],
    value: (x, y) => (1 - x) ** 2 + 100 * (y - x * x) ** 2,
    gradient: (x, y) => [2 * (x - 1) - 400 * x * (y - x * x), 200 * (y - x * x)],
    rates: { gd: 0.0012, momentum: 0.0005, adam: 0.05, sign: 0.01, muon: 0.005 },
  },
  himmelblau: {
    name: ["Himmelblau 函数", "Himmelblau"], x: [-5.5, 5.5], y: [-5, 5], start: [-0.3, -0.6],
    minima: [[3, 2], [-2.805118086952745, 3.131312518250573], [-3.779310253377747, -3.283185991286170],
      [3.584428340330492, -1.848126526964404]],
    value: (x, y) => (x * x + y - 11) ** 2 + (x + y * y - 7) ** 2,
    gradient: (x, y) => {
      const [a, b] = [x * x + y - 11, x + y * y - 7];
      return [4 * x * a + 2 * b, 2 * a + 4 * y * b];
    },
    rates: { gd: 0.01, momentum: 0.003, adam: 0.1, sign: 0.06, muon: 0.03 },
  },
};

const average = (state, key, gradient, old, fresh) =>
  (state[key] = gradient.map((g, i) => old * (state[key]?.[i] ?? 0) + fresh * g));

/** name: what it is called, and the update before the learning rate; `state` is the method's memory. */
export const METHODS = {
  gd: { name: ["梯度下降", "Gradient descent"], update: (g) => g },
  momentum: { name: ["动量", "Momentum"], update: (g, state, beta) => average(state, "m", g, beta, 1) },
  adam: {
    name: ["Adam", "Adam"],
    update: (g, state) => {
      const count = (state.count = (state.count ?? 0) + 1);
      const m = average(state, "m", g, 0.9, 0.1);
      const v = average(state, "v", g.map((x) => x * x), 0.999, 0.001);
      return m.map((x, i) => x / (1 - 0.9 ** count) / (Math.sqrt(v[i] / (1 - 0.999 ** count)) + 1e-8));
    },
  },
  // msign(diag(g)) = diag(sign g): for a diagonal matrix of parameters these two are the spectral steps.
  sign: { name: ["谱步（符号下降）", "Spectral step (sign)"], update: (g) => g.map(Math.sign) },
  muon: {
    name: ["Muon（动量的谱步）", "Muon (of momentum)"],
    update: (g, state, beta) => average(state, "m", g, beta, 1).map(Math.sign),
  },
};

/** Farther away than this a path counts as divergent, and ends. */
const FAR = 1e3;

/** Return the points from the start on; a path that diverges has fewer. */
export function path(surface, method, rate, start, steps, beta) {
  const points = [[...start]];
  const state = {};
  while (points.length <= steps) {
    const [x, y] = points.at(-1);
    const [dx, dy] = METHODS[method].update(SURFACES[surface].gradient(x, y), state, beta);
    const next = [x - rate * dx, y - rate * dy];
    if (!(Math.hypot(...next) < FAR)) break;
    points.push(next);
  }
  return points;
}

/** Return the pieces of the line on which a function on a grid has one value (marching squares). */
export function contour(grid, xs, ys, level) {
  const pieces = [];
  const between = (p, q) => {
    const share = (level - p[2]) / (q[2] - p[2]);
    return [p[0] + share * (q[0] - p[0]), p[1] + share * (q[1] - p[1])];
  };
  for (let j = 0; j + 1 < ys.length; j += 1) {
    for (let i = 0; i + 1 < xs.length; i += 1) {
      const corners = [[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]].map(([a, b]) => [xs[a], ys[b], grid[b][a]]);
      const cuts = corners.flatMap((corner, k) => {
        const next = corners[(k + 1) % 4];
        return (corner[2] < level) !== (next[2] < level) ? [between(corner, next)] : [];
      });
      for (let k = 0; k + 1 < cuts.length; k += 2) pieces.push(cuts[k], cuts[k + 1], null);
    }
  }
  return pieces;
}

const spread = ([low, high], count) => Array.from({ length: count }, (_, i) => low + ((high - low) * i) / (count - 1));

/** Levels by which the value halves, from the highest corner down. */
export function contours(surface, levels = 11) {
  const { x, y, value } = SURFACES[surface];
  const [xs, ys] = [spread(x, 97), spread(y, 73)];
  const grid = ys.map((b) => xs.map((a) => value(a, b)));
  const highest = Math.max(...grid.flat());
  return Array.from({ length: levels }, (_, k) => contour(grid, xs, ys, highest * 0.5 ** (k + 1)));
}

mount("optimisers", (options, { controls, picture, numbers }) => {
  const first = (name) => ({ surface: name, start: [...SURFACES[name].start], rates: { ...SURFACES[name].rates } });
  const state = { ...first(options.surface), at: options.steps, steps: options.steps, beta: options.momentum,
    methods: new Set(options.methods) };
  state.start = options.start ?? state.start;
  Object.assign(state.rates, options.rates);
  let lines = contours(state.surface);
  let timer = 0;
  const at = slider(t("步", "Step"), { min: 0, max: state.steps, step: 1, value: state.at },
    (value) => { stop(); go(value); });
  const play = button(t("播放", "Play"), () => (timer ? stop() : run()));
  const rows = html("div", { class: "fig-rows" });
  const begin = html("div", { class: "fig-rows" });

  function go(step) {
    state.at = step;
    at.set(step);
    show();
  }

  function stop() {
    clearInterval(timer);
    timer = 0;
    play.textContent = t("播放", "Play");
  }

  function run() {
    if (still()) { go(state.steps); return; }
    if (state.at >= state.steps) state.at = 0;
    play.textContent = t("暂停", "Pause");
    timer = setInterval(() => {
      go(state.at + 1);
      if (state.at >= state.steps) stop();
    }, 60);
  }

  function show() {
    const surface = SURFACES[state.surface];
    const plot = new Plot(picture, { x: surface.x, y: surface.y, ratio: 0.66,
      label: t(`${surface.name[0]}的等高线，各条路径的前 ${state.at} 步`,
        `Contours of ${surface.name[1]}, and the first ${state.at} steps of each path`) });
    lines.forEach((pieces) => plot.line(pieces, { class: "fig-contour" }));
    surface.minima.forEach((place) => plot.mark(place, "★", { class: "fig-star" }));
    const told = [];
    Object.keys(METHODS).forEach((name, number) => {
      if (!state.methods.has(name)) return;
      const whole = path(state.surface, name, state.rates[name], state.start, state.at, state.beta);
      const end = whole.at(-1);
      plot.line(whole, { class: `fig-path fig-tone-${number + 1}` });
      plot.dots([end], { class: `fig-end fig-tone-${number + 1}`, r: 8 });
      plot.mark(end, String(number + 1));
      const near = Math.min(...surface.minima.map(([x, y]) => Math.hypot(end[0] - x, end[1] - y)));
      const gone = whole.length <= state.at;
      told.push([`${number + 1} ${t(...METHODS[name].name)}`,
        gone ? t(`第 ${whole.length} 步发散`, `diverges at step ${whole.length}`) : brief(surface.value(...end)),
        gone ? "∞" : brief(near)]);
    });
    plot.root.addEventListener("click", (event) => {
      const box = plot.root.getBoundingClientRect();
      const place = (from, range, low, high) => range[0] + ((from - low) / (high - low)) * (range[1] - range[0]);
      const x = place(((event.clientX - box.left) * plot.width) / box.width, plot.x, plot.box.left, plot.box.right);
      const y = place(((event.clientY - box.top) * plot.height) / box.height, plot.y, plot.box.bottom, plot.box.top);
      const fit = (value, [low, high]) => +Math.max(low, Math.min(high, value)).toFixed(1);
      state.start = [fit(x, plot.x), fit(y, plot.y)];
      offer();
      show();
    });
    picture.replaceChildren(plot.root);
    numbers.replaceChildren(table([t(`第 ${state.at} 步`, `Step ${state.at}`), t("函数值", "Value"),
      t("到极小点", "To a minimum")], told));
  }

  function offer() {
    const { x, y } = SURFACES[state.surface];
    begin.replaceChildren(...[["x", x], ["y", y]].map(([name, [min, max]], i) =>
      slider(t(`起点 ${name}`, `Start ${name}`), { min, max, step: 0.1, value: state.start[i] },
        (value) => { state.start[i] = value; show(); })));
    rows.replaceChildren(...Object.entries(METHODS).map(([name, method], number) => {
      const tick = html("input", { type: "checkbox", checked: state.methods.has(name) });
      const rate = SURFACES[state.surface].rates[name];
      const row = slider(t("学习率", "Rate"), { min: rate / 32, max: rate * 32, log: true, value: state.rates[name] },
        (value) => { state.rates[name] = value; show(); });
      tick.addEventListener("change", () => { state.methods[tick.checked ? "add" : "delete"](name); show(); });
      return html("fieldset", { class: `fig-method fig-tone-${number + 1}` },
        html("legend", {}, html("label", {}, tick, ` ${number + 1} ${t(...method.name)}`)), row);
    }));
  }

  controls.append(
    choice(t("曲面", "Surface"), Object.entries(SURFACES).map(([key, { name }]) => [key, t(...name)]), state.surface,
      (name) => { stop(); Object.assign(state, first(name)); lines = contours(name); offer(); show(); }),
    at, html("div", { class: "fig-buttons" }, play,
      button(t("进一步", "One step"), () => { stop(); go(Math.min(state.steps, state.at + 1)); })),
    slider(t("动量 β", "Momentum β"), { min: 0, max: 0.99, step: 0.01, value: state.beta },
      (beta) => { state.beta = beta; show(); }),
    begin, rows);
  offer();
  return show;
});
