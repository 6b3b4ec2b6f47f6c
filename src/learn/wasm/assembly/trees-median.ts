/**
 * Absolute error, for numbers. The cost of a side is the sum of the weighted distances to its weighted median. A node sorts
 * its rows by target once, and a side is what is left of that list when the other side's rows have been taken out, one by
 * one: the median then moves to a neighbour or stays (of very unlike weights it may pass some), so all cuts of a column
 * cost a number of steps per row that does not grow with the node.
 *
 *   medians   by place in that list, places 1 to n, 8 bytes each: target, weight, links to the places before and after, the
 *             cost of a cut; by row of the node, 4 bytes: its place
 */
import { sortKeys } from './trees-sorted';
import {
  countOf,
  element,
  end,
  keys,
  medians,
  nSamples,
  rowRanks,
  setNode,
  start,
  targets,
  weight,
} from './trees-state';

let sorted: usize = 0;
let weights: usize = 0;
let links: usize = 0;
let places: usize = 0;
export let costs: usize = 0;

/** The whole node's median: its place, and the weight and the weighted targets before it. */
let nodeMiddle: u32 = 0;
let nodeBelow: f64 = 0;
let nodeSumBelow: f64 = 0;
let nodeSum: f64 = 0;

/** The same of the rows that are left; and all that they weigh. */
let middle: u32 = 0;
let below: f64 = 0;
let sumBelow: f64 = 0;
let sum: f64 = 0;
export let left: f64 = 0;

function real(base: usize, place: u32): f64 {
  return load<f64>(base + ((<usize>place) << 3));
}

/** Opens a node. @returns the cost of leaving it whole */
export function openMedian(from: i32, to: i32): f64 {
  const bytes = (<usize>nSamples + 2) << 3;
  sorted = medians;
  weights = sorted + bytes;
  links = weights + bytes;
  costs = links + bytes;
  places = costs + bytes;
  const n = to - from;
  const order = sortByTarget(from, n);
  let all: f64 = 0;
  nodeSum = 0;
  for (let p = 0; p < n; p++) {
    const row = load<u32>(order + ((<usize>p) << 3));
    const target = load<f64>(targets + ((<usize>(<u32>from + row)) << 3));
    const count = countOf(element(from + <i32>row));
    const at = (<usize>(p + 1)) << 3;
    store<f64>(sorted + at, target);
    store<f64>(weights + at, count);
    store<u32>(places + ((<usize>row) << 2), p + 1);
    all += count;
    nodeSum += count * target;
  }
  setNode(from, to, all);
  nodeMiddle = 1;
  nodeBelow = 0;
  nodeSumBelow = 0;
  while (nodeMiddle < <u32>n && nodeBelow + real(weights, nodeMiddle) < all * 0.5) {
    nodeBelow += real(weights, nodeMiddle);
    nodeSumBelow += real(weights, nodeMiddle) * real(sorted, nodeMiddle);
    nodeMiddle++;
  }
  return costOf(nodeMiddle, nodeBelow, nodeSumBelow, all, nodeSum);
}

/** @returns where keys are whose low halves are the rows of the node in the order of their targets */
function sortByTarget(from: i32, n: i32): usize {
  let least: u32 = 0xffff_ffff;
  let most: u32 = 0;
  for (let k = 0; k < n; k++) {
    const rank = load<u32>(rowRanks + ((<usize>(<u32>element(from + k))) << 2));
    least = min(least, rank);
    most = max(most, rank);
    store<u64>(keys + ((<usize>k) << 3), ((<u64>rank) << 32) | <u64>k);
  }
  return sortKeys(n, least, most);
}

function costOf(place: u32, itsBelow: f64, itsSumBelow: f64, all: f64, itsSum: f64): f64 {
  const median = real(sorted, place);
  return median * itsBelow - itsSumBelow + (itsSum - itsSumBelow) - median * (all - itsBelow);
}

/** Whether all targets of the open node are the same. */
export function isLevel(): bool {
  return real(sorted, 1) === real(sorted, <u32>(end - start));
}

/** The median of the open node; where half of the weight lies on each side of a gap, its middle. */
export function medianOfNode(): f64 {
  const median = real(sorted, nodeMiddle);
  const isBetween = nodeBelow + real(weights, nodeMiddle) === weight * 0.5 && nodeMiddle < <u32>(end - start);
  return isBetween ? median * 0.5 + real(sorted, nodeMiddle + 1) * 0.5 : median;
}

/** The place of a row of the node. */
export function placeOf(row: i32): u32 {
  return load<u32>(places + ((<usize>row) << 2));
}

/** Puts all rows of the node back into the list. */
export function putAllBack(): void {
  const n = end - start;
  for (let p = 1; p <= n; p++) store<u64>(links + ((<usize>p) << 3), ((<u64>(p + 1)) << 32) | <u64>(p - 1));
  middle = nodeMiddle;
  below = nodeBelow;
  sumBelow = nodeSumBelow;
  sum = nodeSum;
  left = weight;
}

function beforeOf(place: u32): u32 {
  return load<u32>(links + ((<usize>place) << 3));
}

function afterOf(place: u32): u32 {
  return load<u32>(links + ((<usize>place) << 3) + 4);
}

/** Takes a place out of the list, of which another is left. */
export function takeOut(place: u32): void {
  const before = beforeOf(place);
  const after = afterOf(place);
  store<u32>(links + ((<usize>before) << 3) + 4, after);
  store<u32>(links + ((<usize>after) << 3), before);
  const count = real(weights, place);
  const weighted = count * real(sorted, place);
  left -= count;
  sum -= weighted;
  // No branch: which side of the median a row is on cannot be foreseen.
  const isBelow: f64 = place < middle ? 1 : 0;
  below -= isBelow * count;
  sumBelow -= isBelow * weighted;
  const last = <u32>(end - start);
  if (place === middle) {
    middle = after;
    if (after > last) stepDown(before);
  }
  const half = left * 0.5;
  while (below >= half) {
    const next = beforeOf(middle);
    if (next === 0) break;
    stepDown(next);
  }
  while (below + real(weights, middle) < half) {
    const next = afterOf(middle);
    if (next > last) break;
    below += real(weights, middle);
    sumBelow += real(weights, middle) * real(sorted, middle);
    middle = next;
  }
}

function stepDown(to: u32): void {
  middle = to;
  below -= real(weights, to);
  sumBelow -= real(weights, to) * real(sorted, to);
}

/** The cost of the rows that are left. */
export function costOfRest(): f64 {
  return costOf(middle, below, sumBelow, left, sum);
}

/** Says of a row of the node whether it goes left. */
export function markSide(row: i32, goesLeft: i32): void {
  store<i32>(costs + ((<usize>placeOf(row)) << 3), goesLeft);
}

/** What the sides cost together, negative. @param leftWeight of the marked rows */
export function scoreOfSides(leftWeight: f64): f64 {
  return -(costOfSide(1, leftWeight) + costOfSide(0, weight - leftWeight));
}

function costOfSide(side: i32, itsWeight: f64): f64 {
  const n = end - start;
  let median: f64 = 0;
  let passed: f64 = 0;
  for (let p = 1; p <= n && passed < itsWeight * 0.5; p++) {
    if (load<i32>(costs + ((<usize>p) << 3)) !== side) continue;
    median = real(sorted, p);
    passed += real(weights, p);
  }
  let cost: f64 = 0;
  for (let p = 1; p <= n; p++) {
    if (load<i32>(costs + ((<usize>p) << 3)) !== side) continue;
    cost += real(weights, p) * Math.abs(real(sorted, p) - median);
  }
  return cost;
}
