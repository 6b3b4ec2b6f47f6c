import { Injectable } from '@nestjs/common';
import type { DatabaseClient } from '../database/database-client.js';
import type { DatasetVersion, DatasetVersionUse } from './dataset-types.js';
import type { ColumnSchema, Dialect, IngestReport } from './ingest/ingest-types.js';
import type { TableProfile } from './profile/profile-types.js';

export interface VersionRow {
  version: number;
  format: string;
  media_type: string;
  file_name: string | null;
  original_key: string;
  table_key: string;
  n_bytes: number;
  sha256: string;
  n_rows: number;
  n_columns: number;
  schema: ColumnSchema[];
  dialect: Dialect;
  reports: IngestReport[];
  version_created_at: Date;
}

/** Of `dataset_versions v`; a profile is large and is asked for by itself. */
export const VERSION_COLUMNS = `v.version, v.format, v.media_type, v.file_name, v.original_key, v.table_key, v.n_bytes,
  v.sha256, v.n_rows, v.n_columns, v.schema, v.dialect, v.reports, v.created_at as version_created_at`;

/** SQL on single versions of data sets. */
@Injectable()
export class DatasetVersionRepository {
  async find(client: DatabaseClient, id: string, version: number): Promise<DatasetVersion | undefined> {
    const row = await client.one<VersionRow>(
      `select ${VERSION_COLUMNS} from dataset_versions v where v.dataset_id = $1 and v.version = $2`,
      [id, version],
    );
    return row && toVersion(row);
  }

  /** The newest first; only those below `before`. */
  async list(
    client: DatabaseClient,
    id: string,
    { limit, before }: { limit: number; before?: number | undefined },
  ): Promise<DatasetVersion[]> {
    const rows = await client.query<VersionRow>(
      `select ${VERSION_COLUMNS} from dataset_versions v
       where v.dataset_id = $1 and ($2::integer is null or v.version < $2)
       order by v.version desc limit $3`,
      [id, before ?? null, limit],
    );
    return rows.map(toVersion);
  }

  /** Null when none was made yet. */
  async findProfile(client: DatabaseClient, id: string, version: number): Promise<TableProfile | null> {
    const row = await client.one<{ profile: TableProfile | null }>(
      'select profile from dataset_versions where dataset_id = $1 and version = $2',
      [id, version],
    );
    return row?.profile ?? null;
  }

  async keepProfile(
    client: DatabaseClient,
    id: string,
    version: number,
    profile: TableProfile,
  ): Promise<void> {
    await client.execute(
      'update dataset_versions set profile = $3 where dataset_id = $1 and version = $2 and profile is null',
      [id, version, JSON.stringify(profile)],
    );
  }

  /** Writes down that a model version was made of this one. */
  async insertUse(client: DatabaseClient, use: DatasetVersionUse): Promise<void> {
    await client.execute(
      `insert into dataset_version_uses (dataset_id, dataset_version, model_id, model_version)
       values ($1, $2, $3, $4)`,
      [use.datasetId, use.datasetVersion, use.modelId, use.modelVersion],
    );
  }

  /**
   * Deletes all but the newest versions, the named ones and those that a model version was made of. Returns the keys of
   * their files.
   */
  async prune(
    client: DatabaseClient,
    id: string,
    nKept: number,
    needed: readonly number[],
  ): Promise<string[]> {
    // The last part sees the exports as they were before they went with their versions.
    const rows = await client.query<{ key: string }>(
      `with gone as (
         delete from dataset_versions v where v.dataset_id = $1
           and v.version not in (
             select version from dataset_versions where dataset_id = $1 order by version desc limit $2)
           and v.version <> all ($3::integer[])
           and not exists (
             select from dataset_version_uses u where u.dataset_id = $1 and u.dataset_version = v.version)
         returning v.version, v.original_key, v.table_key)
       select unnest(array[original_key, table_key]) as key from gone
       union all
       select e.key from dataset_exports e join gone using (version) where e.dataset_id = $1`,
      [id, nKept, needed],
    );
    return rows.map(({ key }) => key);
  }
}

export function toVersion(row: VersionRow): DatasetVersion {
  return {
    version: row.version,
    format: row.format,
    mediaType: row.media_type,
    fileName: row.file_name,
    originalKey: row.original_key,
    tableKey: row.table_key,
    nBytes: row.n_bytes,
    sha256: row.sha256,
    nRows: row.n_rows,
    nColumns: row.n_columns,
    columns: row.schema,
    dialect: row.dialect,
    reports: row.reports,
    createdAt: row.version_created_at,
  };
}
