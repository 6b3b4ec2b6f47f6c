import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** Standard Webhooks 1.0.0, symmetric scheme: what is signed is `<id>.<unix seconds>.<raw body>`. */

const SECRET_PREFIX = 'whsec_';
const MIN_SECRET_BYTES = 24;
const MAX_SECRET_BYTES = 64;
const DEFAULT_TOLERANCE_SECONDS = 300;

/** What a receiver gets beside the body. */
export interface SignatureHeaders {
  /** The same for every attempt: the receiver's idempotency key. Holds no dot. */
  readonly 'webhook-id': string;
  /** Unix seconds of this attempt. */
  readonly 'webhook-timestamp': string;
  /** `v1,<base64>` per secret, separated by spaces, the newest secret first. */
  readonly 'webhook-signature': string;
}

export type SignatureRefusal = 'missing_header' | 'bad_timestamp' | 'outside_tolerance' | 'no_match';

/** A fresh secret of 32 random bytes: `whsec_<base64>`. */
export function generateSecret(): string {
  return SECRET_PREFIX + randomBytes(32).toString('base64');
}

/** Whether the text is `whsec_` and the base64 of 24 to 64 bytes. */
export function isSecret(text: string): boolean {
  if (!text.startsWith(SECRET_PREFIX)) return false;
  const encoded = text.slice(SECRET_PREFIX.length);
  const bytes = Buffer.from(encoded, 'base64');
  // Node skips what is not base64; only a round trip shows that nothing was skipped.
  if (bytes.toString('base64').replace(/=+$/, '') !== encoded.replace(/=+$/, '')) return false;
  return bytes.length >= MIN_SECRET_BYTES && bytes.length <= MAX_SECRET_BYTES;
}

/**
 * Signs with every secret, so that a receiver may hold the old or the new one while they are exchanged.
 * @param secrets the newest first
 * @throws Error when a secret has the wrong form or the id holds a dot
 */
export function sign(
  secrets: readonly string[],
  message: { readonly id: string; readonly timestampSeconds: number; readonly body: string | Buffer },
): SignatureHeaders {
  if (message.id.includes('.')) throw new Error('a webhook id must not hold a dot');
  const timestamp = String(message.timestampSeconds);
  const signatures = secrets.map((secret) => `v1,${digest(secret, message.id, timestamp, message.body)}`);
  return {
    'webhook-id': message.id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
}

/**
 * Checks what a receiver got against any of its secrets, in constant time for each pair.
 * @param rawBody the bytes as they came; JSON that was parsed and written again is not what was signed
 * @returns undefined when it is genuine and fresh, else the reason
 */
export function verify(
  secrets: readonly string[],
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  rawBody: string | Buffer,
  options: { readonly nowSeconds?: number; readonly toleranceSeconds?: number } = {},
): SignatureRefusal | undefined {
  const id = headers['webhook-id'];
  const timestamp = headers['webhook-timestamp'];
  const signatures = headers['webhook-signature'];
  if (typeof id !== 'string' || typeof timestamp !== 'string' || typeof signatures !== 'string') {
    return 'missing_header';
  }
  if (!/^\d{1,12}$/.test(timestamp)) return 'bad_timestamp';
  const nowSeconds = options.nowSeconds ?? Math.floor(Date.now() / 1000);
  const tolerance = options.toleranceSeconds ?? DEFAULT_TOLERANCE_SECONDS;
  if (Math.abs(nowSeconds - Number(timestamp)) > tolerance) return 'outside_tolerance';
  const expected = secrets.map((secret) => Buffer.from(digest(secret, id, timestamp, rawBody)));
  let matches = false;
  for (const sent of signatures.split(' ')) {
    if (!sent.startsWith('v1,')) continue;
    const signature = Buffer.from(sent.slice(3));
    // No early end: the time must not tell which of the secrets matched.
    for (const own of expected) {
      if (own.length === signature.length && timingSafeEqual(own, signature)) matches = true;
    }
  }
  return matches ? undefined : 'no_match';
}

function digest(secret: string, id: string, timestamp: string, body: string | Buffer): string {
  if (!isSecret(secret)) throw new Error('a callback secret must be whsec_ and the base64 of 24 to 64 bytes');
  const key = Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64');
  return createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64');
}
