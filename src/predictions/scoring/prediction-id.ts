import { randomFillSync } from 'node:crypto';

const HEX_PER_ID = 19;
const N_IDS = 512;
const random = Buffer.allocUnsafeSlow((HEX_PER_ID * N_IDS) / 2);
let digits = '';
let at = 0;
let lastMs = -1;
let prefix = '';

/** The digit that holds the variant bits of RFC 9562, 4.1: two of them are random. */
const VARIANTS = ['8', '9', 'a', 'b'];

/**
 * A UUID of version 7 (RFC 9562, 5.7): sorted by time, so that an index over many of them grows at its end. It is made
 * for every prediction; random digits are drawn for 512 ids at a time, and it is put together from few pieces.
 */
export function newPredictionId(): string {
  if (at === digits.length) {
    digits = randomFillSync(random).toString('hex');
    at = 0;
  }
  const nowMs = Date.now();
  if (nowMs !== lastMs) {
    lastMs = nowMs;
    const time = nowMs.toString(16).padStart(12, '0');
    prefix = `${time.slice(0, 8)}-${time.slice(8)}-7`;
  }
  const from = at;
  at += HEX_PER_ID;
  const variant = VARIANTS[digits.charCodeAt(from) & 3] as string;
  return (
    `${prefix}${digits.slice(from + 1, from + 4)}-${variant}${digits.slice(from + 4, from + 7)}` +
    `-${digits.slice(from + 7, from + 19)}`
  );
}
