export const DELIVERY_STATUSES = ['pending', 'delivered', 'failed'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** What became of one attempt: an HTTP status, or an error where no answer came. */
export interface DeliveryAttempt {
  /** ISO 8601. */
  readonly at: string;
  readonly durationMs: number;
  readonly status?: number;
  readonly error?: string;
}

/** One callback with everything that became of it. */
export interface Delivery {
  /** The webhook-id: the same for every attempt. */
  readonly id: string;
  readonly type: string;
  /** The training's id. */
  readonly subject: string;
  readonly status: DeliveryStatus;
  readonly attempts: number;
  readonly nextAttemptAt: string | null;
  readonly lastStatus: number | null;
  readonly lastError: string | null;
  readonly log: readonly DeliveryAttempt[];
  readonly createdAt: string;
  readonly deliveredAt: string | null;
}

/** A delivery that this process may send until its lease ends. */
export interface ClaimedDelivery {
  readonly id: string;
  readonly payload: string;
  /** This one included. */
  readonly attempts: number;
  /** Names the claim: an outcome counts only while it still stands in the row. */
  readonly leaseExpiresAt: Date;
}

/** What an attempt changes in the row. */
export interface DeliveryOutcome {
  readonly status: DeliveryStatus;
  /** For `pending`. */
  readonly nextAttemptAt?: Date;
  readonly attempt: DeliveryAttempt;
}
