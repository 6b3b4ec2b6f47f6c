import { Injectable } from '@nestjs/common';
import { Database } from '../../../database/database.js';
import type { DatasetRecord } from './record.js';

const COLUMNS =
  'id, owner_id as "ownerId", name, format, created_at as "createdAt", updated_at as "updatedAt"';

@Injectable()
export class DatasetRecordsRepository {
  constructor(private readonly database: Database) {}

  listOf(ownerId: string): Promise<DatasetRecord[]> {
    return this.database.query<DatasetRecord>(
      `select ${COLUMNS} from data_server.datasets where owner_id = $1 order by created_at, id`,
      [ownerId],
    );
  }

  find(id: string): Promise<DatasetRecord | undefined> {
    return this.database.one<DatasetRecord>(`select ${COLUMNS} from data_server.datasets where id = $1`, [
      id,
    ]);
  }

  /** Undefined when the owner has another of this name. */
  insert(id: string, ownerId: string, name: string, format: string): Promise<DatasetRecord | undefined> {
    return this.database.one<DatasetRecord>(
      `insert into data_server.datasets (id, owner_id, name, format) values ($1, $2, $3, $4)
       on conflict (owner_id, name) do nothing returning ${COLUMNS}`,
      [id, ownerId, name, format],
    );
  }

  /** What is null stays. Undefined when the owner has another of this name. */
  update(id: string, name: string | null, format: string | null): Promise<DatasetRecord | undefined> {
    return this.database.one<DatasetRecord>(
      `update data_server.datasets d
       set name = coalesce($2, name), format = coalesce($3, format), updated_at = now()
       where id = $1 and not exists (select from data_server.datasets o
                                     where o.owner_id = d.owner_id and o.name = $2 and o.id <> d.id)
       returning ${COLUMNS}`,
      [id, name, format],
    );
  }

  async delete(id: string): Promise<void> {
    await this.database.execute('delete from data_server.datasets where id = $1', [id]);
  }
}
