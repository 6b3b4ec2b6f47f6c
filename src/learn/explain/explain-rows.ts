import type { FittedPipeline } from '../pipeline/fitted-pipeline.js';
import type { InputColumn } from '../pipeline/signature.js';
import type { ColumnEncoder } from '../preprocessing/column-encoder.js';
import { REFUSED_SLOT } from '../preprocessing/text-slots.js';
import type { Attribution, AttributionTask } from './attribution.js';
import { asTreeSum, ensembleAttribution } from './ensemble-attribution.js';
import { linearAttribution } from './linear-attribution.js';
import { sampledAttribution } from './sampled-attribution.js';

/** An attribution with the names of its players. */
export interface ExplainedRows extends Attribution {
  /** The columns that the encoders take: those of the data set, or, with a recipe, those that come out of it. */
  readonly columns: readonly string[];
}

/**
 * Shapley values of each input column: what knowing its value has changed, against a row of which nothing is known.
 * That reference has in every column what stands for a missing value there (its fill value, or a gap that the
 * algorithm takes itself); where nothing does, the middle of the range or the first category. Exact for linear models and for
 * sums of trees; sampled with a fixed seed for the others. Either way baseline and contributions add up.
 * @param rows JSON rows without problems
 * @param outputs by row the index of the output that is explained
 */
export function explainRows(
  pipeline: FittedPipeline,
  rows: readonly unknown[],
  outputs: Int32Array,
): ExplainedRows {
  const { encoders, predictor } = pipeline.steps;
  const nFeatures = pipeline.features.length;
  const playerOf = new Int32Array(nFeatures);
  let at = 0;
  for (const [player, { features }] of encoders.entries()) {
    playerOf.fill(player, at, at + features.length);
    at += features.length;
  }
  const task = {
    rows: pipeline.encodeRows(rows).slice(0, rows.length * nFeatures),
    nRows: rows.length,
    reference: referenceRow(pipeline),
    playerOf,
    nPlayers: encoders.length,
    outputs,
  };
  return { ...attribute(predictor, task), columns: encoders.map(({ name }) => name) };
}

function attribute(predictor: FittedPipeline['steps']['predictor'], task: AttributionTask): Attribution {
  if (predictor.linear !== undefined) {
    return linearAttribution(predictor.linear, predictor.outputKind === 'value' ? 'value' : 'margin', task);
  }
  const sum = asTreeSum(predictor);
  return sum === undefined ? sampledAttribution(predictor, task) : ensembleAttribution(sum, task);
}

function referenceRow(pipeline: FittedPipeline): Float64Array {
  const { encoders, recipe } = pipeline.steps;
  const inputs = recipe?.inputs ?? pipeline.signature.inputs;
  const row = new Float64Array(pipeline.features.length);
  let at = 0;
  for (const [k, encoder] of encoders.entries()) {
    writeUnknown(encoder, inputs[k] as InputColumn, row, at);
    at += encoder.features.length;
  }
  pipeline.finishRows(row, 1);
  return row;
}

function writeUnknown(encoder: ColumnEncoder, input: InputColumn, row: Float64Array, at: number): void {
  if (encoder.takes === 'number') {
    if (encoder.imputer.policy !== 'error') encoder.writeMissing(row, at, 1);
    else encoder.writeNumber(((input.minimum ?? 0) + (input.maximum ?? 0)) / 2, row, at, 1);
    return;
  }
  const { slots } = encoder;
  if (slots.missingSlot !== REFUSED_SLOT) encoder.writeMissing(row, at, 1);
  else encoder.writeSlot(slots.find(input.categories?.[0] ?? ''), row, at, 1);
}
