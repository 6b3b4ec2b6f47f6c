import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ingest } from '../../src/datasets/ingest/ingest.js';
import type { IngestInput } from '../../src/datasets/ingest/ingest-types.js';
import { Problem } from '../../src/errors/problem.js';
import { Random } from '../../src/learn/random.js';
import { datasetFiles, mutate } from '../support/dataset-files.js';
import { IngestChild } from '../support/ingest-child.js';
import { type RunningService, startService } from '../support/service.js';
import { newDataset, newUser, type TestUser } from '../support/users.js';

/**
 * Mutated files of each format; `npm run fuzz:ingest` sets 10,000. Over HTTP each costs a process, so there are fewer.
 * FUZZ_FORMATS, a list with commas, leaves the other formats out; FUZZ_SEED gives other files.
 */
const N_FILES = Number(process.env['FUZZ_FILES'] ?? 10);
const N_OVER_HTTP = Number(process.env['FUZZ_HTTP_FILES'] ?? 2);
const N_AT_ONCE = 4;
const SEED = Number(process.env['FUZZ_SEED'] ?? 7);
const ALL_FORMATS = [
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
const FORMATS = ALL_FORMATS.filter(
  (format) => process.env['FUZZ_FORMATS']?.split(',').includes(format) ?? true,
);
/** Damaged Arrow and xls can make their readers ask for any memory, or never end: only a process with limits may read them. */
const needsProcess = (format: string) => format.startsWith('arrow') || format === 'xls';
const IN_PROCESS = FORMATS.filter((format) => !needsProcess(format));
const IN_CHILD = FORMATS.filter(needsProcess);
const CHILD_TIMEOUT_MS = 2_000;
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

/** A folder with one damaged file, which `read` takes; nothing else may lie there afterwards. */
async function feed(
  format: string,
  read: (input: IngestInput) => Promise<unknown>,
  check: (outcome: unknown, count: number) => void,
): Promise<void> {
  const random = new Random(SEED);
  const here = await mkdtemp(join(folder, 'fed-'));
  const sourcePath = join(here, 'file');
  const tablePath = join(here, 'table.parquet');
  for (let count = 0; count < N_FILES; count++) {
    await writeFile(
      sourcePath,
      mutate(files[format]!, () => random.next()),
    );
    const input: IngestInput = { sourcePath, tablePath, format: 'csv', overrides: {}, limits: LIMITS };
    check(await read(input), count);
    await rm(tablePath, { force: true });
    await rm(sourcePath);
    expect(await readdir(here)).toEqual([]);
  }
  await rm(here, { recursive: true });
}

const DEADLINE_MS = 60_000 + N_FILES * 1000;

describe('mutated files', () => {
  it.each(IN_PROCESS)(
    '%s: a table or a refusal with a code, and no file is left',
    async (format) => {
      await feed(
        format,
        (input) => ingest(input).catch((error: unknown) => error),
        (outcome, count) => {
          if (outcome instanceof Error && !(outcome instanceof Problem)) {
            throw new Error(`file ${count} of ${format}: ${outcome.stack}`);
          }
        },
      );
    },
    DEADLINE_MS,
  );

  it.each(IN_CHILD)(
    '%s, in a process that may have to be ended: a table or a refusal with a code',
    async (format) => {
      const child = new IngestChild(LIMITS.memoryMb, CHILD_TIMEOUT_MS);
      try {
        await feed(
          format,
          async (input) => {
            const outcome = await child.take(input);
            // What is left of a reader that was ended is its parent's to clear away.
            if (outcome === 'ended') await clear(input);
            return outcome;
          },
          (outcome, count) => expect(outcome, `file ${count} of ${format}`).toMatch(/^[a-z_]+$/),
        );
        process.stderr.write(`${format}: ${child.nStarted - 1} of ${N_FILES} files ended their reader\n`);
      } finally {
        child.stop();
      }
    },
    DEADLINE_MS,
  );

  it(
    'never lead to an internal error over HTTP',
    async () => {
      const random = new Random(SEED + 4);
      const bodies = FORMATS.flatMap((format) =>
        Array.from({ length: N_OVER_HTTP }, () => mutate(files[format]!, () => random.next())),
      );
      const headers = { 'content-type': 'application/octet-stream' };
      const send = async (_: unknown, sender: number) => {
        const id = await newDataset(user, `Fuzz ${sender}`);
        for (let body = bodies.pop(); body !== undefined; body = bodies.pop()) {
          const nLeft = bodies.length;
          const path = `/datasets/${id}/content`;
          const answer = await user.service.request('PUT', path, { body, headers, bad: true });
          // 504: given up at the limit of time.
          expect([200, 201, 413, 415, 504], `with ${nLeft} left`).toContain(answer.status);
        }
      };
      await Promise.all(Array.from({ length: N_AT_ONCE }, send));
      expect((await user.service.get('/health/live')).status).toBe(200);
      expect(await readdir(join(service.storageDir, 'scratch'))).toEqual([]);
    },
    180_000 + FORMATS.length * N_OVER_HTTP * 1000,
  );
});

async function clear({ tablePath }: IngestInput): Promise<void> {
  for (const suffix of ['', '.plain', '.spill']) {
    await rm(`${tablePath}${suffix}`, { recursive: true, force: true });
  }
}
