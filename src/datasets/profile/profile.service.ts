import { Injectable } from '@nestjs/common';
import { Settings } from '../../config/settings-type.js';
import { Database } from '../../database/database.js';
import { Problem } from '../../errors/problem.js';
import type { ProcessTasks } from '../../processes/messages.js';
import { runTask } from '../../processes/run-task.js';
import { ObjectStore } from '../../storage/object-store.js';
import type { DatasetWithVersion } from '../dataset-types.js';
import { DatasetVersionRepository } from '../dataset-version.repository.js';
import { DatasetsService } from '../datasets.service.js';
import { taskProblem } from '../task-problem.js';
import { Limiter } from '../upload/limiter.js';
import type { TableProfile } from './profile-types.js';

export interface ProfileQuestion {
  readonly version?: number;
  readonly target?: string;
  readonly classes?: 'true' | 'false';
}

type Answers = Pick<ProcessTasks['profile']['output'], 'target' | 'classes'>;

/** What is in a data set. */
@Injectable()
export class ProfileService {
  readonly #tasks: Limiter;

  constructor(
    private readonly settings: Settings,
    private readonly database: Database,
    private readonly store: ObjectStore,
    private readonly datasets: DatasetsService,
    private readonly versions: DatasetVersionRepository,
  ) {
    this.#tasks = new Limiter(settings.ingestConcurrency);
  }

  /**
   * The profile that was made with the version; what depends on a target, and the likely number of classes, are made
   * now, in a process of their own.
   * @throws Problem dataset_not_found, unknown_column, process_timed_out, payload_too_large
   */
  async getProfile(id: string, { version, target, classes }: ProfileQuestion) {
    const dataset = await this.datasets.getVersion(id, version);
    if (target !== undefined && !dataset.columns.some(({ name }) => name === target)) {
      throw new Problem('unknown_column', 'The data set has no column of the name given as target.');
    }
    const known = await this.versions.findProfile(this.database, id, dataset.version);
    const asked = { ...(target === undefined ? {} : { target }), classes: classes === 'true' };
    if (known !== null && target === undefined && !asked.classes) {
      return this.#view(dataset, known, { target: null, classes: null });
    }
    const made = await this.#run(dataset, known, asked);
    if (known === null) await this.versions.keepProfile(this.database, id, dataset.version, made.profile);
    return this.#view(dataset, made.profile, made);
  }

  async #run(
    dataset: DatasetWithVersion,
    known: TableProfile | null,
    asked: { target?: string; classes: boolean },
  ): Promise<ProcessTasks['profile']['output']> {
    const { ingestThreads: threads, ingestMemoryMb: memoryMb, ingestTimeoutSeconds } = this.settings;
    const { columns, nRows, tableKey } = dataset;
    const tablePath = await this.store.localPath(tableKey);
    const profile = known === null ? {} : { profile: known };
    const input = { tablePath, columns, nRows, threads, memoryMb, ...profile, ...asked };
    return this.#tasks.run(() =>
      runTask('profile', input, { timeoutMs: ingestTimeoutSeconds * 1000, memoryMb }).catch(
        (error: unknown) => {
          throw taskProblem(error);
        },
      ),
    );
  }

  #view(dataset: DatasetWithVersion, profile: TableProfile, { target, classes }: Answers) {
    const { version, format, mediaType, fileName, nBytes, sha256, createdAt, ownerId } = dataset;
    const ageSeconds = Math.max(0, Math.floor((Date.now() - createdAt.getTime()) / 1000));
    const file = { name: fileName, format, mediaType, nBytes, sha256, ownerId };
    return {
      datasetId: dataset.dataset.id,
      version,
      file: { ...file, createdAt: createdAt.toISOString(), ageSeconds },
      ...profile,
      target,
      classes,
    };
  }
}
