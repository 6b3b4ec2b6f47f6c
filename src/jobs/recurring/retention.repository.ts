import type { DatabaseClient } from '../../database/database-client.js';

/** Deletes what has been kept long enough. Returns how many rows went, by table. */
export async function deleteExpired(
  client: DatabaseClient,
  retentionDays: number,
): Promise<{ trainings: number; deliveries: number }> {
  const deliveries = await client.execute(
    `delete from callback_deliveries
     where status <> 'pending' and created_at < now() - make_interval(days => $1)`,
    [retentionDays],
  );
  // A training whose outcome was not told yet is kept until it is; that of a current version is what a new one repeats.
  const trainings = await client.execute(
    `delete from trainings t
     where t.finished_at < now() - make_interval(days => $1)
       and not exists (select from callback_deliveries d where d.subject = t.id::text and d.status = 'pending')
       and not exists (select from models m join model_versions v on v.model_id = m.id and v.version = m.current_version
                       where v.training_id = t.id)`,
    [retentionDays],
  );
  return { trainings, deliveries };
}

/** Predictions that are older than their model's owner, or the settings, want them, or too many. Returns how many went. */
export async function deleteExpiredPredictions(
  client: DatabaseClient,
  standardDays: number,
  maxRowsPerModel: number,
): Promise<number> {
  const tooOld = await client.execute(
    `delete from predictions p using models m left join prediction_log_settings s on s.model_id = m.id
     where p.model_id = m.id and p.created_at < now() - make_interval(days => coalesce(s.keep_days, $1))`,
    [standardDays],
  );
  const tooMany = await client.execute(
    `delete from predictions p using (
       select m.id as model_id, (select created_at from predictions l where l.model_id = m.id
                                 order by created_at desc, id desc, row offset $1 limit 1) as last_at
       from models m
     ) as full_log
     where p.model_id = full_log.model_id and p.created_at <= full_log.last_at`,
    [maxRowsPerModel],
  );
  return tooOld + tooMany;
}

/** Those of the keys that no row names. */
export async function keysWithoutRow(client: DatabaseClient, keys: readonly string[]): Promise<string[]> {
  const rows = await client.query<{ key: string }>(
    `select key.key from unnest($1::text[]) as key (key)
     where not exists (select from dataset_versions v where v.original_key = key.key or v.table_key = key.key)
       and not exists (select from dataset_exports e where e.key = key.key)
       and not exists (select from prediction_file_contents f where f.key = key.key)
       and not exists (select from model_versions m where m.bundle_key = key.key)`,
    [keys],
  );
  return rows.map((row) => row.key);
}

/** Forgets files that were made for downloads and have not been asked for since; what no row names is an orphan. */
export async function deleteExpiredExports(client: DatabaseClient, keptHours: number): Promise<number> {
  return client.execute('delete from dataset_exports where used_at < now() - make_interval(hours => $1)', [
    keptHours,
  ]);
}

/** Forgets files of predictions that have been kept long enough, and with them their files in the store. */
export async function deleteExpiredPredictionFiles(
  client: DatabaseClient,
  keptHours: number,
): Promise<number> {
  return client.execute(
    'delete from prediction_files where coalesce(finished_at, lease_until) < now() - make_interval(hours => $1)',
    [keptHours],
  );
}

/** Resumable uploads that were not gone on with in time; returns where their files lie. */
export async function deleteExpiredUploads(client: DatabaseClient): Promise<string[]> {
  const rows = await client.query<{ path: string }>(
    'delete from uploads where expires_at <= now() returning path',
  );
  return rows.map((row) => row.path);
}

/** The names of the files that resumable uploads are growing in. */
export async function partsOfUploads(client: DatabaseClient): Promise<Set<string>> {
  const rows = await client.query<{ name: string }>(
    `select regexp_replace(path, '^.*[/\\\\]', '') as name from uploads where completed_version is null`,
  );
  return new Set(rows.map((row) => row.name));
}
