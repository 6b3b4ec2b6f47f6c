import { MAX_PROBLEMS, type RowProblem } from '../../../learn/pipeline/row-findings.js';
import type { ServedModel } from '../../scoring/served-model.js';

/** Rows that go to the model at once. */
const FIRST_BATCH_ROWS = 2_048;
const LEAST_BATCH_ROWS = 16;

/** Why a row was not predicted. */
export interface UnfitReason {
  readonly code: string;
  readonly column?: string;
  readonly message: string;
}

/** What had to be assumed of a row. */
export interface RowRemark {
  readonly code: string;
  readonly column: string;
}

/** What came of some rows. */
export interface ScoredRows {
  /** Row-major, nRows * nOutputs; of no meaning for rows with problems. */
  readonly outputs: Float64Array;
  /** By row how many warnings it has. */
  readonly nWarnings: Int32Array;
  /** What is wrong with a row, by its place; rows that were predicted are not in it. */
  readonly problems: ReadonlyMap<number, readonly UnfitReason[]>;
  /** The warnings of the rows that they were asked for, by place. */
  readonly warnings: ReadonlyMap<number, readonly RowRemark[]>;
}

/**
 * Scores rows of which some may be unfit: those are told, and all others predicted, each as if it had been sent alone.
 *
 * The model says what is wrong with the rows of one call, up to a hundred problems, and predicts a call only when nothing
 * is. So unfit rows are taken out and the rest is sent again: a row is read twice, three times where there is a recipe.
 * Warnings are counted exactly: a call that has more than are listed is cut in two, and so are those after it.
 */
export class RowScorer {
  #batchRows = FIRST_BATCH_ROWS;

  constructor(private readonly model: ServedModel) {}

  /** @param remarked places of the rows whose warnings are wanted in words */
  async score(rows: readonly object[], remarked: readonly number[] = []): Promise<ScoredRows> {
    const { nOutputs } = this.model;
    const outputs = new Float64Array(rows.length * nOutputs);
    const nWarnings = new Int32Array(rows.length);
    const problems = new Map<number, UnfitReason[]>();
    const warnings = new Map(remarked.map((place): [number, RowRemark[]] => [place, []]));
    const pending = cut(
      rows.map((_, index) => index),
      this.#batchRows,
    );
    for (let places = pending.pop(); places; places = pending.pop()) {
      if (places.length === 0) continue;
      const sent = places.map((place) => rows[place]);
      const scores = await this.model.score({ kind: 'rows', rows: sent }, {});
      if (scores.problems.length > 0) {
        pending.push(...withoutUnfit(places, scores.problems, problems));
      } else if (scores.nWarningsLeftOut > 0 && places.length > 1) {
        const half = Math.ceil(places.length / 2);
        this.#batchRows = Math.max(LEAST_BATCH_ROWS, Math.min(this.#batchRows, half));
        pending.push(...cut(places, half));
      } else {
        for (const { row, code, column } of scores.warnings) {
          nWarnings[places[row]!]!++;
          warnings.get(places[row]!)?.push({ code, column });
        }
        if (scores.nWarningsLeftOut > 0) nWarnings[places[0]!]! += scores.nWarningsLeftOut;
        for (const [i, place] of places.entries()) {
          const scored = scores.outputs.subarray(i * nOutputs, (i + 1) * nOutputs);
          if (scored.every(Number.isFinite)) outputs.set(scored, place * nOutputs);
          else problems.set(place, [NOT_FINITE]);
        }
      }
    }
    return { outputs, nWarnings, problems, warnings };
  }
}

const NOT_FINITE: UnfitReason = {
  code: 'numerical_failure',
  message: 'The prediction is not a finite number.',
};

/** Notes the problems; returns the places that are left to score. */
function withoutUnfit(
  places: readonly number[],
  found: readonly RowProblem[],
  problems: Map<number, UnfitReason[]>,
): number[][] {
  const unfit = new Set<number>();
  for (const { row, code, column, message } of found) {
    const reason = { code, message, ...(column === undefined ? {} : { column }) };
    unfit.add(row);
    const place = places[row]!;
    const known = problems.get(place);
    if (known === undefined) problems.set(place, [reason]);
    else known.push(reason);
  }
  // A full list says nothing of the rows behind its last one.
  const end = found.length >= MAX_PROBLEMS ? Math.max(...unfit) + 1 : places.length;
  return [places.slice(0, end).filter((_, row) => !unfit.has(row)), places.slice(end)];
}

function cut(places: readonly number[], nRows: number): number[][] {
  const parts: number[][] = [];
  for (let from = 0; from < places.length; from += nRows) parts.push(places.slice(from, from + nRows));
  return parts;
}
