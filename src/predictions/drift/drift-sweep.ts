import type { CallbacksService } from '../../callbacks/callbacks.service.js';
import type { Database } from '../../database/database.js';
import type { DriftFindings } from '../../learn/drift/drift-watch.js';
import type { JsonObject } from '../../learn/json.js';
import type { Model } from '../../models/model-types.js';
import type { ModelsService } from '../../models/models.service.js';
import type { DriftRepository } from './drift.repository.js';
import { DriftCheck } from './drift-check.js';

/** A day holds the week-end's traffic no better than a week does, and shows a change the day it comes. */
const WINDOW_MS = 24 * 3_600_000;
/** With fewer rows hardly any change could be told from chance. */
const MIN_ROWS = 50;
/** So many violations go with the callback; the rest is at GET /models/{id}/drift. */
const MAX_TOLD = 50;

export interface DriftSweepResult {
  readonly nChecked: number;
  readonly nDrifted: number;
  /** Models that have just drifted and whose owners want them trained again. */
  readonly retrain: readonly string[];
}

/** Looks at every model whose predictions are kept, and tells the data server when one has drifted: once, until it is well again. */
export class DriftSweep {
  readonly #check: DriftCheck;

  constructor(
    private readonly database: Database,
    private readonly repository: DriftRepository,
    private readonly models: ModelsService,
    private readonly callbacks: CallbacksService,
  ) {
    this.#check = new DriftCheck(repository, models);
  }

  async run(now: Date): Promise<DriftSweepResult> {
    const since = new Date(now.getTime() - WINDOW_MS);
    const ids = await this.repository.watchedModels(this.database, since);
    const retrain: string[] = [];
    let nChecked = 0;
    let nDrifted = 0;
    for (const id of ids) {
      const model = await this.models.findModel(id);
      if (!model?.current) continue;
      const findings = await this.#check.findings(this.database, model.current, since);
      if (findings.nRows < MIN_ROWS) continue;
      nChecked++;
      if (!(await this.#record(model, findings))) continue;
      nDrifted++;
      if (await this.repository.retrainsOnDrift(this.database, id)) retrain.push(id);
    }
    return { nChecked, nDrifted, retrain };
  }

  /** Returns whether the model has drifted since it was last looked at. */
  #record(model: Model, findings: DriftFindings): Promise<boolean> {
    const version = model.current!.version;
    const isDrifted = findings.violations.length > 0;
    return this.database.transaction(async (client) => {
      // Two processes may look at the same time: the model's lock lets one of them tell.
      await this.models.lockCurrent(client, model.id);
      const before = await this.repository.findState(client, model.id);
      await this.repository.setState(client, model.id, { version, isDrifted }, findings);
      const isNews = isDrifted && !(before?.isDrifted === true && before.version === version);
      if (isNews) {
        const violations = findings.violations.slice(0, MAX_TOLD) as unknown as JsonObject[];
        await this.callbacks.enqueue(client, {
          type: 'model.drifted',
          subject: model.id,
          data: {
            modelId: model.id,
            ownerId: model.ownerId,
            modelVersion: version,
            nRows: findings.nRows,
            nViolations: findings.violations.length,
            violations,
          },
        });
      }
      return isNews;
    });
  }
}
