import { Problem } from '../../errors/problem.js';
import { FittedPipeline } from '../../learn/pipeline/fitted-pipeline.js';
import { type Bundle, openBundle } from '../../models/bundle/open-bundle.js';
import type { TrainingRecipe } from '../training-spec.js';

/**
 * The version that the new one is to replace, as a pipeline that takes the table the new one is trained on.
 * @returns undefined when its rows are made by another recipe, or when it is no bundle, but was imported from another
 *   program: the two cannot be asked the same
 */
export async function openChampion(
  bundlePath: string,
  recipe: TrainingRecipe | undefined,
): Promise<FittedPipeline | undefined> {
  const bundle = await openBundle(bundlePath).catch(asNoBundle);
  if (bundle === undefined) return undefined;
  const { pipeline, report } = bundle;
  const wanted = recipe === undefined ? undefined : { name: recipe.name, version: recipe.version };
  if (JSON.stringify(report['recipe']) !== JSON.stringify(wanted)) return undefined;
  const front = pipeline.steps.recipe;
  if (!front) return pipeline;
  // The recipe has made the table already.
  const signature = { ...pipeline.signature, inputs: front.inputs };
  return new FittedPipeline({ ...pipeline.steps, signature, recipe: null });
}

function asNoBundle(error: unknown): Bundle | undefined {
  if (error instanceof Problem && error.code === 'bundle_invalid') return undefined;
  throw error;
}
