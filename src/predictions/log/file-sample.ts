import { randomInt } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Json } from '../../learn/json.js';
import type { SampledRow, SampleQuestion } from '../files/process/row-sample.js';
import { LogChoices } from './log-choices.js';
import type { LoggedRow } from './log-types.js';
import { PredictionLog } from './prediction-log.js';

const MAX_SEED = 2 ** 32;

/** A file that was predicted, and its rows that are to be kept. */
export interface PredictedFile
  extends Omit<LoggedRow, 'row' | 'input' | 'outputs' | 'decision' | 'warnings'> {
  readonly rows: readonly SampledRow[];
  /** Asked for, and more than one file may leave. */
  readonly nLost: number;
}

/** The log's part of whole files: a row of a file counts as much as a row of a request. */
@Injectable()
export class FileSample {
  constructor(
    private readonly choices: LogChoices,
    private readonly log: PredictionLog,
  ) {}

  /** Which rows of a file of this model are wanted; undefined: none. */
  question(modelId: string): SampleQuestion | undefined {
    const { sampleShare: share } = this.choices.get(modelId);
    return share === 0 ? undefined : { share, seed: randomInt(MAX_SEED) };
  }

  /** Resolves when the rows are written, or given up: a log that cannot be written fails no file. */
  keep({ rows, nLost, ...shared }: PredictedFile): Promise<void> {
    const logged = rows.map((row) => ({ ...shared, ...row, input: row.input as Json }));
    return this.log.write(logged, nLost);
  }
}
