import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generateSecret, isSecret, sign, verify } from './signature.js';

// The example of the reference libraries of Standard Webhooks.
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const MESSAGE = {
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  timestampSeconds: 1614265330,
  body: '{"test": 2432232314}',
};
const SIGNATURE = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';
const NOW = { nowSeconds: MESSAGE.timestampSeconds };

describe('signature', () => {
  it('gives the signature of the published example', () => {
    expect(sign([SECRET], MESSAGE)).toEqual({
      'webhook-id': MESSAGE.id,
      'webhook-timestamp': '1614265330',
      'webhook-signature': SIGNATURE,
    });
  });

  it('signs with every secret, the newest first', () => {
    const newest = generateSecret();
    const both = sign([newest, SECRET], MESSAGE)['webhook-signature'].split(' ');
    expect(both).toEqual([sign([newest], MESSAGE)['webhook-signature'], SIGNATURE]);
  });

  it('lets a receiver through that holds any of the secrets', () => {
    const newest = generateSecret();
    const headers = { ...sign([newest, SECRET], MESSAGE) };
    for (const held of [newest, SECRET]) expect(verify([held], headers, MESSAGE.body, NOW)).toBeUndefined();
    expect(verify([generateSecret()], headers, MESSAGE.body, NOW)).toBe('no_match');
  });

  it('skips signatures of versions that it does not know', () => {
    const headers = { ...sign([SECRET], MESSAGE), 'webhook-signature': `v1a,AAAA ${SIGNATURE} v9,x` };
    expect(verify([SECRET], headers, MESSAGE.body, NOW)).toBeUndefined();
    const foreign = { ...headers, 'webhook-signature': SIGNATURE.replace('v1', 'v2') };
    expect(verify([SECRET], foreign, MESSAGE.body, NOW)).toBe('no_match');
  });

  it('refuses times outside of the tolerance, before and after', () => {
    const headers = { ...sign([SECRET], MESSAGE) };
    const at = (nowSeconds: number) => verify([SECRET], headers, MESSAGE.body, { nowSeconds });
    expect(at(MESSAGE.timestampSeconds + 300)).toBeUndefined();
    expect(at(MESSAGE.timestampSeconds - 300)).toBeUndefined();
    expect(at(MESSAGE.timestampSeconds + 301)).toBe('outside_tolerance');
    expect(at(MESSAGE.timestampSeconds - 301)).toBe('outside_tolerance');
  });

  it('refuses missing headers and times that are none', () => {
    const headers: Record<string, string> = { ...sign([SECRET], MESSAGE) };
    for (const name of Object.keys(headers)) {
      const { [name]: _, ...rest } = headers;
      expect(verify([SECRET], rest, MESSAGE.body, NOW)).toBe('missing_header');
    }
    for (const bad of ['', '-1', '1e9', '1614265330.0', 'now']) {
      const refused = verify([SECRET], { ...headers, 'webhook-timestamp': bad }, MESSAGE.body, NOW);
      expect(refused).toBe('bad_timestamp');
    }
  });

  it('notices any change of the body or the id', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (body, other) => {
        const headers = { ...sign([SECRET], { ...MESSAGE, body }) };
        expect(verify([SECRET], headers, Buffer.from(body), NOW)).toBeUndefined();
        if (other !== body) expect(verify([SECRET], headers, other, NOW)).toBe('no_match');
        expect(verify([SECRET], { ...headers, 'webhook-id': 'msg_other' }, body, NOW)).toBe('no_match');
      }),
    );
  });

  it('takes secrets of 24 to 64 bytes only', () => {
    const ofLength = (nBytes: number) => `whsec_${Buffer.alloc(nBytes, 7).toString('base64')}`;
    expect([23, 24, 64, 65].map((nBytes) => isSecret(ofLength(nBytes)))).toEqual([false, true, true, false]);
    expect(isSecret(generateSecret())).toBe(true);
    expect(isSecret(SECRET.slice('whsec_'.length))).toBe(false);
    expect(isSecret(`${SECRET}!`)).toBe(false);
    expect(() => sign(['whsec_AAAA'], MESSAGE)).toThrow(/24 to 64/);
    expect(() => sign([SECRET], { ...MESSAGE, id: 'a.b' })).toThrow(/dot/);
  });
});
