import type { JsonObject } from '../../../learn/json.js';
import type { Table } from '../../../learn/matrix/table.js';
import type { FittedPipeline } from '../../../learn/pipeline/fitted-pipeline.js';
import type { GoldenRows } from '../../../learn/pipeline/golden-rows.js';
import { checkOnnx, ONNX_TOLERANCE, type OnnxComparison } from './check-onnx.js';
import { exportOnnx, type OnnxExport } from './export-onnx.js';
import { NotExpressible } from './not-expressible.js';
import { ML_OPSET } from './onnx-messages.js';
import type { Runtime } from './onnx-session.js';

/** What a bundle says of its ONNX model. */
export interface OnnxMade {
  /** null: left out. */
  readonly file: Uint8Array | null;
  /** For the manifest; the same for equal trainings. */
  readonly note: JsonObject;
  /** null where nothing was compared. */
  readonly comparison: OnnxComparison | null;
}

export interface OnnxOptions {
  /** The program that writes it. */
  readonly producer: string;
  /** A larger model is left out; 0: every model. */
  readonly maxBytes: number;
  /** Loads onnxruntime; called only for a model that could be written. */
  readonly loadRuntime: () => Promise<Runtime>;
}

/**
 * Writes the ONNX model of a trained pipeline and keeps it only when onnxruntime gives our numbers for it. Whatever goes
 * wrong leaves the model out, with the reason: a training never fails for its export.
 * @param table rows in the columns of the signature
 */
export async function makeOnnx(
  pipeline: FittedPipeline,
  golden: GoldenRows,
  table: Table,
  { producer, maxBytes, loadRuntime }: OnnxOptions,
): Promise<OnnxMade> {
  if (maxBytes === 0) return leftOut('it was not asked for');
  let exported: OnnxExport;
  try {
    exported = exportOnnx(pipeline, producer, maxBytes);
  } catch (error) {
    if (error instanceof NotExpressible) return leftOut(error.reason);
    throw error;
  }
  const { file, outputs, opset } = exported;
  let comparison: OnnxComparison;
  try {
    comparison = await checkOnnx(await loadRuntime(), exported, pipeline, golden, table);
  } catch {
    // Its messages may quote the data: categories are part of the model.
    return leftOut('onnxruntime could not open or run it where it was trained');
  }
  const { maxDifference, nRows } = comparison;
  if (maxDifference > ONNX_TOLERANCE) {
    const figure = Number.isFinite(maxDifference)
      ? maxDifference.toExponential(1)
      : 'a number that is not finite';
    return leftOut(`of ${nRows} rows one differed by ${figure}; ${ONNX_TOLERANCE} is allowed`, comparison);
  }
  const note: JsonObject = {
    included: true,
    opset,
    mlOpset: ML_OPSET,
    outputs: { ...outputs },
    nRowsCompared: nRows,
    tolerance: ONNX_TOLERANCE,
  };
  return { file, note, comparison };
}

function leftOut(reason: string, comparison: OnnxComparison | null = null): OnnxMade {
  return { file: null, note: { included: false, reason }, comparison };
}
