import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ingest } from '../../src/datasets/ingest/ingest.js';
import { Problem } from '../../src/errors/problem.js';
import { Random } from '../../src/learn/random.js';
import { datasetFiles, mutate } from '../support/dataset-files.js';
import { type RunningService, startService } from '../support/service.js';
import { newDataset, newUser, type TestUser } from '../support/users.js';

/** Mutated files of each format; `npm run fuzz:ingest` sets 10,000. */
const N_FILES = Number(process.env['FUZZ_FILES'] ?? 10);
const N_OVER_HTTP = 2;
const FORMATS = [
  'csv',
  'tsv',
  'utf-16',
  'gzip',
  'zip',
  'json',
  'jsonl',
  'split',
  'arrow',
  'arrow stream',
  'parquet',
  'xlsx',
  'xls',
  'ods',
] as const;
/** Damaged Arrow can make its reader ask for any memory, or never end: only a process with limits may read it. */
const IN_PROCESS = FORMATS.filter((format) => !format.startsWith('arrow'));
const LIMITS = {
  maxColumns: 100,
  maxLineBytes: 100_000,
  maxUncompressedBytes: 10_000_000,
  memoryMb: 512,
  threads: 1,
};

let folder: string;
let files: Record<string, Buffer>;
let service: RunningService;
let user: TestUser;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trainyard-fuzz-'));
  files = await datasetFiles(folder);
  service = await startService({ INGEST_MEMORY_MB: '512', INGEST_TIMEOUT_SECONDS: '10' });
  user = await newUser(service);
});
afterAll(async () => {
  await service.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('mutated files', () => {
  it.each(IN_PROCESS)(
    '%s: a table or a refusal with a code, and no file is left',
    async (format) => {
      const random = new Random(7);
      const sourcePath = join(folder, 'file');
      const tablePath = join(folder, 'table.parquet');
      for (let count = 0; count < N_FILES; count++) {
        await writeFile(
          sourcePath,
          mutate(files[format]!, () => random.next()),
        );
        const outcome = await ingest({
          sourcePath,
          tablePath,
          format: 'csv',
          overrides: {},
          limits: LIMITS,
        }).catch((error: unknown) => error);
        if (outcome instanceof Error && !(outcome instanceof Problem)) {
          throw new Error(`file ${count} of ${format}: ${outcome.stack}`);
        }
        await rm(tablePath, { force: true });
        await rm(sourcePath);
        expect(await readdir(folder)).toEqual([]);
      }
    },
    60_000 + N_FILES * 1000,
  );

  it('never lead to an internal error over HTTP', async () => {
    const random = new Random(11);
    const id = await newDataset(user, 'Fuzz');
    for (const format of FORMATS) {
      for (let count = 0; count < N_OVER_HTTP; count++) {
        const body = mutate(files[format]!, () => random.next());
        const headers = { 'content-type': 'application/octet-stream' };
        const answer = await user.service.request('PUT', `/datasets/${id}/content`, {
          body,
          headers,
          bad: true,
        });
        // 504: given up at the limit of time.
        expect([200, 201, 413, 415, 504], `${format} ${count}`).toContain(answer.status);
      }
    }
    expect((await user.service.get('/health/live')).status).toBe(200);
  }, 180_000);
});
