import { LearnError } from '../errors.js';
import type { Algorithm, EstimatorState } from '../estimator.js';
import type { JsonObject } from '../json.js';
import { CategorySlots } from '../preprocessing/category-slots.js';
import type { ColumnEncoder } from '../preprocessing/column-encoder.js';
import { DateEncoder } from '../preprocessing/date-encoder.js';
import { NumberImputer, TextImputer } from '../preprocessing/imputer.js';
import { LabelEncoder } from '../preprocessing/label-encoder.js';
import { NumberEncoder } from '../preprocessing/number-encoder.js';
import { OneHotEncoder } from '../preprocessing/one-hot-encoder.js';
import { OrdinalEncoder } from '../preprocessing/ordinal-encoder.js';
import { Scaler } from '../preprocessing/scaler.js';
import {
  damaged,
  member,
  readBoolean,
  readChoice,
  readObject,
  readText,
} from '../preprocessing/state-reader.js';
import { findAlgorithm } from '../registry.js';
import type { Tensor, Tensors } from '../tensor.js';
import { FittedPipeline } from './fitted-pipeline.js';
import { readSignature } from './read-signature.js';
import type { InputColumn, ModelSignature } from './signature.js';

/** The version of the layout of `PipelineParts.config` and of its tensor names. */
export const PIPELINE_SCHEMA_VERSION = 1;

/** The steps of a pipeline, in the order in which a row passes them; `label_encoders` also decodes the labels. */
export const PIPELINE_STEPS = [
  'imputers',
  'label_encoders',
  'date_encoders',
  'normalize_scaler',
  'model',
] as const;

/**
 * A fitted pipeline as data: what a bundle holds.
 * `config` is `{schemaVersion, steps, imputers, label_encoders, date_encoders, normalize_scaler, model}`;
 * the tensors of a step are named `<step>.<tensor>`, so `normalize_scaler.offset`.
 */
export interface PipelineParts {
  readonly signature: ModelSignature;
  readonly config: JsonObject;
  readonly tensors: Tensors;
}

/** Takes a pipeline apart. Tensors are views, not copies. */
export function pipelineToParts(pipeline: FittedPipeline): PipelineParts {
  const { signature, algorithm, encoders, scaler, predictor, labels } = pipeline.steps;
  const imputers: JsonObject = {};
  const textColumns: JsonObject = {};
  const dates: JsonObject = {};
  for (const encoder of encoders) {
    if (encoder.takes === 'number') {
      define(imputers, encoder.name, encoder.imputer.toState());
      if (encoder instanceof DateEncoder) define(dates, encoder.name, encoder.toState());
      continue;
    }
    define(imputers, encoder.name, encoder.slots.imputer.toState());
    const isCategorical = encoder.features[0]?.kind === 'categorical';
    define(textColumns, encoder.name, {
      encoding: encoder.encoding,
      isCategorical,
      ...encoder.slots.toState(),
    });
  }
  const scalerState = scaler.toState();
  const modelState = predictor.toState();
  return {
    signature,
    config: {
      schemaVersion: PIPELINE_SCHEMA_VERSION,
      steps: [...PIPELINE_STEPS],
      imputers,
      label_encoders: { columns: textColumns, target: labels?.toState() ?? null },
      date_encoders: dates,
      normalize_scaler: scalerState.config,
      model: { algorithm, config: modelState.config },
    },
    tensors: { ...named('normalize_scaler', scalerState.tensors), ...named('model', modelState.tensors) },
  };
}

/**
 * Puts a pipeline together again; it predicts the same numbers, to the bit.
 * @param parts from a bundle: nothing in it is trusted
 * @throws LearnError unsupported_version, invalid_state, unknown_algorithm
 */
export function pipelineFromParts(
  parts: PipelineParts,
  find: (name: string) => Algorithm = findAlgorithm,
): FittedPipeline {
  const config = readObject(parts.config, 'config');
  if (member(config, 'schemaVersion') !== PIPELINE_SCHEMA_VERSION) {
    throw new LearnError(
      'unsupported_version',
      `The pipeline must have schema version ${PIPELINE_SCHEMA_VERSION}.`,
    );
  }
  if (JSON.stringify(member(config, 'steps')) !== JSON.stringify(PIPELINE_STEPS)) {
    throw damaged('config.steps', PIPELINE_STEPS.join(', '));
  }
  const signature = readSignature(parts.signature);
  const encoders = signature.inputs.map((input) => readEncoder(config, input));
  const nFeatures = encoders.reduce((sum, encoder) => sum + encoder.features.length, 0);
  const labels = readLabels(config, signature);
  const scaler = Scaler.fromState(
    { config: section(config, 'normalize_scaler'), tensors: tensorsOf(parts.tensors, 'normalize_scaler') },
    nFeatures,
    'normalize_scaler',
  );
  const model = section(config, 'model');
  const algorithm = find(readText(member(model, 'algorithm'), 'model.algorithm'));
  if (algorithm.task !== signature.task) throw damaged('model.algorithm', `one for ${signature.task}`);
  const modelState: EstimatorState = {
    config: readObject(member(model, 'config'), 'model.config'),
    tensors: tensorsOf(parts.tensors, 'model'),
  };
  const predictor = algorithm.restore(modelState);
  if (predictor.nFeatures !== nFeatures) throw damaged('model', `fitted on ${nFeatures} features`);
  const nOutputs = labels?.classes.length ?? 1;
  if (predictor.nOutputs !== nOutputs) throw damaged('model', `one with ${nOutputs} outputs`);
  return new FittedPipeline({ signature, algorithm: algorithm.name, encoders, scaler, predictor, labels });
}

function readEncoder(config: JsonObject, input: InputColumn): ColumnEncoder {
  const { name, type } = input;
  const imputer = readObject(member(section(config, 'imputers'), name), `imputers.${name}`);
  if (type === 'text')
    return readTextEncoder(config, input, TextImputer.fromState(imputer, `imputers.${name}`));
  const numberImputer = NumberImputer.fromState(imputer, `imputers.${name}`);
  if ((numberImputer.policy !== 'error') !== input.nullable)
    throw damaged(`imputers.${name}`, 'as the signature says');
  if (type !== 'date') return new NumberEncoder(name, type, numberImputer);
  const parts = member(section(config, 'date_encoders'), name);
  return DateEncoder.fromState(parts, name, numberImputer, `date_encoders.${name}`);
}

function readTextEncoder(config: JsonObject, input: InputColumn, imputer: TextImputer): ColumnEncoder {
  const path = `label_encoders.columns.${input.name}`;
  const columns = readObject(member(section(config, 'label_encoders'), 'columns'), 'label_encoders.columns');
  const state = readObject(member(columns, input.name), path);
  const slots = CategorySlots.fromState(state, imputer, path);
  const known = slots.known();
  const isSame =
    input.categories?.length === known.length && known.every((text, i) => text === input.categories?.[i]);
  if (!isSame) throw damaged(path, 'with the categories of the signature');
  if ((imputer.policy !== 'error') !== input.nullable) throw damaged(path, 'nullable as the signature says');
  const encoding = readChoice(member(state, 'encoding'), ['ordinal', 'one_hot'] as const, `${path}.encoding`);
  return encoding === 'one_hot'
    ? new OneHotEncoder(input.name, slots)
    : new OrdinalEncoder(
        input.name,
        slots,
        readBoolean(member(state, 'isCategorical'), `${path}.isCategorical`),
      );
}

function readLabels(config: JsonObject, signature: ModelSignature): LabelEncoder | null {
  const state = member(section(config, 'label_encoders'), 'target');
  if (signature.task !== 'classification') {
    if (state !== null) throw damaged('label_encoders.target', 'null');
    return null;
  }
  const labels = LabelEncoder.fromState(readObject(state, 'label_encoders.target'), 'label_encoders.target');
  const { classes } = signature.target;
  if (
    classes?.length !== labels.classes.length ||
    !labels.classes.every((label, k) => label === classes[k])
  ) {
    throw damaged('label_encoders.target', 'the classes of the signature');
  }
  return labels;
}

function section(config: JsonObject, name: (typeof PIPELINE_STEPS)[number]): JsonObject {
  return readObject(member(config, name), name);
}

/** Sets an own member; plain assignment would lose a column that is called `__proto__`. */
function define(object: JsonObject, key: string, value: JsonObject[string]): void {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}

function named(step: string, tensors: Tensors): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [`${step}.${name}`, tensor]));
}

function tensorsOf(tensors: Tensors, step: string): Tensors {
  const prefix = `${step}.`;
  const own = Object.entries(tensors).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(own.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}
