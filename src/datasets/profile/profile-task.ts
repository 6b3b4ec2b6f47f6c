import { mkdir, rm } from 'node:fs/promises';
import type { IngestInput, IngestOutput } from '../ingest/ingest-types.js';
import { countClassesOf, type ProfileInput, profileTable, profileTargetOf } from './profile-table.js';
import type { ClassCountEstimate, TableProfile, TargetProfile } from './profile-types.js';

/** DuckDB's part of the process's memory. */
const DUCKDB_SHARE = 0.6;

/** What the profile process is asked; only what is asked for is computed. */
export interface ProfileTaskInput extends ProfileInput {
  /** Absent: it is made. */
  readonly profile?: TableProfile;
  readonly target?: string;
  readonly classes: boolean;
}

export interface ProfileTaskOutput {
  readonly profile: TableProfile;
  readonly target: TargetProfile | null;
  readonly classes: ClassCountEstimate | null;
}

export async function answerProfileTask(task: ProfileTaskInput): Promise<ProfileTaskOutput> {
  const { profile: known, target, classes, ...asked } = task;
  const input = { ...asked, memoryMb: Math.floor(asked.memoryMb * DUCKDB_SHARE) };
  const profile = known ?? (await profileTable(input));
  const ids = profile.warnings.filter(({ code }) => code === 'id_like').map(({ column }) => column);
  return {
    profile,
    target: target === undefined ? null : await profileTargetOf(input, target, profile.columns),
    classes: classes ? await countClassesOf(input, target === undefined ? ids : [...ids, target]) : null,
  };
}

/**
 * The profile of a table that has just been written. A table that is too much to be profiled is taken all the same: its
 * profile is null then, and is tried again when somebody asks for it.
 */
export async function profileAfterIngest(
  { tablePath, limits }: IngestInput,
  { columns, nRows }: IngestOutput,
): Promise<TableProfile | null> {
  const spillDir = `${tablePath}.spill`;
  await mkdir(spillDir, { recursive: true });
  const memoryMb = Math.floor(limits.memoryMb * DUCKDB_SHARE);
  try {
    return await profileTable({ tablePath, columns, nRows, threads: limits.threads, memoryMb, spillDir });
  } catch (error) {
    // Errors of the profile hold no data: they name the kind of the failure.
    process.stderr.write(`no profile was made: ${error instanceof Error ? error.message : 'unknown'}\n`);
    return null;
  } finally {
    await rm(spillDir, { recursive: true, force: true });
  }
}
