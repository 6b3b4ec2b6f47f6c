import { Injectable } from '@nestjs/common';
import type { DatabaseClient } from '../database/database-client.js';
import type { Dataset, DatasetListQuery, NewDatasetVersion } from './dataset-types.js';
import { toVersion, VERSION_COLUMNS, type VersionRow } from './dataset-version.repository.js';

interface DatasetRow extends VersionRow {
  id: string;
  owner_id: string;
  name: string;
  created_at: Date;
  updated_at: Date;
}

const DATASETS = `select d.id, d.owner_id, d.name, d.created_at, d.updated_at, ${VERSION_COLUMNS}
  from datasets d join dataset_versions v on v.dataset_id = d.id and v.version = d.current_version`;

/** All SQL on data sets; what looks at one version is in DatasetVersionRepository. */
@Injectable()
export class DatasetRepository {
  async find(client: DatabaseClient, id: string): Promise<Dataset | undefined> {
    const row = await client.one<DatasetRow>(`${DATASETS} where d.id = $1`, [id]);
    return row && toDataset(row);
  }

  /** By id, which is what `after` pages on. */
  async list(client: DatabaseClient, query: DatasetListQuery): Promise<Dataset[]> {
    const rows = await client.query<DatasetRow>(
      `${DATASETS} where ($1::text is null or d.owner_id = $1) and ($2::text is null or d.id > $2)
       order by d.id limit $3`,
      [query.ownerId ?? null, query.after ?? null, query.limit ?? 50],
    );
    return rows.map(toDataset);
  }

  /**
   * Makes the data set or takes over its new name and owner, and numbers its next version. The row stays locked until
   * the transaction ends, so that two uploads at once get two numbers.
   */
  async nextVersion(
    client: DatabaseClient,
    dataset: { id: string; ownerId: string; name: string },
  ): Promise<number> {
    const row = await client.one<{ current_version: number }>(
      `insert into datasets (id, owner_id, name, current_version) values ($1, $2, $3, 1)
       on conflict (id) do update set owner_id = excluded.owner_id, name = excluded.name,
         current_version = datasets.current_version + 1, updated_at = now()
       returning current_version`,
      [dataset.id, dataset.ownerId, dataset.name],
    );
    return row!.current_version;
  }

  async insertVersion(
    client: DatabaseClient,
    datasetId: string,
    version: number,
    content: NewDatasetVersion,
  ): Promise<void> {
    await client.execute(
      `insert into dataset_versions (dataset_id, version, format, media_type, file_name, original_key, table_key,
         n_bytes, sha256, n_rows, n_columns, schema, dialect, profile, reports)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
      [
        datasetId,
        version,
        content.format,
        content.mediaType,
        content.fileName,
        content.originalKey,
        content.tableKey,
        content.nBytes,
        content.sha256,
        content.nRows,
        content.columns.length,
        JSON.stringify(content.columns),
        JSON.stringify(content.dialect),
        content.profile === null ? null : JSON.stringify(content.profile),
        JSON.stringify(content.reports),
      ],
    );
  }

  /** Holds the data set until the transaction ends; false when there is none. */
  async lock(client: DatabaseClient, id: string): Promise<boolean> {
    return (await client.one('select id from datasets where id = $1 for update', [id])) !== undefined;
  }

  /** Deletes the data set with all versions; returns the keys of their files. */
  async delete(client: DatabaseClient, id: string): Promise<string[]> {
    const exports = await client.query<{ key: string }>(
      'delete from dataset_exports where dataset_id = $1 returning key',
      [id],
    );
    const rows = await client.query<{ original_key: string; table_key: string }>(
      'delete from dataset_versions where dataset_id = $1 returning original_key, table_key',
      [id],
    );
    await client.execute('delete from datasets where id = $1', [id]);
    return [...rows.flatMap((row) => [row.original_key, row.table_key]), ...exports.map(({ key }) => key)];
  }
}

function toDataset(row: DatasetRow): Dataset {
  return {
    id: row.id,
    ownerId: row.owner_id,
    name: row.name,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    current: toVersion(row),
  };
}
