import { FittedPipeline } from '../../learn/pipeline/fitted-pipeline.js';
import { openBundle } from '../../models/bundle/open-bundle.js';
import type { TrainingRecipe } from '../training-spec.js';

/**
 * The version that the new one is to replace, as a pipeline that takes the table the new one is trained on.
 * @returns undefined when its rows are made by another recipe: the two cannot be asked the same
 */
export async function openChampion(
  bundlePath: string,
  recipe: TrainingRecipe | undefined,
): Promise<FittedPipeline | undefined> {
  const { pipeline, report } = await openBundle(bundlePath);
  const wanted = recipe === undefined ? undefined : { name: recipe.name, version: recipe.version };
  if (JSON.stringify(report['recipe']) !== JSON.stringify(wanted)) return undefined;
  const front = pipeline.steps.recipe;
  if (!front) return pipeline;
  // The recipe has made the table already.
  const signature = { ...pipeline.signature, inputs: front.inputs };
  return new FittedPipeline({ ...pipeline.steps, signature, recipe: null });
}
