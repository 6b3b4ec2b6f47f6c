import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LoginLimiter } from './login-limiter.js';

describe('LoginLimiter', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const fail = (limiter: LoginLimiter, times: number, name = 'ada', address = '192.0.2.1') => {
    for (let i = 0; i < times; i++) limiter.take(name, address);
  };

  it('lets ten failures of one name from one address through, and tells how long to wait', () => {
    const limiter = new LoginLimiter();
    fail(limiter, 10);
    expect(() => limiter.take('ADA', '192.0.2.1')).toThrow(
      expect.objectContaining({ code: 'too_many_requests', retryAfterSeconds: 900 }),
    );
    expect(() => limiter.take('ada', '192.0.2.2')).not.toThrow();
    expect(() => limiter.take('bob', '192.0.2.1')).not.toThrow();
    vi.advanceTimersByTime(15 * 60_000);
    expect(() => limiter.take('ada', '192.0.2.1')).not.toThrow();
  });

  it('does not count what succeeded', () => {
    const limiter = new LoginLimiter();
    for (let i = 0; i < 50; i++) limiter.take('ada', '192.0.2.1')();
    expect(() => limiter.take('ada', '192.0.2.1')).not.toThrow();
  });

  it('stops one address that tries everybody, and many addresses that try one', () => {
    const one = new LoginLimiter();
    for (let i = 0; i < 100; i++) one.take(`user-${i}`, '192.0.2.1');
    expect(() => one.take('somebody', '192.0.2.1')).toThrow('too_many_requests');
    const many = new LoginLimiter();
    for (let i = 0; i < 100; i++) many.take('ada', `192.0.2.${i}`);
    expect(() => many.take('ada', '198.51.100.1')).toThrow('too_many_requests');
  });
});
