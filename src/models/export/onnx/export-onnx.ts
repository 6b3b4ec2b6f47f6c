import type { OutputKind } from '../../../learn/estimator.js';
import type { FittedPipeline } from '../../../learn/pipeline/fitted-pipeline.js';
import type { ClassLabel, LabelEncoder } from '../../../learn/preprocessing/label-encoder.js';
import { encodeColumns } from './encode-columns.js';
import { ESTIMATOR_GRAPHS } from './estimator-graphs.js';
import { fillFromNeighbors } from './fill-from-neighbors.js';
import { GraphBuilder, type Value } from './graph-builder.js';
import { NotExpressible, tooLarge } from './not-expressible.js';
import { encodeModel, type OnnxTensor } from './onnx-messages.js';
import { addInputs } from './recipe-graph.js';
import { scaleFeatures } from './scale-features.js';

/** Names of the outputs in the file. */
export interface OnnxOutputs {
  /** Classification: the label in its own type; clustering: absent. */
  readonly label?: string;
  /** The predictor's numbers: probabilities or scores in the order of the classes, the value, or the cluster. */
  readonly numbers: string;
}

export interface OnnxExport {
  readonly file: Uint8Array;
  readonly outputs: OnnxOutputs;
  /** Of ONNX's own operators. */
  readonly opset: number;
}

/** What the numbers are called in the file. */
const OUTPUT_NAMES: Readonly<Record<OutputKind, string>> = {
  probabilities: 'probabilities',
  scores: 'scores',
  value: 'value',
  cluster: 'cluster',
};

/**
 * Writes a whole pipeline as an ONNX model: one input of the shape [rows, 1] a column of the signature, doubles for
 * numbers, booleans (0, 1) and dates (milliseconds since 1970), NaN where missing; strings for texts, empty where missing.
 * A row that the service refuses has NaN for its numbers.
 * Deterministic: equal pipelines give equal bytes.
 * @param maxBytes of the file
 * @throws NotExpressible with the reason
 */
export function exportOnnx(
  pipeline: FittedPipeline,
  producer: string,
  maxBytes = Number.POSITIVE_INFINITY,
): OnnxExport {
  const { steps, signature, nOutputs } = pipeline;
  const toOutputs = ESTIMATOR_GRAPHS[steps.algorithm];
  if (toOutputs === undefined) throw new NotExpressible('its algorithm is not known to the export');
  const graph = new GraphBuilder(signature.inputs.map(({ name }) => name));
  const recipe = steps.recipe ?? null;
  const columnValue = addInputs(graph, signature.inputs, recipe);
  const encoded = encodeColumns(graph, recipe?.inputs ?? signature.inputs, steps.encoders, columnValue);
  const scaled = scaleFeatures(graph, encoded.features, steps.scaler);
  const { neighborImputer } = steps;
  const features = neighborImputer === null ? scaled : fillFromNeighbors(graph, scaled, neighborImputer);
  const { predictor, labels } = steps;
  const input = { graph, features, nFeatures: predictor.nFeatures, state: predictor.toState(), maxBytes };
  const computed = toOutputs(input);
  const isCluster = predictor.outputKind === 'cluster';
  const numbers =
    encoded.refused === null || isCluster ? computed : hideRefused(graph, encoded.refused, computed);
  const outputs = {
    ...(labels === null ? {} : { label: addLabel(graph, labels, computed) }),
    numbers: graph.output(
      OUTPUT_NAMES[predictor.outputKind],
      numbers,
      isCluster ? 'int64' : 'double',
      nOutputs,
    ),
  };
  const metadata = {
    algorithm: steps.algorithm,
    task: signature.task,
    ...(labels === null ? {} : { classes: JSON.stringify(labels.classes) }),
  };
  const file = encodeModel({ producer, graph: graph.finish(), metadata, opset: graph.opset });
  if (file.length > maxBytes) throw tooLarge(file.length, maxBytes);
  return { file, outputs, opset: graph.opset };
}

function hideRefused(graph: GraphBuilder, refused: Value, numbers: Value): Value {
  return graph.where(refused, graph.numbers(Number.NaN), numbers);
}

/** The label of the largest number, the first of equal ones. */
function addLabel(graph: GraphBuilder, labels: LabelEncoder, numbers: Value): string {
  const best = graph.apply('ArgMax', [numbers], { axis: { int: 1 }, keepdims: { int: 0 } });
  const classes = labelTensor(labels.classes);
  const label = graph.apply('Gather', [graph.constant(classes), best], { axis: { int: 0 } });
  return graph.output('label', label, classes.type, null);
}

function labelTensor(classes: readonly ClassLabel[]): OnnxTensor {
  const shape = [classes.length];
  switch (typeof classes[0]) {
    case 'number':
      return { type: 'double', shape, data: Float64Array.from(classes, Number) };
    case 'boolean':
      return { type: 'bool', shape, data: classes.map(Number) };
    default:
      return { type: 'string', shape, data: classes.map(String) };
  }
}
