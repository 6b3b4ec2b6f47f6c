import type { DatabaseClient } from '../../database/database-client.js';
import { type DriftFindings, DriftWatch } from '../../learn/drift/drift-watch.js';
import { readInputProfile } from '../../learn/drift/input-profile.js';
import type { ModelVersion } from '../../models/model-types.js';
import type { ModelsService } from '../../models/models.service.js';
import type { DriftRepository, LoggedInput } from './drift.repository.js';

/** Differences that matter show in so many rows; more would only take time. */
const MAX_ROWS = 20_000;
/** Few enough to be looked through between two requests. */
const PAGE_ROWS = 500;

/** Holds the newest rows that a version has predicted against what its training saw. */
export class DriftCheck {
  constructor(
    private readonly repository: DriftRepository,
    private readonly models: ModelsService,
  ) {}

  /** @param since rows before this moment are not looked at */
  async findings(client: DatabaseClient, version: ModelVersion, since: Date): Promise<DriftFindings> {
    const report = await this.models.getReport(version.modelId, version.version);
    const watch = new DriftWatch(version.signature.inputs, readInputProfile(report));
    const of = { modelId: version.modelId, version: version.version, since };
    let last: LoggedInput | undefined;
    for (let nRows = 0; nRows < MAX_ROWS; nRows += PAGE_ROWS) {
      const page = await this.repository.inputs(client, of, PAGE_ROWS, last);
      watch.add(page);
      last = page.at(-1);
      if (page.length < PAGE_ROWS) break;
    }
    return watch.findings();
  }
}
