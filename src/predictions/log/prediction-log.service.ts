import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import { Problem } from '../../errors/problem.js';
import type { ModelSignature } from '../../learn/pipeline/signature.js';
import type { ModelVersion } from '../../models/model-types.js';
import { ModelsService } from '../../models/models.service.js';
import { classificationMetrics, hasActuals, type LiveMetrics, regressionMetrics } from './live-scores.js';
import type { KeptPrediction } from './log-types.js';
import { type PredictionCursor, PredictionLogRepository } from './prediction-log.repository.js';

/** What is known of a version from the predictions that were kept. */
export interface LivePerformance {
  readonly version: number;
  readonly nPredictions: number;
  /** Of how many the true value is known. */
  readonly nActuals: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
  readonly metrics: LiveMetrics;
}

/** Reads what was predicted, takes what was true, and compares. */
@Injectable()
export class PredictionLogService {
  constructor(
    private readonly database: Database,
    private readonly repository: PredictionLogRepository,
    private readonly models: ModelsService,
  ) {}

  /** Every kept row of one request. @throws Problem prediction_not_found */
  async find(id: string): Promise<KeptPrediction[]> {
    const rows = await this.repository.find(this.database, id);
    if (rows.length === 0) throw predictionNotFound();
    return rows;
  }

  /**
   * The newest first.
   * @param before the id of the last prediction of the page before
   * @param beforeRow its row; undefined: all of its rows were on that page
   */
  async list(modelId: string, limit: number, before?: string, beforeRow?: number): Promise<KeptPrediction[]> {
    let cursor: PredictionCursor | undefined;
    if (before !== undefined) {
      const [last] = await this.find(before);
      if (last === undefined || last.modelId !== modelId) throw predictionNotFound();
      cursor = { createdAt: last.createdAt, id: before, row: beforeRow ?? null };
    }
    return this.repository.list(this.database, modelId, limit, cursor);
  }

  signatureOf({ modelId, modelVersion }: KeptPrediction): Promise<ModelVersion> {
    return this.models.getVersion(modelId, modelVersion);
  }

  /**
   * Writes down what was true of one row; again, and the last one counts.
   * @throws Problem prediction_not_found, invalid_actual
   */
  async setActual(prediction: KeptPrediction, actual: string | number | boolean): Promise<void> {
    const { signature } = await this.signatureOf(prediction);
    assertActual(signature, actual);
    const { id, row } = prediction;
    if (!(await this.repository.setActual(this.database, id, row, actual))) throw predictionNotFound();
  }

  /** By version, the newest first. @throws Problem model_not_found */
  async performance(modelId: string, since: Date): Promise<LivePerformance[]> {
    const versions = await this.models.listVersions(modelId);
    const [counts, actuals] = await Promise.all([
      this.repository.countByVersion(this.database, modelId, since),
      this.repository.countActuals(this.database, modelId, since),
    ]);
    const isRegression = versions.some(({ task }) => task === 'regression');
    const sums = isRegression ? await this.repository.sumErrors(this.database, modelId, since) : [];
    return counts.flatMap(({ version, count, first, last }) => {
      const known = versions.find((each) => each.version === version);
      if (known === undefined) return [];
      const own = actuals.filter((actual) => actual.version === version);
      const metrics =
        known.task === 'classification'
          ? classificationMetrics(own, known.signature.target.classes ?? [])
          : regressionMetrics(sums.find((sum) => sum.version === version));
      return [
        {
          version,
          nPredictions: count,
          nActuals: own.reduce((sum, actual) => sum + actual.count, 0),
          firstAt: first,
          lastAt: last,
          metrics: hasActuals(known.task) ? metrics : {},
        },
      ];
    });
  }
}

/** A wrong label would only lower the score, and nobody would see why. */
function assertActual({ task, target }: ModelSignature, actual: string | number | boolean): void {
  if (task === 'clustering') throw invalidActual('A clustering has no true value.');
  if (task === 'regression' && typeof actual !== 'number')
    throw invalidActual('The actual must be a number.');
  if (task === 'classification' && !target.classes?.includes(actual)) {
    throw invalidActual('The actual must be one of the classes that the version knows, in its type.');
  }
}

function invalidActual(message: string): Problem {
  return new Problem('invalid_actual', message, [{ code: 'invalid_argument', argument: 'actual', message }]);
}

export function predictionNotFound(): Problem {
  return new Problem('prediction_not_found', 'No prediction of this id is kept.');
}
