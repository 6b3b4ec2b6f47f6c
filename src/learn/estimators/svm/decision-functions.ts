/**
 * Decision values of many rows, by the dense kernels: products (or distances) of a block of rows with a block of support
 * vectors, the kernel function of each, and those times the coefficients.
 *
 * With several classes a vector speaks only where its own class is one of the two, so vectors lie class by class, each
 * class with the coefficients of its own pairs: for k classes that is k - 1 products a vector instead of k (k - 1) / 2.
 *
 * Sums run over the vectors in an order that the model decides, so a row's values do not depend on its company.
 */
import { distances, expAll, gemm, scratchArrays } from '../../wasm/dense-kernels.js';
import type { KernelFunction } from './kernel-function.js';

const ROWS_PER_BLOCK = 64;
const VECTORS_PER_BLOCK = 256;
/** The kernels take so many vectors at a time. */
const LANES = 4;

export interface DecisionModel {
  readonly kernel: KernelFunction;
  /** Row-major nVectors * nFeatures. */
  readonly vectors: Float64Array;
  readonly nVectors: number;
  readonly nFeatures: number;
  /** Row-major nFunctions * nVectors. */
  readonly coefficients: Float64Array;
  readonly offsets: Float64Array;
}

/** A block of vectors with the functions that it has a say in. */
interface VectorBlock {
  readonly width: number;
  /** Feature by feature, width wide; what fills up has no say. */
  readonly columns: Float64Array;
  readonly functions: Uint32Array;
  /** Row-major width * functions. */
  readonly coefficients: Float64Array;
}

export class DecisionFunctions {
  private readonly blocks: readonly VectorBlock[];
  private readonly nFunctions: number;

  /** @param pairs the two classes of each function, by number; undefined: every vector speaks in all */
  constructor(
    private readonly model: DecisionModel,
    pairs: readonly (readonly [number, number])[] | undefined,
  ) {
    this.nFunctions = model.offsets.length;
    this.blocks = groupVectors(model, pairs).flatMap(({ members, functions }) => {
      const blocks: VectorBlock[] = [];
      for (let from = 0; from < members.length; from += VECTORS_PER_BLOCK) {
        blocks.push(makeBlock(model, members.slice(from, from + VECTORS_PER_BLOCK), functions));
      }
      return blocks;
    });
  }

  /**
   * @param rows IN row-major, from element `at` on
   * @param out OUT row-major nRows * nFunctions
   */
  evaluate(rows: Float64Array, at: number, nRows: number, out: Float64Array): void {
    const { nFunctions, model, blocks } = this;
    for (let i = 0; i < nRows; i++) {
      for (let f = 0; f < nFunctions; f++) out[i * nFunctions + f] = -(model.offsets[f] as number);
    }
    for (let from = 0; from < nRows; from += ROWS_PER_BLOCK) {
      const count = Math.min(ROWS_PER_BLOCK, nRows - from);
      for (const block of blocks) this.add(block, rows, at + from * model.nFeatures, count, out, from);
    }
  }

  private add(
    { width, columns, functions, coefficients }: VectorBlock,
    rows: Float64Array,
    at: number,
    count: number,
    out: Float64Array,
    from: number,
  ): void {
    const { nFunctions } = this;
    const { nFeatures, kernel } = this.model;
    const [queries, points, likenesses, least, factors, sums] = scratchArrays([
      count * nFeatures,
      width * nFeatures,
      count * width,
      count,
      width * functions.length,
      count * functions.length,
    ]);
    queries.set(rows.subarray(at, at + count * nFeatures));
    points.set(columns);
    factors.set(coefficients);
    if (kernel.kernel === 'rbf') {
      distances(count, width, nFeatures, queries, points, likenesses, least);
      expAll(count * width, likenesses, -kernel.gamma);
    } else {
      const a = { data: queries, rowStep: nFeatures, columnStep: 1 };
      gemm(count, width, nFeatures, a, points, likenesses, false);
      if (kernel.kernel === 'poly') raise(likenesses, kernel);
    }
    const a = { data: likenesses, rowStep: width, columnStep: 1 };
    gemm(count, functions.length, width, a, factors, sums, false);
    for (let i = 0; i < count; i++) {
      const to = (from + i) * nFunctions;
      for (let f = 0; f < functions.length; f++) {
        out[to + (functions[f] as number)]! += sums[i * functions.length + f] as number;
      }
    }
  }
}

function raise(products: Float64Array, { gamma, coef0, degree }: KernelFunction): void {
  for (let i = 0; i < products.length; i++) products[i] = (gamma * (products[i] as number) + coef0) ** degree;
}

interface VectorGroup {
  readonly members: number[];
  readonly functions: Uint32Array;
}

/** Vectors by the class that all the functions share in which they have a coefficient; the rest speaks in all. */
function groupVectors(
  { coefficients, nVectors, offsets }: DecisionModel,
  pairs: readonly (readonly [number, number])[] | undefined,
): VectorGroup[] {
  const everywhere = { members: [] as number[], functions: Uint32Array.from(offsets.keys()) };
  const byClass = new Map<number, VectorGroup>();
  for (let s = 0; s < nVectors; s++) {
    let common: readonly number[] | undefined;
    for (const [f, pair] of pairs?.entries() ?? []) {
      if (coefficients[f * nVectors + s] !== 0) common = common?.filter((c) => pair.includes(c)) ?? pair;
    }
    const own = common?.[0];
    if (own === undefined || pairs === undefined) {
      everywhere.members.push(s);
      continue;
    }
    let group = byClass.get(own);
    if (group === undefined) {
      const functions = Uint32Array.from(offsets.keys()).filter((f) => pairs[f]?.includes(own));
      group = { members: [], functions };
      byClass.set(own, group);
    }
    group.members.push(s);
  }
  return [...byClass.values(), everywhere];
}

function makeBlock(
  { vectors, coefficients, nVectors, nFeatures }: DecisionModel,
  members: readonly number[],
  functions: Uint32Array,
): VectorBlock {
  const width = Math.ceil(members.length / LANES) * LANES;
  const columns = new Float64Array(width * nFeatures);
  const own = new Float64Array(width * functions.length);
  for (const [p, s] of members.entries()) {
    for (let j = 0; j < nFeatures; j++) columns[j * width + p] = vectors[s * nFeatures + j] as number;
    for (const [k, f] of functions.entries()) {
      own[p * functions.length + k] = coefficients[f * nVectors + s] as number;
    }
  }
  return { width, columns, functions, coefficients: own };
}
