import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Counter } from 'prom-client';
import { Database } from '../../database/database.js';
import type { Json } from '../../learn/json.js';
import { Metrics } from '../../observability/metrics.js';
import type { ModelKey } from '../scoring/model-cache.js';
import type { Observation, PredictionObserver } from '../scoring/prediction-observer.js';
import { ScoringService } from '../scoring/scoring.service.js';
import { rowsOf } from '../scoring/served-model.js';
import { LogChoices } from './log-choices.js';
import type { LoggedRow } from './log-types.js';
import { PredictionLogRepository } from './prediction-log.repository.js';
import { type RowText, textOfRow } from './row-text.js';

/** Rows that wait for the database; beyond it they are dropped and counted: predictions go on. */
const MAX_WAITING_ROWS = 20_000;
/** The same of their JSON: a row has whatever columns its caller sends. */
const MAX_WAITING_CHARACTERS = 64 * 1024 * 1024;
/** Of one request. Whoever wants all rows of large requests back keeps the file that was sent. */
const MAX_ROWS_PER_REQUEST = 1_000;
/** Some hundreds of rows go in one statement, and nobody waits long to find their prediction. */
const BATCH_ROWS = 500;
/** The database's bound for a statement is sixteen times as much. */
const BATCH_CHARACTERS = 16 * 1024 * 1024;
const FLUSH_AFTER_MS = 200;

/** Keeps predictions: written in batches, beside the way of the requests. */
@Injectable()
export class PredictionLog implements PredictionObserver, OnModuleInit, OnApplicationShutdown {
  readonly #log = new Logger('predictions');
  readonly #dropped: Counter;
  #waiting: RowText[] = [];
  #nWaitingCharacters = 0;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly scoring: ScoringService,
    private readonly choices: LogChoices,
    private readonly database: Database,
    private readonly repository: PredictionLogRepository,
    metrics: Metrics,
  ) {
    this.#dropped = new Counter({
      name: 'trainyard_prediction_log_dropped_rows_total',
      help: 'Predicted rows that were to be kept and could not be.',
      registers: [metrics.registry],
    });
  }

  onModuleInit(): void {
    this.scoring.observe(this);
  }

  wants({ modelId }: ModelKey): boolean {
    const { sampleShare } = this.choices.get(modelId);
    return sampleShare > 0 && (sampleShare >= 1 || Math.random() < sampleShare);
  }

  observed(observation: Observation): void {
    const { nRows } = observation.result;
    const nAsked = Math.min(nRows, MAX_ROWS_PER_REQUEST, MAX_WAITING_ROWS - this.#waiting.length);
    let nKept = 0;
    for (const row of nAsked === 0 ? [] : toRows(observation, nAsked)) {
      const text = textOfRow(row);
      if (this.#nWaitingCharacters + text.length > MAX_WAITING_CHARACTERS) break;
      this.#waiting.push(text);
      this.#nWaitingCharacters += text.length;
      nKept++;
    }
    if (nKept < nRows) this.#dropped.inc(nRows - nKept);
    if (nKept === 0) return;
    if (this.#waiting.length >= BATCH_ROWS) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), FLUSH_AFTER_MS);
  }

  /**
   * Writes rows that nobody waits for in a request: those of a file. They are no part of the queue, whose bound is for
   * what comes in.
   * @param nLost further ones that could not be brought
   */
  write(rows: readonly LoggedRow[], nLost: number): Promise<void> {
    if (nLost > 0) this.#dropped.inc(nLost);
    this.#writing = this.#writing.then(async () => {
      for (let from = 0; from < rows.length; from += BATCH_ROWS) {
        await this.#insert(rows.slice(from, from + BATCH_ROWS).map(textOfRow));
      }
    });
    return this.#writing;
  }

  /** Resolves when everything that was observed before is written, or given up. */
  async settled(): Promise<void> {
    this.#flush();
    await this.#writing;
  }

  onApplicationShutdown(): Promise<void> {
    return this.settled();
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#writeWaiting());
  }

  /** One statement after the other: a slow database is not asked more than it can answer. */
  async #writeWaiting(): Promise<void> {
    while (this.#waiting.length > 0) {
      const rows = this.#waiting.slice(0, nTogether(this.#waiting));
      this.#waiting = this.#waiting.slice(rows.length);
      for (const { length } of rows) this.#nWaitingCharacters -= length;
      await this.#insert(rows);
    }
  }

  async #insert(rows: readonly RowText[]): Promise<void> {
    try {
      await this.repository.insert(this.database, rows);
    } catch (error) {
      this.#dropped.inc(rows.length);
      this.#log.warn({ msg: 'predictions could not be kept', nRows: rows.length, err: error });
    }
  }
}

/** How many of the first ones go in one statement. */
function nTogether(rows: readonly RowText[]): number {
  let nCharacters = rows[0]?.length ?? 0;
  let n = 1;
  while (n < rows.length && n < BATCH_ROWS) {
    nCharacters += rows[n]!.length;
    if (nCharacters > BATCH_CHARACTERS) break;
    n++;
  }
  return n;
}

function toRows(observation: Observation, nRows: number): LoggedRow[] {
  const { model, protocol, request, result, caller, latencyMs } = observation;
  const { outputs, decisions, warnings } = result;
  const nOutputs = outputs.length / result.nRows;
  const inputs = rowsOf(request.input);
  const createdAt = new Date();
  const shared = {
    id: result.predictionId,
    modelId: model.modelId,
    modelVersion: model.version,
    protocol,
    requestId: caller.requestId,
    callerId: caller.callerId ?? null,
    latencyMs,
    createdAt,
  };
  return Array.from({ length: nRows }, (_, row) => ({
    ...shared,
    row,
    input: inputs[row] as Json,
    outputs: Array.from(outputs.subarray(row * nOutputs, (row + 1) * nOutputs)),
    decision: decisions.length > 0 ? (decisions[row] as number) : null,
    warnings: warnings.filter((warning) => warning.row === row).map(({ code, column }) => ({ code, column })),
  }));
}
