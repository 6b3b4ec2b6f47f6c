import { LearnError } from '../errors.js';
import type { Json, JsonObject } from '../json.js';
import { dateFromText, textFromDate } from '../preprocessing/read-value.js';
import type { Random } from '../random.js';
import { type FittedPipeline, requireFinite } from './fitted-pipeline.js';
import type { InputColumn } from './signature.js';

/** Rows with the numbers that the pipeline gave for them; replayed wherever the pipeline is opened. */
export interface GoldenRows {
  readonly rows: readonly JsonObject[];
  /** Per row nOutputs numbers, as the predictor gave them; JSON keeps each to the bit. */
  readonly outputs: readonly (readonly number[])[];
}

/** Where a replay differs from what was recorded. */
export interface GoldenMismatch {
  readonly row: number;
  /** null: the row as a whole was refused or has another number of outputs. */
  readonly output: number | null;
}

/** How many rows are drawn for each that is wanted, at most. */
const MAX_TRIES = 25;
/** How often a column that may be empty is empty. */
const NULL_SHARE = 0.1;

/**
 * Makes rows from the signature alone, and predicts them. They are synthetic, since bundles travel to people
 * who may not see the data: numbers from the range, categories from the list, here and there nothing.
 * @param nRows how many, default 20
 * @throws LearnError invalid_parameters when a recipe makes of every row one that the model refuses;
 *   numerical_failure when the model overflows within the range that it was trained on
 */
export function makeGoldenRows(pipeline: FittedPipeline, random: Random, nRows = 20): GoldenRows {
  const rows: JsonObject[] = [];
  // What a recipe makes of a row may be refused where the row itself is not: such a row is drawn again.
  for (let tries = 0; rows.length < nRows && tries < MAX_TRIES * nRows; tries++) {
    // Object.fromEntries defines its members, so a column called __proto__ becomes one too.
    const row = Object.fromEntries(
      pipeline.signature.inputs.map((input) => [input.name, goldenValue(input, random)]),
    );
    if (pipeline.steps.recipe == null || pipeline.predictRows([row]).problems.length === 0) rows.push(row);
  }
  if (rows.length === 0) {
    throw new LearnError(
      'invalid_parameters',
      'The model refuses every row that was made up for its test: allow missing values or unseen categories.',
    );
  }
  const { outputs } = pipeline.predictRows(rows);
  requireFinite(outputs, pipeline.nOutputs);
  return { rows, outputs: rows.map((_, i) => outputsOf(outputs, i, pipeline.nOutputs)) };
}

/**
 * Predicts the golden rows again and compares exactly.
 * @param golden from a bundle: its rows may be anything
 * @returns empty when every number is the same
 */
export function replayGoldenRows(pipeline: FittedPipeline, golden: GoldenRows): GoldenMismatch[] {
  const { nOutputs } = pipeline;
  const { outputs, problems } = pipeline.predictRows(golden.rows);
  if (problems.length > 0) return problems.map(({ row }) => ({ row, output: null }));
  const mismatches: GoldenMismatch[] = [];
  for (let row = 0; row < Math.max(golden.rows.length, golden.outputs.length); row++) {
    const expected = golden.outputs[row];
    if (row >= golden.rows.length || !Array.isArray(expected) || expected.length !== nOutputs) {
      mismatches.push({ row, output: null });
      continue;
    }
    for (let k = 0; k < nOutputs; k++) {
      if (outputs[row * nOutputs + k] !== expected[k]) mismatches.push({ row, output: k });
    }
  }
  return mismatches;
}

function outputsOf(outputs: Float64Array, row: number, nOutputs: number): number[] {
  // -0 would come back from JSON as 0; `===` takes them as equal.
  return [...outputs.subarray(row * nOutputs, (row + 1) * nOutputs)];
}

function goldenValue(input: InputColumn, random: Random): Json {
  const isEmpty = random.next() < NULL_SHARE;
  if (isEmpty && input.nullable) return null;
  switch (input.type) {
    case 'boolean':
      return random.below(2) === 1;
    case 'number':
      return between(input, random);
    case 'date':
      return goldenDate(Math.round(between(input, random)));
    case 'text': {
      const { categories } = input;
      // Where any text is taken, some text.
      if (categories === undefined) return `text ${random.below(1000)}`;
      return categories[random.below(categories.length)] ?? null;
    }
  }
}

/** ISO text where that can be read back: a year has four digits there. */
function goldenDate(epochMs: number): Json {
  const text = textFromDate(epochMs);
  return Number.isNaN(dateFromText(text)) ? epochMs : text;
}

/** Uniform within the range; short decimals, so that no value of the data shows through by its digits. */
function between(input: InputColumn, random: Random): number {
  const { minimum = 0, maximum = 0 } = input;
  const share = random.below(1001) / 1000;
  const value = Number((minimum * (1 - share) + maximum * share).toPrecision(6));
  return Math.min(Math.max(value, minimum), maximum);
}
