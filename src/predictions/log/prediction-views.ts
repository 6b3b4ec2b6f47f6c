import type { ModelVersion } from '../../models/model-types.js';
import type { KeptPrediction } from './log-types.js';

/** The KeptPrediction of the API: what was answered, in the words of the reply. */
export function toPredictionView(prediction: KeptPrediction, { signature }: ModelVersion) {
  const { id, outputs, decision, ...rest } = prediction;
  return { predictionId: id, ...rest, prediction: answerOf(signature, outputs, decision) };
}

function answerOf(
  { task, target }: ModelVersion['signature'],
  outputs: readonly number[],
  decision: number | null,
) {
  if (task === 'regression') return outputs.length === 1 ? { value: outputs[0] } : { values: outputs };
  if (task === 'clustering') return { cluster: outputs[0] };
  const classes = target.classes ?? [];
  const label = decision === null ? null : (classes[decision] ?? null);
  // Methods that only decide give scores, which are no probabilities.
  if (outputs.length !== classes.length || outputs.some((value) => value < 0 || value > 1)) return { label };
  return { label, probabilities: Object.fromEntries(classes.map((name, k) => [String(name), outputs[k]])) };
}
