import { Injectable } from '@nestjs/common';
import type { DatabaseClient } from '../../../database/database-client.js';
import type { UploadQuery } from '../../datasets.dto.js';
import type { ResumableUpload } from './resumable-upload.js';

interface UploadRow {
  id: string;
  dataset_id: string;
  n_bytes: number;
  n_received: number;
  path: string;
  query: UploadQuery;
  media_type: string | null;
  completed_version: number | null;
  expires_at: Date;
  is_expired: boolean;
}

const COLUMNS = `id, dataset_id, n_bytes, n_received, path, query, media_type, completed_version, expires_at,
  expires_at <= now() as is_expired`;

/** All SQL on resumable uploads. */
@Injectable()
export class UploadsRepository {
  async insert(
    client: DatabaseClient,
    upload: Pick<ResumableUpload, 'id' | 'datasetId' | 'nBytes' | 'path' | 'query' | 'mediaType'>,
    expirySeconds: number,
  ): Promise<ResumableUpload> {
    const { id, datasetId, nBytes, path, query, mediaType } = upload;
    const row = await client.one<UploadRow>(
      `insert into uploads (id, dataset_id, n_bytes, path, query, media_type, expires_at)
       values ($1, $2, $3, $4, $5, $6, now() + make_interval(secs => $7)) returning ${COLUMNS}`,
      [id, datasetId, nBytes, path, JSON.stringify(query), mediaType, expirySeconds],
    );
    return toUpload(row!);
  }

  async find(client: DatabaseClient, datasetId: string, id: string): Promise<ResumableUpload | undefined> {
    const row = await client.one<UploadRow>(
      `select ${COLUMNS} from uploads where id = $1 and dataset_id = $2`,
      [id, datasetId],
    );
    return row && toUpload(row);
  }

  async countOpen(client: DatabaseClient, datasetId: string): Promise<number> {
    const row = await client.one<{ count: number }>(
      'select count(*) as count from uploads where dataset_id = $1 and completed_version is null and expires_at > now()',
      [datasetId],
    );
    return row!.count;
  }

  /** Moves the offset on, if it is still where it was; undefined when it is not, or the upload is gone. */
  async advance(
    client: DatabaseClient,
    { id, nReceived }: ResumableUpload,
    nReceivedNow: number,
    expirySeconds: number,
  ): Promise<ResumableUpload | undefined> {
    const row = await client.one<UploadRow>(
      `update uploads set n_received = $3, expires_at = now() + make_interval(secs => $4)
       where id = $1 and n_received = $2 returning ${COLUMNS}`,
      [id, nReceived, nReceivedNow, expirySeconds],
    );
    return row && toUpload(row);
  }

  async complete(client: DatabaseClient, id: string, version: number): Promise<void> {
    await client.execute('update uploads set completed_version = $2 where id = $1', [id, version]);
  }

  async delete(client: DatabaseClient, id: string): Promise<void> {
    await client.execute('delete from uploads where id = $1', [id]);
  }
}

function toUpload(row: UploadRow): ResumableUpload {
  return {
    id: row.id,
    datasetId: row.dataset_id,
    nBytes: row.n_bytes,
    nReceived: row.n_received,
    path: row.path,
    query: row.query,
    mediaType: row.media_type,
    completedVersion: row.completed_version,
    expiresAt: row.expires_at,
    isExpired: row.is_expired,
  };
}
