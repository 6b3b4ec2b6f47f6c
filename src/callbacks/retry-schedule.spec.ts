import { describe, expect, it } from 'vitest';
import { parseRetryAfter, RETRY_DELAYS_SECONDS, retryDelayMs } from './retry-schedule.js';

describe('retry schedule', () => {
  it('waits 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h and then gives up', () => {
    const waits = Array.from({ length: 10 }, (_, at) => retryDelayMs(at + 1, () => 0));
    expect(waits.slice(0, 9)).toEqual(RETRY_DELAYS_SECONDS.map((seconds) => seconds * 1000));
    expect(waits[9]).toBeUndefined();
    expect(RETRY_DELAYS_SECONDS.reduce((sum, seconds) => sum + seconds, 0) / 3600).toBeCloseTo(75.6, 1);
  });

  it('spreads by a fifth at most, and only upwards', () => {
    expect(retryDelayMs(1, () => 0.5)).toBe(5_500);
    expect(retryDelayMs(1, () => 0.999999)).toBeLessThanOrEqual(6_000);
  });

  it('honours a longer wait that the receiver asks for, within a day', () => {
    expect(retryDelayMs(1, () => 0, 60)).toBe(60_000);
    expect(retryDelayMs(2, () => 0, 60)).toBe(300_000);
    expect(retryDelayMs(1, () => 0, 1e9)).toBe(86_400_000);
  });

  it('reads Retry-After as seconds or as a date', () => {
    const now = new Date('2026-01-01T00:00:00Z');
    expect(parseRetryAfter('120', now)).toBe(120);
    expect(parseRetryAfter('Thu, 01 Jan 2026 00:01:00 GMT', now)).toBe(60);
    expect(parseRetryAfter('Wed, 31 Dec 2025 00:00:00 GMT', now)).toBe(0);
    expect(parseRetryAfter('soon', now)).toBeUndefined();
    expect(parseRetryAfter(undefined, now)).toBeUndefined();
  });
});
