import { openBundle } from '../../../models/bundle/open-bundle.js';
import type { ForeignFile } from '../../../models/imports/foreign-model.js';
import { openEngine } from '../../../models/imports/open-engine.js';
import { scoreRows } from '../../../models/imports/score-rows.js';
import { ServedForeignModel } from '../../scoring/served-foreign-model.js';
import type { ServedModel } from '../../scoring/served-model.js';
import { ServedPipeline } from '../../scoring/served-pipeline.js';

/**
 * Opens a model on this thread. Of an imported one the runtime is here, too: this process is one of its own already.
 * @param foreign null: a bundle of ours
 * @throws Problem bundle_invalid, model_file_invalid
 */
export async function openModel(path: string, foreign: ForeignFile | null): Promise<ServedModel> {
  if (foreign === null) return new ServedPipeline((await openBundle(path)).pipeline);
  const { model, maxBytes } = foreign;
  const engine = await openEngine(model.format, path, maxBytes);
  const runner = {
    run: (nRows: number, values: Parameters<typeof scoreRows>[3]) => scoreRows(engine, model, nRows, values),
    retire: () => undefined,
  };
  return new ServedForeignModel({ model, runner });
}
