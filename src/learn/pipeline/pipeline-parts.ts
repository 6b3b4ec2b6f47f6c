import { LearnError } from '../errors.js';
import type { Algorithm, EstimatorState } from '../estimator.js';
import type { JsonObject } from '../json.js';
import type { ColumnEncoder } from '../preprocessing/column-encoder.js';
import { DateEncoder } from '../preprocessing/date-encoder.js';
import { LabelEncoder } from '../preprocessing/label-encoder.js';
import { hasIndicator, withIndicator, withoutIndicator } from '../preprocessing/missing-indicator.js';
import { NeighborImputer } from '../preprocessing/neighbor-imputer.js';
import { Scaler } from '../preprocessing/scaler.js';
import {
  damaged,
  member,
  readDistinctTexts,
  readList,
  readObject,
  readText,
} from '../preprocessing/state-reader.js';
import { TargetEncoder, targetOutputs } from '../preprocessing/target-encoder.js';
import { RowRecipe } from '../recipe/row-recipe.js';
import { findAlgorithm } from '../registry.js';
import type { Tensor, Tensors } from '../tensor.js';
import { isTextEncoder, readEncoder } from './encoder-parts.js';
import { FittedPipeline, type PipelineRecipe } from './fitted-pipeline.js';
import { readInputs, readSignature } from './read-signature.js';
import type { InputColumn, ModelSignature } from './signature.js';

/** The version of the layout of `PipelineParts.config` and of its tensor names. */
export const PIPELINE_SCHEMA_VERSION = 1;

/**
 * The steps of a pipeline, in the order in which a row passes them; `label_encoders` also decodes the labels.
 * OPTIONAL_STEPS are there only where a column asks for them.
 */
export const PIPELINE_STEPS = [
  'recipe',
  'imputers',
  'label_encoders',
  'date_encoders',
  'missing_indicators',
  'normalize_scaler',
  'neighbor_imputer',
  'model',
] as const;
type PipelineStep = (typeof PIPELINE_STEPS)[number];
const OPTIONAL_STEPS: readonly PipelineStep[] = ['recipe', 'missing_indicators', 'neighbor_imputer'];

/**
 * A fitted pipeline as data: what a bundle holds.
 * `config` is `{schemaVersion, steps, imputers, label_encoders, date_encoders, normalize_scaler, model}`;
 * and, where it is used, `recipe` (`{schemaVersion, steps, inputs}`: what happens to a row of the signature's inputs, and
 * the columns of what comes out that the encoders take), `missing_indicators` (`{columns}`, their names) and
 * `neighbor_imputer`.
 * The tensors of a step are named `<step>.<tensor>`, so `normalize_scaler.offset`; the means of a target encoder are
 * `label_encoders.target_means.<place of the column among the inputs>`.
 */
export interface PipelineParts {
  readonly signature: ModelSignature;
  readonly config: JsonObject;
  readonly tensors: Tensors;
}

/** Takes a pipeline apart. Tensors are views, not copies. */
export function pipelineToParts(pipeline: FittedPipeline): PipelineParts {
  const { signature, algorithm, encoders, scaler, neighborImputer, predictor, labels } = pipeline.steps;
  const { recipe = null } = pipeline.steps;
  const imputers: JsonObject = {};
  const textColumns: JsonObject = {};
  const dates: JsonObject = {};
  const targetMeans: Record<string, Tensor> = {};
  for (const [k, column] of encoders.entries()) {
    const { name } = column;
    const encoder = withoutIndicator(column);
    define(imputers, name, (encoder.takes === 'number' ? encoder : encoder.slots).imputer.toState());
    if (encoder instanceof DateEncoder) define(dates, name, encoder.toState());
    if (isTextEncoder(encoder)) define(textColumns, name, encoder.toState());
    if (encoder instanceof TargetEncoder) targetMeans[`target_means.${k}`] = encoder.toTensor();
  }
  const indicators = encoders.filter(hasIndicator).map(({ name }) => name);
  const scalerState = scaler.toState();
  const modelState = predictor.toState();
  const isUsed: Partial<Record<PipelineStep, boolean>> = {
    recipe: recipe !== null,
    missing_indicators: indicators.length > 0,
    neighbor_imputer: neighborImputer !== null,
  };
  return {
    signature,
    config: {
      schemaVersion: PIPELINE_SCHEMA_VERSION,
      steps: PIPELINE_STEPS.filter((step) => isUsed[step] !== false),
      ...(recipe === null
        ? {}
        : { recipe: { ...recipe.recipe.toState(), inputs: recipe.inputs.map(inputState) } }),
      imputers,
      label_encoders: { columns: textColumns, target: labels?.toState() ?? null },
      date_encoders: dates,
      ...(indicators.length === 0 ? {} : { missing_indicators: { columns: indicators } }),
      normalize_scaler: scalerState.config,
      ...(neighborImputer === null ? {} : { neighbor_imputer: neighborImputer.toState().config }),
      model: { algorithm, config: modelState.config },
    },
    tensors: {
      ...named('label_encoders', targetMeans),
      ...named('normalize_scaler', scalerState.tensors),
      ...(neighborImputer === null ? {} : named('neighbor_imputer', neighborImputer.toState().tensors)),
      ...named('model', modelState.tensors),
    },
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
  const steps = readSteps(config);
  const signature = readSignature(parts.signature);
  const targets = tensorsOf(parts.tensors, 'label_encoders');
  const recipe = steps.has('recipe') ? readRecipe(config, signature) : null;
  const encoders = readEncoders(config, steps, recipe?.inputs ?? signature.inputs, signature, targets);
  const nFeatures = encoders.reduce((sum, encoder) => sum + encoder.features.length, 0);
  const labels = readLabels(config, signature);
  const scaler = Scaler.fromState(
    { config: section(config, 'normalize_scaler'), tensors: tensorsOf(parts.tensors, 'normalize_scaler') },
    nFeatures,
    'normalize_scaler',
  );
  const neighborImputer = readNeighborImputer(parts, steps, encoders, nFeatures);
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
  return new FittedPipeline({
    signature,
    recipe,
    algorithm: algorithm.name,
    encoders,
    scaler,
    neighborImputer,
    predictor,
    labels,
  });
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

/** The steps that the parts have: all but perhaps the optional ones, in their order. */
function readSteps(config: JsonObject): ReadonlySet<PipelineStep> {
  const list = readList(member(config, 'steps'), 'config.steps');
  const steps = PIPELINE_STEPS.filter((step) => list.includes(step) || !OPTIONAL_STEPS.includes(step));
  if (JSON.stringify(list) !== JSON.stringify(steps)) {
    throw damaged(
      'config.steps',
      `${PIPELINE_STEPS.join(', ')}, of which ${OPTIONAL_STEPS.join(', ')} may be absent`,
    );
  }
  return new Set(steps);
}

function readEncoders(
  config: JsonObject,
  steps: ReadonlySet<PipelineStep>,
  inputs: readonly InputColumn[],
  signature: ModelSignature,
  targets: Tensors,
): ColumnEncoder[] {
  const nOutputs = targetOutputs(signature.target.classes?.length ?? 1);
  const encoders = inputs.map((input, k) =>
    readEncoder(config, input, { means: targets[`target_means.${k}`], nOutputs }),
  );
  if (!steps.has('missing_indicators')) return encoders;
  const { columns } = section(config, 'missing_indicators');
  const indicated = readDistinctTexts(columns, 'missing_indicators.columns');
  const known = inputs.filter(({ name }) => indicated.includes(name));
  if (indicated.length === 0 || known.length !== indicated.length) {
    throw damaged('missing_indicators.columns', 'names of inputs');
  }
  return encoders.map((encoder) => (indicated.includes(encoder.name) ? withIndicator(encoder) : encoder));
}

/** What the encoders take must come out of the recipe. */
function readRecipe(config: JsonObject, signature: ModelSignature): PipelineRecipe {
  const state = section(config, 'recipe');
  const recipe = RowRecipe.fromState(state, signature.inputs);
  const inputs = readInputs(member(state, 'inputs'), 'recipe.inputs');
  const made = new Set(recipe.outputs.map(({ name }) => name));
  if (!inputs.every(({ name }) => made.has(name))) throw damaged('recipe.inputs', 'made by the recipe');
  return { recipe, inputs };
}

/** Without the members that are undefined. */
function inputState(input: InputColumn): JsonObject {
  return JSON.parse(JSON.stringify(input)) as JsonObject;
}

function readNeighborImputer(
  parts: PipelineParts,
  steps: ReadonlySet<PipelineStep>,
  encoders: readonly ColumnEncoder[],
  nFeatures: number,
): NeighborImputer | null {
  const isWanted = encoders.some((encoder) => encoder.takes === 'number' && encoder.imputer.policy === 'knn');
  if (isWanted !== steps.has('neighbor_imputer')) throw damaged('neighbor_imputer', 'as the imputers say');
  if (!isWanted) return null;
  section(parts.config, 'neighbor_imputer');
  return NeighborImputer.fromState(tensorsOf(parts.tensors, 'neighbor_imputer'), nFeatures);
}

function section(config: JsonObject, name: PipelineStep): JsonObject {
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
