import { randomFillSync } from 'node:crypto';

const BYTES_PER_ID = 10;
const pool = Buffer.allocUnsafeSlow(BYTES_PER_ID * 512);
let at = pool.length;
let lastMs = -1;
let prefix = '';

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
/** The variant bits of RFC 9562, 4.1. */
const VARIANT_HEX = Array.from({ length: 256 }, (_, byte) => ((byte & 0x3f) | 0x80).toString(16));

/**
 * A UUID of version 7 (RFC 9562, 5.7): sorted by time, so that an index over many of them grows at its end. It is made
 * for every prediction; with random bytes drawn 512 ids at a time it costs a tenth of `crypto.randomUUID` without its cache.
 */
export function newPredictionId(): string {
  if (at === pool.length) {
    randomFillSync(pool);
    at = 0;
  }
  const nowMs = Date.now();
  if (nowMs !== lastMs) {
    lastMs = nowMs;
    const time = nowMs.toString(16).padStart(12, '0');
    prefix = `${time.slice(0, 8)}-${time.slice(8)}-7`;
  }
  const hex = (offset: number) => HEX[pool[at + offset] as number] as string;
  const id =
    `${prefix}${hex(0)}${hex(1)[0]}-${VARIANT_HEX[pool[at + 2] as number]}${hex(3)}-` +
    `${hex(4)}${hex(5)}${hex(6)}${hex(7)}${hex(8)}${hex(9)}`;
  at += BYTES_PER_ID;
  return id;
}
