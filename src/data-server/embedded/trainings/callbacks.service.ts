import type { IncomingHttpHeaders } from 'node:http';
import { verify } from '../../../callbacks/signature.js';
import { Problem } from '../../../errors/problem.js';
import type { ModelRecordsRepository, Outcome } from '../records/models.repository.js';
import type { ReceivedCallbacksRepository } from './callbacks.repository.js';

const STATUS_BY_TYPE = {
  'training.succeeded': 'succeeded',
  'training.failed': 'failed',
  'training.canceled': 'canceled',
  'training.timed_out': 'timed_out',
} as const;

/** Takes the outcomes that Trainyard posts (Standard Webhooks). */
export class CallbackReceiver {
  constructor(
    private readonly secrets: readonly string[],
    private readonly received: ReceivedCallbacksRepository,
    private readonly models: ModelRecordsRepository,
  ) {}

  /**
   * @param rawBody the bytes as they came; they are what was signed.
   * @throws Problem `unauthenticated` for a wrong or stale signature, `invalid_request` for a body that is no outcome.
   */
  async receive(headers: IncomingHttpHeaders, rawBody: Buffer): Promise<void> {
    if (verify(this.secrets, headers, rawBody) !== undefined) {
      throw new Problem('unauthenticated', 'The signature of the callback is missing, stale or wrong.');
    }
    const message = readMessage(rawBody);
    await this.received.once(String(headers['webhook-id']), async (client) => {
      // A type of a later version is taken and passed over: refusing it would only have it sent again.
      if (message.outcome) await this.models.recordOutcome(message.outcome, client);
    });
  }
}

function readMessage(rawBody: Buffer): { outcome: Outcome | undefined } {
  const { type, data } = (parseJson(rawBody) ?? {}) as { type?: unknown; data?: Record<string, unknown> };
  if (typeof type !== 'string' || typeof data !== 'object' || data === null) throw notAnOutcome();
  if (!Object.hasOwn(STATUS_BY_TYPE, type)) return { outcome: undefined };
  const { modelId, ownerId, trainingId, modelVersion } = data;
  if (typeof modelId !== 'string' || typeof ownerId !== 'string' || typeof trainingId !== 'string') {
    throw notAnOutcome();
  }
  const status = STATUS_BY_TYPE[type as keyof typeof STATUS_BY_TYPE];
  const version = typeof modelVersion === 'number' ? modelVersion : null;
  return { outcome: { modelId, ownerId, trainingId, status, modelVersion: version, data } };
}

function parseJson(rawBody: Buffer): unknown {
  try {
    return JSON.parse(rawBody.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

function notAnOutcome(): Problem {
  return new Problem('invalid_request', 'The callback is not an outcome of a training.');
}
