/**
 * The order of categories where there are more than two classes: by the projection of a category's class shares on the
 * first principal component of all categories' (Coppersmith, Hong and Hosking 1999, doi 10.1023/A:1009869804967), by power
 * iteration on their weighted covariance, which is not formed. Only classes that occur at the node take part.
 *
 *   axes   by class that occurs, 8 bytes each: the axis, its image, the share in the node; then 4 bytes: which class it is
 */
import { orderAt } from './trees-occupied';
import { rankOf, setRank } from './trees-sets';
import { axes, histogram, nClasses, totals, weight } from './trees-state';

/** More change no cut in practice. */
const POWER_STEPS: i32 = 8;

let nPresent: i32 = 0;
let axis: usize = 0;
let image: usize = 0;
let shares: usize = 0;
let present: usize = 0;

/** Ranks the first n codes of the list, whose counts are in cells of C. */
export function rankByAxis<C>(n: i32, width: usize): void {
  listPresent<C>();
  // Until the end a code's rank is its weight.
  for (let p = 0; p < n; p++) {
    const cell = cellOf(p, width);
    let inCode: f64 = 0;
    for (let k = 0; k < nPresent; k++) inCode += countAt<C>(cell, k);
    setRank(orderAt(p), inCode);
  }
  turn<C>(n, width);
  for (let p = 0; p < n; p++) {
    const code = orderAt(p);
    setRank(code, project<C>(cellOf(p, width)) / rankOf(code));
  }
}

function listPresent<C>(): void {
  const bytes = (<usize>nClasses) << 3;
  axis = axes;
  image = axis + bytes;
  shares = image + bytes;
  present = shares + bytes;
  nPresent = 0;
  for (let c = 0; c < nClasses; c++) {
    // Cells of counts have their totals in 32 bits, whatever their width; cells of weights in 64.
    const total =
      sizeof<C>() === 8 ? load<f64>(totals + ((<usize>c) << 3)) : <f64>load<u32>(totals + ((<usize>c) << 2));
    if (total === 0) continue;
    const share = total / weight;
    const at = (<usize>nPresent) << 3;
    store<f64>(shares + at, share);
    // Any start that is not orthogonal to the answer; the classes' own weights, alternating, are not symmetric.
    store<f64>(axis + at, (c & 1 ? -1 : 1) * (1 + share));
    store<i32>(present + ((<usize>nPresent) << 2), c);
    nPresent++;
  }
}

function cellOf(p: i32, width: usize): usize {
  return histogram + <usize>orderAt(p) * width;
}

function countAt<C>(cell: usize, k: i32): f64 {
  return <f64>load<C>(cell + <usize>load<i32>(present + ((<usize>k) << 2)) * sizeof<C>());
}

function real(base: usize, k: i32): f64 {
  return load<f64>(base + ((<usize>k) << 3));
}

function project<C>(cell: usize): f64 {
  let projection: f64 = 0;
  for (let k = 0; k < nPresent; k++) projection += countAt<C>(cell, k) * real(axis, k);
  return projection;
}

function turn<C>(n: i32, width: usize): void {
  for (let step = 0; step < POWER_STEPS; step++) {
    memory.fill(image, 0, (<usize>nPresent) << 3);
    let mean: f64 = 0;
    for (let k = 0; k < nPresent; k++) mean += real(shares, k) * real(axis, k);
    for (let p = 0; p < n; p++) {
      const cell = cellOf(p, width);
      const inCode = rankOf(orderAt(p));
      const pull = inCode * (project<C>(cell) / inCode - mean);
      for (let k = 0; k < nPresent; k++) {
        const share = countAt<C>(cell, k) / inCode - real(shares, k);
        store<f64>(image + ((<usize>k) << 3), real(image, k) + pull * share);
      }
    }
    let length: f64 = 0;
    for (let k = 0; k < nPresent; k++) length += real(image, k) * real(image, k);
    if (length === 0) return;
    const scale = 1 / Math.sqrt(length);
    for (let k = 0; k < nPresent; k++) store<f64>(axis + ((<usize>k) << 3), real(image, k) * scale);
  }
}
