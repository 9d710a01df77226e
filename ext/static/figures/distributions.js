/* Probability distributions: the density, a histogram of samples, and moments in theory and in the sample. */

import { Plot, brief, button, choice, histogram, mount, normal, random, slider, t, table } from "./kit.js";

const LANCZOS = [676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7];

/** The logarithm of the gamma function for positive numbers (Lanczos' approximation, g = 7). */
export function logGamma(x) {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const sum = LANCZOS.reduce((total, c, i) => total + c / (x + i), 0.99999999999980993);
  const at = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(at) - at + Math.log(sum);
}

/** A gamma number of scale 1 (Marsaglia and Tsang, 2000). */
function gamma(uniform, shape) {
  if (shape < 1) return gamma(uniform, shape + 1) * uniform() ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal(uniform);
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

const bell = (x, mu, sigma) => Math.exp(-0.5 * ((x - mu) / sigma) ** 2) / (sigma * Math.sqrt(2 * Math.PI));
/** The next power of two: the axis stays while a parameter is moved, so that it is the curve that moves. */
const room = (size) => 2 ** Math.ceil(Math.log2(size) - 1e-9);
const around = (size) => [-room(size), room(size)];

/** name: the symbol, least, greatest and first value of every parameter, and what is known of the distribution. */
export const FAMILIES = {
  normal: {
    name: ["正态分布", "Normal"],
    parameters: { mu: ["μ", -3, 3, 0], sigma: ["σ", 0.2, 3, 1] },
    density: (x, { mu, sigma }) => bell(x, mu, sigma),
    sample: (u, { mu, sigma }) => mu + sigma * normal(u),
    mean: ({ mu }) => mu,
    variance: ({ sigma }) => sigma ** 2,
    range: ({ mu, sigma }) => around(Math.abs(mu) + 3.5 * sigma),
  },
  exponential: {
    name: ["指数分布", "Exponential"],
    parameters: { rate: ["λ", 0.2, 3, 1] },
    density: (x, { rate }) => (x < 0 ? 0 : rate * Math.exp(-rate * x)),
    sample: (u, { rate }) => -Math.log(u()) / rate,
    mean: ({ rate }) => 1 / rate,
    variance: ({ rate }) => 1 / rate ** 2,
    range: ({ rate }) => [0, room(5 / rate)],
  },
  gamma: {
    name: ["伽马分布", "Gamma"],
    parameters: { shape: ["k", 0.5, 10, 3], scale: ["θ", 0.2, 3, 1] },
    density: (x, { shape, scale }) =>
      (x <= 0 ? 0 : Math.exp((shape - 1) * Math.log(x / scale) - x / scale - logGamma(shape)) / scale),
    sample: (u, { shape, scale }) => scale * gamma(u, shape),
    mean: ({ shape, scale }) => shape * scale,
    variance: ({ shape, scale }) => shape * scale ** 2,
    range: ({ shape, scale }) => [0, room(scale * (shape + 3 * Math.sqrt(shape) + 1.5))],
    unbounded: ({ shape }) => shape < 1,
  },
  beta: {
    name: ["贝塔分布", "Beta"],
    parameters: { a: ["α", 0.5, 8, 2], b: ["β", 0.5, 8, 4] },
    density: (x, { a, b }) => (x <= 0 || x >= 1 ? 0 : Math.exp(
      (a - 1) * Math.log(x) + (b - 1) * Math.log1p(-x) + logGamma(a + b) - logGamma(a) - logGamma(b))),
    sample: (u, { a, b }) => { const x = gamma(u, a); return x / (x + gamma(u, b)); },
    mean: ({ a, b }) => a / (a + b),
    variance: ({ a, b }) => (a * b) / ((a + b) ** 2 * (a + b + 1)),
    range: () => [0, 1],
    unbounded: ({ a, b }) => a < 1 || b < 1,
  },
  student: {
    name: ["学生 t 分布", "Student's t"],
    parameters: { nu: ["ν", 0.5, 30, 3] },
    density: (x, { nu }) => Math.exp(logGamma((nu + 1) / 2) - logGamma(nu / 2)
      - ((nu + 1) / 2) * Math.log1p((x * x) / nu)) / Math.sqrt(nu * Math.PI),
    sample: (u, { nu }) => normal(u) / Math.sqrt((2 * gamma(u, nu / 2)) / nu),
    mean: ({ nu }) => (nu > 1 ? 0 : NaN),
    variance: ({ nu }) => (nu > 2 ? nu / (nu - 2) : nu > 1 ? Infinity : NaN),
    range: () => [-7, 7],
  },
  mixture: {
    name: ["两个正态的混合", "Mixture of two normals"],
    parameters: { weight: ["w", 0, 1, 0.4], mu1: ["μ₁", -3, 3, -1.5], sigma1: ["σ₁", 0.2, 3, 0.6],
      mu2: ["μ₂", -3, 3, 1.5], sigma2: ["σ₂", 0.2, 3, 1] },
    density: (x, { weight, mu1, sigma1, mu2, sigma2 }) =>
      weight * bell(x, mu1, sigma1) + (1 - weight) * bell(x, mu2, sigma2),
    sample: (u, { weight, mu1, sigma1, mu2, sigma2 }) =>
      (u() < weight ? mu1 + sigma1 * normal(u) : mu2 + sigma2 * normal(u)),
    mean: ({ weight, mu1, mu2 }) => weight * mu1 + (1 - weight) * mu2,
    variance: ({ weight, mu1, sigma1, mu2, sigma2 }) =>
      weight * sigma1 ** 2 + (1 - weight) * sigma2 ** 2 + weight * (1 - weight) * (mu1 - mu2) ** 2,
    range: ({ mu1, sigma1, mu2, sigma2 }) =>
      around(Math.max(Math.abs(mu1) + 3.5 * sigma1, Math.abs(mu2) + 3.5 * sigma2)),
  },
};

/** Return the first values of a family's parameters, changed as the page says. */
export const initial = (family, given = {}) => Object.fromEntries(
  Object.entries(FAMILIES[family].parameters).map(([key, [, , , value]]) => [key, given[key] ?? value]));

/** Draw `count` samples; the same seed gives the same. */
export function draw(family, parameters, count, seed) {
  const uniform = random(seed);
  return Array.from({ length: count }, () => FAMILIES[family].sample(uniform, parameters));
}

/** Return the mean and the unbiased variance of numbers. */
export function moments(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1) };
}

const BINS = 40;

mount("distributions", (options, { controls, picture, numbers }) => {
  const state = { family: options.family, samples: options.samples, seed: options.seed,
    parameters: initial(options.family, options.parameters) };
  const sliders = [];

  function show() {
    const kind = FAMILIES[state.family];
    const [low, high] = kind.range(state.parameters);
    const values = draw(state.family, state.parameters, state.samples, state.seed);
    const counted = histogram(values, low, high, BINS);
    const curve = Array.from({ length: 401 }, (_, i) => low + ((high - low) * (i + 0.5)) / 402)
      .map((x) => [x, kind.density(x, state.parameters)]);
    const highest = Math.max(...curve.map((point) => point[1]));
    const top = Math.max(...counted.heights, kind.unbounded?.(state.parameters) ? 4 / (high - low) : highest);
    const name = t(...kind.name);
    const plot = new Plot(picture, { x: [low, high], y: [0, top * 1.08],
      label: t(`${name}的密度曲线与 ${state.samples} 个样本的直方图`,
        `${name}: density and histogram of ${state.samples} samples`) });
    plot.bars(counted, low);
    plot.line(curve);
    picture.replaceChildren(plot.root);
    const sample = moments(values);
    const far = counted.outside
      ? [t(`有 ${counted.outside} 个样本在图外。`, `${counted.outside} samples are outside the picture.`)] : [];
    numbers.replaceChildren(table(["", t("理论", "Theory"), t("样本", "Sample")], [
      [t("均值", "Mean"), brief(kind.mean(state.parameters)), brief(sample.mean)],
      [t("方差", "Variance"), brief(kind.variance(state.parameters)), brief(sample.variance)]]), ...far);
  }

  function offer() {
    sliders.splice(0).forEach((row) => row.remove());
    for (const [key, [symbol, min, max]] of Object.entries(FAMILIES[state.family].parameters)) {
      const row = slider(symbol, { min, max, step: max - min > 8 ? 0.5 : 0.05, value: state.parameters[key] },
        (value) => { state.parameters[key] = value; show(); });
      sliders.push(row);
    }
    controls.firstChild.after(...sliders);
  }

  controls.append(
    choice(t("分布", "Distribution"), Object.entries(FAMILIES).map(([key, { name }]) => [key, t(...name)]), state.family,
      (family) => { Object.assign(state, { family, parameters: initial(family) }); offer(); show(); }),
    slider(t("样本数", "Samples"), { min: 10, max: 5000, value: state.samples, log: true },
      (value) => { state.samples = Math.round(value); show(); }),
    button(t("再抽一次", "Draw again"), () => { state.seed = (state.seed + 1) >>> 0; show(); }));
  offer();
  return show;
});
