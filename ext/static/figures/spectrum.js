/* The spectrum of a matrix, random or given: singular values and eigenvalues, against the law of large matrices. */

import { Plot, brief, button, choice, histogram, html, mount, normal, random, slider, t, table } from "./kit.js";

const transpose = (a) => a[0].map((_, j) => a.map((row) => row[j]));

/** Singular values, greatest first, by one-sided Jacobi rotations. */
export function singularValues(matrix) {
  const columns = (matrix.length < matrix[0].length ? matrix : transpose(matrix)).map((column) => [...column]);
  for (let sweep = 0, turned = true; turned && sweep < 60; sweep += 1) {
    turned = false;
    for (let p = 0; p < columns.length; p += 1) {
      for (let q = p + 1; q < columns.length; q += 1) {
        const [u, v] = [columns[p], columns[q]];
        let [uu, vv, uv] = [0, 0, 0];
        for (let i = 0; i < u.length; i += 1) { uu += u[i] * u[i]; vv += v[i] * v[i]; uv += u[i] * v[i]; }
        if (Math.abs(uv) <= 1e-15 * Math.sqrt(uu * vv)) continue;
        turned = true;
        const zeta = (vv - uu) / (2 * uv);
        const tangent = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.hypot(1, zeta));
        const c = 1 / Math.hypot(1, tangent);
        const s = c * tangent;
        for (let i = 0; i < u.length; i += 1) [u[i], v[i]] = [c * u[i] - s * v[i], s * u[i] + c * v[i]];
      }
    }
  }
  return columns.map((column) => Math.hypot(...column)).sort((a, b) => b - a);
}

/** Reduce a square matrix to Hessenberg form by elimination with pivots; the spectrum stays. */
function hessenberg(matrix) {
  const a = matrix.map((row) => [...row]);
  const n = a.length;
  for (let m = 1; m < n - 1; m += 1) {
    let pivot = m;
    for (let i = m; i < n; i += 1) if (Math.abs(a[i][m - 1]) > Math.abs(a[pivot][m - 1])) pivot = i;
    if (a[pivot][m - 1] === 0) continue;
    [a[m], a[pivot]] = [a[pivot], a[m]];
    for (const row of a) [row[m], row[pivot]] = [row[pivot], row[m]];
    for (let i = m + 1; i < n; i += 1) {
      const factor = a[i][m - 1] / a[m][m - 1];
      if (factor === 0) continue;
      for (let j = m - 1; j < n; j += 1) a[i][j] -= factor * a[m][j];
      for (let k = 0; k < n; k += 1) a[k][m] += factor * a[k][i];
    }
    for (let i = m + 1; i < n; i += 1) a[i][m - 1] = 0;
  }
  return a;
}

const times = ([a, b], [c, d]) => [a * c - b * d, a * d + b * c];
const root = ([a, b]) => {
  const size = Math.hypot(a, b);
  return [Math.sqrt((size + a) / 2), Math.sign(b || 1) * Math.sqrt((size - a) / 2)];
};
const size = ([a, b]) => Math.hypot(a, b);

/** The eigenvalue of a 2×2 block that is nearer to its last entry: Wilkinson's shift. */
function wilkinson(a, b, c, d) {
  const half = [(a[0] - d[0]) / 2, (a[1] - d[1]) / 2];
  const bc = times(b, c);
  const square = times(half, half);
  const r = root([square[0] + bc[0], square[1] + bc[1]]);
  const sign = half[0] * r[0] + half[1] * r[1] > 0 ? -1 : 1;
  return [d[0] + half[0] + sign * r[0], d[1] + half[1] + sign * r[1]];
}

/** Eigenvalues of a real square matrix as pairs of real and imaginary part, by shifted complex QR steps. */
export function eigenvalues(matrix) {
  const h = hessenberg(matrix).map((row) => row.map((x) => [x, 0]));
  const found = [];
  let tries = 0;
  for (let last = h.length - 1; last >= 0;) {
    let first = last;
    while (first > 0 && size(h[first][first - 1]) > 2.3e-16 * (size(h[first][first]) + size(h[first - 1][first - 1]))) {
      first -= 1;
    }
    if (first === last) { found.push(h[last][last]); last -= 1; tries = 0; continue; }
    tries += 1;
    if (tries > 300) throw new Error("the QR steps do not converge");
    const shift = tries % 12 === 0 ? [size(h[last][last - 1]) + h[last][last][0], h[last][last][1]]
      : wilkinson(h[last - 1][last - 1], h[last - 1][last], h[last][last - 1], h[last][last]);
    step(h, first, last, shift);
  }
  return found.sort((u, v) => size(v) - size(u) || v[1] - u[1]);
}

function step(h, first, last, [sr, si]) {
  const turns = [];
  for (let k = first; k <= last; k += 1) h[k][k] = [h[k][k][0] - sr, h[k][k][1] - si];
  for (let k = first; k < last; k += 1) {
    const [a, b] = [h[k][k], h[k + 1][k]];
    const r = Math.hypot(...a, ...b) || 1;
    const [cr, ci, pr, pi] = [a[0] / r, a[1] / r, b[0] / r, b[1] / r];
    turns.push([cr, ci, pr, pi]);
    for (let j = k; j <= last; j += 1) {
      const [[xr, xi], [yr, yi]] = [h[k][j], h[k + 1][j]];
      h[k][j] = [cr * xr + ci * xi + pr * yr + pi * yi, cr * xi - ci * xr + pr * yi - pi * yr];
      h[k + 1][j] = [cr * yr - ci * yi - pr * xr + pi * xi, cr * yi + ci * yr - pr * xi - pi * xr];
    }
  }
  turns.forEach(([cr, ci, pr, pi], at) => {
    const k = first + at;
    for (let i = first; i <= Math.min(k + 2, last); i += 1) {
      const [[xr, xi], [yr, yi]] = [h[i][k], h[i][k + 1]];
      h[i][k] = [xr * cr - xi * ci + yr * pr - yi * pi, xr * ci + xi * cr + yr * pi + yi * pr];
      h[i][k + 1] = [yr * cr + yi * ci - xr * pr - xi * pi, yi * cr - yr * ci - xi * pr + xr * pi];
    }
  });
  for (let k = first; k <= last; k += 1) h[k][k] = [h[k][k][0] + sr, h[k][k][1] + si];
}

/** A matrix of independent entries with mean 0 and variance 1/rows: normal, or ±. */
export function randomMatrix(rows, columns, entries, seed) {
  const uniform = random(seed);
  const entry = entries === "sign" ? () => (uniform() < 0.5 ? -1 : 1) : () => normal(uniform);
  const scale = 1 / Math.sqrt(rows);
  return Array.from({ length: rows }, () => Array.from({ length: columns }, () => scale * entry()));
}

/** (A + Aᵀ)/√2. */
export const symmetric = (a) => a.map((row, i) => row.map((x, j) => (x + a[j][i]) / Math.SQRT2));

/** The density of the singular values for n/m = ratio ≤ 1 (Marchenko and Pastur, written for s instead of s²). */
export function quarter(s, ratio) {
  const [low, high] = [(1 - Math.sqrt(ratio)) ** 2, (1 + Math.sqrt(ratio)) ** 2];
  const inside = (high - s * s) * (s * s - low);
  return s <= 0 || inside <= 0 ? 0 : Math.sqrt(inside) / (Math.PI * ratio * s);
}

/** The density of the eigenvalues of a symmetric matrix (Wigner). */
export const semicircle = (x) => (Math.abs(x) >= 2 ? 0 : Math.sqrt(4 - x * x) / (2 * Math.PI));

const LAWS = {
  "marchenko-pastur": ["奇异值与 Marchenko–Pastur 律", "Singular values: Marchenko–Pastur"],
  semicircle: ["对称矩阵的特征值与半圆律", "Symmetric: semicircle law"],
  circular: ["一般矩阵的特征值与圆律", "Eigenvalues: circular law"],
  given: ["给定的矩阵", "A given matrix"],
};
const LIMIT = 12;

/** Read a matrix from lines of numbers; null when it is none. */
export function parse(text) {
  const rows = text.trim().split(/[\n;]+/).map((line) => line.trim().split(/[\s,]+/).map(Number));
  const fits = rows.length <= LIMIT && rows[0].length <= LIMIT && rows.every((row) => row.length === rows[0].length);
  return fits && rows.flat().every((x) => Number.isFinite(x) && Math.abs(x) <= 1e6) ? rows : null;
}

const draws = {
  "marchenko-pastur"({ size: rows, ratio, entries, seed }, plot) {
    const columns = Math.max(1, Math.round(rows * ratio));
    const share = columns / rows;
    const values = singularValues(randomMatrix(rows, columns, entries, seed));
    const [low, high] = [1 - Math.sqrt(share), 1 + Math.sqrt(share)];
    plot.density(values, [Math.max(0, low - 0.25), high + 0.25], (s) => quarter(s, share));
    return [`${rows} × ${columns}`, [[t("最大", "Greatest"), brief(high), brief(values[0])],
      [t("最小", "Least"), brief(low), brief(values.at(-1))]]];
  },
  semicircle({ size: n, entries, seed }, plot) {
    const values = eigenvalues(symmetric(randomMatrix(n, n, entries, seed))).map(([x]) => x);
    plot.density(values, [-2.5, 2.5], semicircle);
    const square = values.reduce((sum, x) => sum + x * x, 0) / n;
    return [`${n} × ${n}`, [[t("最大", "Greatest"), "2", brief(Math.max(...values))],
      [t("最小", "Least"), "−2", brief(Math.min(...values))], [t("平方的平均", "Mean square"), "1", brief(square)]]];
  },
  circular({ size: n, entries, seed }, plot) {
    const values = eigenvalues(randomMatrix(n, n, entries, seed));
    plot.plane(values, 1);
    const within = (r) => values.filter((z) => size(z) <= r).length / n;
    return [`${n} × ${n}`, [[t("谱半径", "Spectral radius"), "1", brief(size(values[0]))],
      [t("半径 1/2 内的比例", "Share within 1/2"), "0.25", brief(within(0.5))]]];
  },
  given({ matrix }, plot) {
    const values = singularValues(matrix);
    plot.stems(values);
    const square = matrix.length === matrix[0].length;
    const found = square ? eigenvalues(matrix) : [];
    if (square) plot.plane(found, values[0] || 1); // no eigenvalue is greater than the greatest singular value
    const complex = ([re, im]) => (Math.abs(im) < 1e-9 * (1 + Math.abs(re)) ? brief(re)
      : `${brief(re)}${im < 0 ? "−" : "+"}${brief(Math.abs(im))}i`);
    const rank = values.filter((s) => s > values[0] * 1e-12 * Math.max(matrix.length, matrix[0].length)).length;
    const rows = [[t("奇异值", "Singular values"), values.map((s) => brief(s)).join("，")], [t("秩", "Rank"), String(rank)]];
    if (square) rows.push([t("特征值", "Eigenvalues"), found.map(complex).join("，")]);
    return [`${matrix.length} × ${matrix[0].length}`, rows];
  },
};

/** The kinds of pictures, drawn into a host. */
const easel = (host, label) => ({
  density(values, [low, high], law) {
    const counted = histogram(values, low, high, Math.max(10, Math.min(36, Math.round(values.length / 4))));
    const curve = Array.from({ length: 401 }, (_, i) => low + ((high - low) * i) / 400).map((x) => [x, law(x)]);
    const top = Math.max(...counted.heights, ...curve.map((point) => point[1]));
    const plot = new Plot(host, { x: [low, high], y: [0, top * 1.08], label });
    plot.bars(counted, low);
    plot.line(curve);
    host.append(plot.root);
  },
  plane(values, radius) {
    const far = 1.15 * Math.max(radius, ...values.flat().map(Math.abs));
    const plot = new Plot(host, { x: [-far, far], y: [-far, far], equal: true, ratio: 0.72, label });
    const round = Array.from({ length: 121 }, (_, i) => [Math.cos((i * Math.PI) / 60), Math.sin((i * Math.PI) / 60)]);
    plot.line(round.map(([x, y]) => [radius * x, radius * y]));
    plot.dots(values);
    host.append(plot.root);
  },
  stems(values) {
    const plot = new Plot(host,
      { x: [0, values.length + 1], y: [0, (values[0] || 1) * 1.1], ratio: 0.4, whole: true, label });
    values.forEach((value, i) => plot.line([[i + 1, 0], [i + 1, value]]));
    plot.dots(values.map((value, i) => [i + 1, value]), { r: 4 });
    host.append(plot.root);
  },
});

mount("spectrum", (options, { controls, picture, numbers }) => {
  const state = { ...options };
  const parts = {
    size: slider(t("行数", "Rows"), { min: 10, max: 120, step: 5, value: state.size }, (size) => change({ size })),
    ratio: slider(t("列数/行数", "Columns/rows"), { min: 0.1, max: 1, step: 0.05, value: state.ratio },
      (ratio) => change({ ratio })),
    entries: choice(t("元素", "Entries"), [["normal", t("标准正态", "Normal")], ["sign", "±1"]], state.entries,
      (entries) => change({ entries })),
    again: button(t("再抽一次", "Draw again"), () => change({ seed: (state.seed + 1) >>> 0 })),
    matrix: html("label", { class: "fig-wide" }, t(`矩阵，逐行写，至多 ${LIMIT} 行`, `The matrix, at most ${LIMIT} lines`),
      html("textarea", { rows: 4, spellcheck: "false" }, state.matrix.map((row) => row.join(" ")).join("\n"))),
  };
  const input = parts.matrix.lastChild;
  input.addEventListener("input", () => {
    const matrix = parse(input.value);
    input.setAttribute("aria-invalid", String(!matrix));
    if (matrix) change({ matrix });
  });

  function change(what) { Object.assign(state, what); show(); }

  function show() {
    const given = state.law === "given";
    for (const name of ["size", "entries", "again"]) parts[name].hidden = given;
    parts.ratio.hidden = state.law !== "marchenko-pastur";
    parts.matrix.hidden = !given;
    picture.replaceChildren();
    const [shape, rows] = draws[state.law](state, easel(picture, t(...LAWS[state.law])));
    numbers.replaceChildren(table(given ? [shape, ""] : [shape, t("极限", "Limit"), t("此矩阵", "This matrix")], rows));
  }

  controls.append(choice(t("谱", "Spectrum"), Object.entries(LAWS).map(([key, name]) => [key, t(...name)]), state.law,
    (law) => change({ law })), ...Object.values(parts));
  return show;
});
