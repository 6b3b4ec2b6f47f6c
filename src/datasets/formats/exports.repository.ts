import { Injectable } from '@nestjs/common';
import type { DatabaseClient } from '../../database/database-client.js';

/** A version of a data set and the form that its file has. */
export interface ExportName {
  readonly datasetId: string;
  readonly version: number;
  readonly form: string;
}

/** A file that was made for a download and is kept for the next ones. */
export interface StoredExport {
  readonly key: string;
  readonly nBytes: number;
  readonly sha256: string;
}

interface ExportRow {
  key: string;
  n_bytes: number;
  sha256: string;
}

/** All SQL on files that were made for downloads. */
@Injectable()
export class ExportsRepository {
  /** Finds it and keeps it from expiring: it is not swept away while it is read. */
  async use(
    client: DatabaseClient,
    { datasetId, version, form }: ExportName,
  ): Promise<StoredExport | undefined> {
    const row = await client.one<ExportRow>(
      `update dataset_exports set used_at = now() where dataset_id = $1 and version = $2 and form = $3
       returning key, n_bytes, sha256`,
      [datasetId, version, form],
    );
    return row && { key: row.key, nBytes: row.n_bytes, sha256: row.sha256 };
  }

  /**
   * Names a file that is in the store. False when there is one already, or when the version has gone meanwhile: it is
   * told by its table, because a data set that is deleted and made again counts its versions from 1.
   */
  async insert(
    client: DatabaseClient,
    { datasetId, version, form }: ExportName,
    tableKey: string,
    file: StoredExport,
  ): Promise<boolean> {
    const nInserted = await client.execute(
      `insert into dataset_exports (dataset_id, version, form, key, n_bytes, sha256)
       select dataset_id, version, $3, $5, $6, $7 from dataset_versions
       where dataset_id = $1 and version = $2 and table_key = $4 for key share
       on conflict (dataset_id, version, form) do nothing`,
      [datasetId, version, form, tableKey, file.key, file.nBytes, file.sha256],
    );
    return nInserted === 1;
  }

  /** Forgets a file that is not in the store any more. */
  async forget(client: DatabaseClient, key: string): Promise<void> {
    await client.execute('delete from dataset_exports where key = $1', [key]);
  }
}
