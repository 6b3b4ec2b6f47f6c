import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import type { DatabaseClient } from '../database/database-client.js';
import type {
  ClaimedDelivery,
  Delivery,
  DeliveryAttempt,
  DeliveryOutcome,
  DeliveryStatus,
} from './delivery.js';

interface DeliveryRow {
  id: string;
  type: string;
  subject: string;
  status: DeliveryStatus;
  attempts: number;
  next_attempt_at: Date;
  last_status: number | null;
  last_error: string | null;
  log: DeliveryAttempt[];
  created_at: Date;
  delivered_at: Date | null;
}

export interface DeliveryFilter {
  readonly status?: DeliveryStatus;
  readonly subject?: string;
  readonly before?: string;
  readonly limit: number;
}

/** The log of one delivery keeps this many attempts: a row that is replayed for ever must not grow for ever. */
const LOG_LENGTH = 50;

/** The outbox: every statement on callback_deliveries. */
@Injectable()
export class CallbacksRepository {
  constructor(private readonly db: Database) {}

  async insert(
    client: DatabaseClient,
    delivery: { id: string; type: string; subject: string; payload: string; dueAt: Date },
  ): Promise<void> {
    await client.execute(
      `insert into callback_deliveries (id, type, subject, payload, status, next_attempt_at)
       values ($1, $2, $3, $4, 'pending', $5)`,
      [delivery.id, delivery.type, delivery.subject, delivery.payload, delivery.dueAt],
    );
  }

  /** Takes due deliveries for this process alone; `skip locked` keeps claimers from waiting for each other. */
  async claimDue(now: Date, leaseExpiresAt: Date, limit: number): Promise<ClaimedDelivery[]> {
    const rows = await this.db.query<{ id: string; payload: string; attempts: number }>(
      `update callback_deliveries set attempts = attempts + 1, lease_expires_at = $2
       where id in (
         select id from callback_deliveries
         where status = 'pending' and next_attempt_at <= $1
           and (lease_expires_at is null or lease_expires_at <= $1)
         order by next_attempt_at limit $3 for update skip locked)
       returning id, payload, attempts`,
      [now, leaseExpiresAt, limit],
    );
    return rows.map((row) => ({ ...row, leaseExpiresAt }));
  }

  /** Writes what became of a claim; false when the claim had expired and somebody else has taken the delivery. */
  async record(claim: ClaimedDelivery, outcome: DeliveryOutcome): Promise<boolean> {
    const { status, attempt } = outcome;
    const changed = await this.db.execute(
      `update callback_deliveries set status = $3, next_attempt_at = coalesce($4, next_attempt_at),
         lease_expires_at = null, last_status = $5, last_error = $6,
         delivered_at = case when $3 = 'delivered' then $7::timestamptz else delivered_at end,
         log = case when jsonb_array_length(log) >= ${LOG_LENGTH} then log - 0 else log end || $8::jsonb
       where id = $1 and lease_expires_at = $2 and attempts = $9`,
      [
        claim.id,
        claim.leaseExpiresAt,
        status,
        outcome.nextAttemptAt ?? null,
        attempt.status ?? null,
        attempt.error ?? null,
        attempt.at,
        JSON.stringify([attempt]),
        claim.attempts,
      ],
    );
    return changed === 1;
  }

  /** When the next pending delivery may be sent. */
  async nextDueAt(): Promise<Date | undefined> {
    const row = await this.db.one<{ due: Date | null }>(
      `select min(greatest(next_attempt_at, coalesce(lease_expires_at, next_attempt_at))) as due
       from callback_deliveries where status = 'pending'`,
    );
    return row?.due ?? undefined;
  }

  /**
   * Makes a delivery due now. One that had ended starts its schedule anew; one that is being sent keeps its claim.
   * False when there is none.
   */
  async replay(client: DatabaseClient, id: string, now: Date): Promise<boolean> {
    const changed = await client.execute(
      `update callback_deliveries set next_attempt_at = $2,
         attempts = case when status = 'pending' then attempts else 0 end, status = 'pending'
       where id = $1`,
      [id, now],
    );
    return changed === 1;
  }

  async find(id: string): Promise<(Delivery & { payload: string }) | undefined> {
    const row = await this.db.one<DeliveryRow & { payload: string }>(
      'select * from callback_deliveries where id = $1',
      [id],
    );
    return row && { ...toDelivery(row), payload: row.payload };
  }

  /** The newest first. `before` is an id of this list. */
  async list(filter: DeliveryFilter): Promise<Delivery[]> {
    const rows = await this.db.query<DeliveryRow>(
      `select * from callback_deliveries
       where ($1::text is null or status = $1) and ($2::text is null or subject = $2)
         and ($3::uuid is null or (created_at, id) < (select created_at, id from callback_deliveries where id = $3))
       order by created_at desc, id desc limit $4`,
      [filter.status ?? null, filter.subject ?? null, filter.before ?? null, filter.limit],
    );
    return rows.map(toDelivery);
  }
}

function toDelivery(row: DeliveryRow): Delivery {
  return {
    id: row.id,
    type: row.type,
    subject: row.subject,
    status: row.status,
    attempts: row.attempts,
    nextAttemptAt: row.status === 'pending' ? row.next_attempt_at.toISOString() : null,
    lastStatus: row.last_status,
    lastError: row.last_error,
    log: row.log,
    createdAt: row.created_at.toISOString(),
    deliveredAt: row.delivered_at?.toISOString() ?? null,
  };
}
