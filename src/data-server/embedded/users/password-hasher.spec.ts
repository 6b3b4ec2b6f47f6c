import { describe, expect, it } from 'vitest';
import { PasswordHasher } from './password-hasher.js';

describe('PasswordHasher', () => {
  const hasher = new PasswordHasher();

  it('matches the password and no other, with a salt of its own each time', async () => {
    const [one, two] = await Promise.all([hasher.hash('correct horse'), hasher.hash('correct horse')]);
    expect(one).not.toBe(two);
    expect(one).not.toContain('correct');
    expect(await hasher.matches('correct horse', one)).toBe(true);
    expect(await hasher.matches('correct horse ', one)).toBe(false);
    expect(await hasher.matches('correct horse', undefined)).toBe(false);
  });

  it('takes the two spellings of an accented letter for the same', async () => {
    expect(await hasher.matches('cafe\u0301 au lait', await hasher.hash('caf\u00e9 au lait'))).toBe(true);
  });

  it('refuses when too many wait, and goes on afterwards', async () => {
    const crowd = Array.from({ length: 40 }, () => hasher.matches('x', undefined));
    const outcomes = await Promise.allSettled(crowd);
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(6);
    expect(await hasher.matches('x', undefined)).toBe(false);
  });
});
