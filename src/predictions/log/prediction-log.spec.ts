import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import type { Database } from '../../database/database.js';
import type { Metrics } from '../../observability/metrics.js';
import type { Observation } from '../scoring/prediction-observer.js';
import type { ScoringService } from '../scoring/scoring.service.js';
import type { LogChoices } from './log-choices.js';
import type { LoggedRow } from './log-types.js';
import { PredictionLog } from './prediction-log.js';
import type { PredictionLogRepository } from './prediction-log.repository.js';
import { type RowText, textOfRow } from './row-text.js';

/** A log before a database that answers when it is told to. */
function makeLog(sampleShare = 1) {
  const statements: { rows: readonly RowText[]; answer: (error?: Error) => void }[] = [];
  const registry = new Registry();
  const repository = {
    insert: (_client: unknown, rows: readonly RowText[]) =>
      new Promise<void>((resolve, reject) => {
        statements.push({ rows, answer: (error) => (error === undefined ? resolve() : reject(error)) });
      }),
  };
  const log = new PredictionLog(
    {} as ScoringService,
    { get: () => ({ sampleShare, keepDays: 1, retrainOnDrift: false }) } as unknown as LogChoices,
    {} as Database,
    repository as unknown as PredictionLogRepository,
    { registry } as Metrics,
  );
  const nDropped = async () => {
    const text = await registry.metrics();
    return Number(/^trainyard_prediction_log_dropped_rows_total (\d+)$/m.exec(text)?.[1]);
  };
  /** Answers every statement that comes until nothing waits. */
  const drain = async () => {
    const settled = log.settled();
    let isSettled = false;
    void settled.then(() => {
      isSettled = true;
    });
    const nRows: number[] = [];
    while (!isSettled) {
      for (const { rows, answer } of statements.splice(0)) {
        nRows.push(rows.length);
        answer();
      }
      await undefined;
    }
    return nRows;
  };
  return { log, statements, nDropped, drain };
}

const KEY = { modelId: 'm', version: 1, sha256: 'a' };

function observation(nRows: number, note = ''): Observation {
  const rows = Array.from({ length: nRows }, (_, i) => ({ age: i, note }));
  return {
    model: KEY,
    protocol: 'native',
    request: { input: { kind: 'rows', rows }, options: {} },
    result: {
      nRows,
      outputs: new Float64Array(nRows),
      decisions: new Int32Array(0),
      warnings: [],
      predictionId: 'p',
    },
    caller: { requestId: 'r', ownerId: 'o' },
    latencyMs: 1,
  } as unknown as Observation;
}

describe('the log before the database', () => {
  it('writes many requests in few statements, one after the other', async () => {
    const { log, statements, drain } = makeLog();
    for (let n = 0; n < 1200; n++) log.observed(observation(1));
    expect(statements.length).toBeLessThanOrEqual(1);
    expect(await drain()).toEqual([500, 500, 200]);
  });

  it('holds so many rows and no more while the database does not answer, and counts the others', async () => {
    const { log, statements, nDropped, drain } = makeLog();
    for (let n = 0; n < 50; n++) log.observed(observation(1000));
    await undefined;
    expect(statements.length).toBeLessThanOrEqual(1);
    const nKept = (await drain()).reduce((sum, n) => sum + n, 0);
    expect(nKept).toBeLessThanOrEqual(20_500);
    expect(await nDropped()).toBe(50_000 - nKept);
  });

  it('holds no more than so many characters either, and writes as many together as the database takes', async () => {
    const { log, nDropped, drain } = makeLog();
    const note = 'x'.repeat(5 * 1024 * 1024);
    for (let n = 0; n < 20; n++) log.observed(observation(1, note));
    expect(await nDropped()).toBe(20 - 12);
    expect(await drain()).toEqual([3, 3, 3, 3]);
    for (let n = 0; n < 20; n++) log.observed(observation(1, note));
    expect(await nDropped()).toBe(2 * (20 - 12));
  });

  it('writes texts that the database has no place for with another character', () => {
    const escaped = 'a\\u0000 \\\\ \\ud800 "\n';
    const row = {
      input: { ['zero \0']: 'half \ud83d, whole \u{1f600}, low \udc00', escaped },
    } as unknown as LoggedRow;
    expect(JSON.parse(textOfRow(row))).toEqual({
      input: { ['zero \ufffd']: 'half \ufffd, whole \u{1f600}, low \ufffd', escaped },
    });
  });

  it('keeps a thousand rows of a request, and goes on when a statement has failed', async () => {
    const { log, statements, nDropped, drain } = makeLog();
    log.observed(observation(1500));
    const settled = log.settled();
    await expect.poll(() => statements.length).toBe(1);
    statements.shift()!.answer(new Error('no connection'));
    await expect.poll(() => statements.length).toBe(1);
    expect(await drain()).toEqual([500]);
    await settled;
    expect(await nDropped()).toBe(500 + 500);
  });

  it('writes the rows of a file beside the queue', async () => {
    const { log, nDropped, drain } = makeLog();
    const rows = Array.from({ length: 1100 }, () => ({}) as LoggedRow);
    const written = log.write(rows, 7);
    expect(await drain()).toEqual([500, 500, 100]);
    await written;
    expect(await nDropped()).toBe(7);
  });

  it('takes the share that was chosen', () => {
    const { log } = makeLog(0.3);
    const nWanted = Array.from({ length: 5000 }, () => log.wants(KEY)).filter(Boolean).length;
    // Eight standard deviations.
    expect(Math.abs(nWanted - 1500)).toBeLessThan(260);
    expect(makeLog(0).log.wants(KEY)).toBe(false);
    expect(makeLog(1).log.wants(KEY)).toBe(true);
  });
});
