import { Injectable } from '@nestjs/common';
import { Database } from '../../../database/database.js';
import type { DatabaseClient } from '../../../database/database-client.js';

/** Longer than anybody goes on delivering the same callback. */
const REMEMBERED_DAYS = 30;

/** Which callbacks have come. */
@Injectable()
export class ReceivedCallbacksRepository {
  constructor(private readonly database: Database) {}

  /** Runs `effect` together with remembering the id, unless the id is known: each callback takes effect once. */
  async once(id: string, effect: (client: DatabaseClient) => Promise<void>): Promise<void> {
    await this.database.transaction(async (client) => {
      const isNew = await client.execute(
        'insert into data_server.received_callbacks (id) values ($1) on conflict do nothing',
        [id],
      );
      if (isNew === 0) return;
      await effect(client);
      await client.execute(
        'delete from data_server.received_callbacks where received_at < now() - make_interval(days => $1)',
        [REMEMBERED_DAYS],
      );
    });
  }
}
