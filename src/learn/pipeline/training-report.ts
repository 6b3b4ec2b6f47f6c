import type { Algorithm, Predictor } from '../estimator.js';
import type { Json, JsonObject } from '../json.js';
import { CategorySlots } from '../preprocessing/category-slots.js';
import type { ColumnEncoder } from '../preprocessing/column-encoder.js';
import { hasIndicator, withoutIndicator } from '../preprocessing/missing-indicator.js';
import type { DroppedColumn } from './encode-training.js';
import { isTextEncoder } from './encoder-parts.js';
import type { ModelSignature } from './signature.js';
import type { PipelineSpec } from './spec.js';

/** What a training says of itself: finite JSON, ready to be kept and shown. */
export type TrainingReport = JsonObject;

export interface ReportInput {
  readonly algorithm: Algorithm;
  readonly spec: PipelineSpec;
  readonly signature: ModelSignature;
  readonly encoders: readonly ColumnEncoder[];
  readonly dropped: readonly DroppedColumn[];
  readonly predictor: Predictor;
  /** What the metrics said; null when nothing was evaluated. */
  readonly evaluation: JsonObject | null;
  readonly seconds: Readonly<Record<string, number | null>>;
  readonly nRows: {
    readonly table: number;
    /** With a target, and with a value wherever a policy wants one. */
    readonly used: number;
    readonly training: number;
    readonly heldOut: number;
    /** Of the held-out rows those that no policy refuses. */
    readonly evaluated: number;
  };
}

/**
 * `{task, algorithm, parameters, normalization, seed, testShare, target, sampleWeight?, nRows, nFeatures, columns: {used, dropped},
 * evaluation, importances: {columns, features} | null, facts, seconds}`. Importances fall; what is not finite is null.
 */
export function buildReport(input: ReportInput): TrainingReport {
  const { algorithm, spec, signature, predictor } = input;
  return finiteJson({
    task: algorithm.task,
    algorithm: algorithm.name,
    parameters: spec.parameters,
    normalization: spec.normalization,
    seed: spec.seed,
    testShare: spec.testShare,
    target: signature.target,
    ...(spec.sampleWeight === undefined ? {} : { sampleWeight: spec.sampleWeight }),
    nRows: input.nRows,
    nFeatures: predictor.nFeatures,
    columns: {
      used: input.encoders.map(describeColumn),
      dropped: input.dropped,
    },
    evaluation: input.evaluation,
    importances: importancesOf(predictor, input.encoders),
    facts: predictor.facts ?? {},
    seconds: input.seconds,
  }) as JsonObject;
}

function describeColumn(column: ColumnEncoder): JsonObject {
  const { name, features } = column;
  const shape = { nFeatures: features.length, ...(hasIndicator(column) ? { indicator: true } : {}) };
  const encoder = withoutIndicator(column);
  if (encoder.takes === 'number') {
    return { name, type: encoder.type, missing: encoder.imputer.policy, ...shape };
  }
  const { slots } = encoder;
  const missing = slots.imputer.policy;
  if (!(slots instanceof CategorySlots))
    return { name, type: 'text', encoding: 'hashing', missing, ...shape };
  const encoding = isTextEncoder(encoder) ? (encoder.toState()['encoding'] ?? null) : null;
  const nCategories = slots.categories.length + slots.rare.length;
  return { name, type: 'text', encoding, unseen: slots.unseen, missing, nCategories, ...shape };
}

/** A column's importance is the sum over its features. */
function importancesOf(predictor: Predictor, encoders: readonly ColumnEncoder[]): unknown {
  const importances = predictor.featureImportances;
  if (importances === undefined) return null;
  const features = encoders.flatMap((encoder) => encoder.features);
  const byFeature = features.map(({ name }, j) => ({ name, importance: importances[j] as number }));
  let at = 0;
  const byColumn = encoders.map((encoder) => {
    let importance = 0;
    for (const _ of encoder.features) importance += importances[at++] as number;
    return { name: encoder.name, importance };
  });
  return { columns: falling(byColumn), features: falling(byFeature) };
}

function falling(list: { name: string; importance: number }[]): { name: string; importance: number }[] {
  return list.sort((a, b) => b.importance - a.importance || (a.name < b.name ? -1 : 1));
}

/** A copy as plain JSON: typed arrays become lists, what is not finite becomes null. */
function finiteJson(value: unknown): Json {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.map(finiteJson);
  if (ArrayBuffer.isView(value)) return Array.from(value as Float64Array, finiteJson);
  if (typeof value !== 'object' || value === null) return null;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, finiteJson(member)]));
}
