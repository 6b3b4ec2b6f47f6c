import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RegistrationLimiter } from './registration-limiter.js';

describe('RegistrationLimiter', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('lets sixty through from one address in a quarter of an hour, and tells how long to wait', () => {
    const limiter = new RegistrationLimiter();
    for (let i = 0; i < 60; i++) limiter.take('192.0.2.1');
    vi.advanceTimersByTime(5 * 60_000);
    expect(() => limiter.take('192.0.2.1')).toThrow(
      expect.objectContaining({ code: 'too_many_requests', retryAfterSeconds: 600 }),
    );
    expect(() => limiter.take('192.0.2.2')).not.toThrow();
    vi.advanceTimersByTime(10 * 60_000);
    expect(() => limiter.take('192.0.2.1')).not.toThrow();
  });
});
