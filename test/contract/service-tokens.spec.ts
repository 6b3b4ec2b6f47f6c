import { generateKeyPairSync } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ContractClient } from '../support/contract-client.js';
import { type RunningService, startService } from '../support/service.js';
import { SERVICE_CONTRACT } from '../support/users.js';

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const publicPem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
const OLD_TOKEN = 'the-token-that-is-being-replaced-0001';
const NEW_TOKEN = 'the-token-that-takes-its-place-000002';

const claims = { aud: 'trainyard', iss: 'data-server' };
const now = Math.floor(Date.now() / 1000);
const base64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const byKey = (payload: object, options: jwt.SignOptions = {}): string =>
  jwt.sign(payload, privateKey, { algorithm: 'RS256', ...options });

describe('the internal API', () => {
  let service: RunningService;
  let anonymous: ContractClient;

  beforeAll(async () => {
    service = await startService({
      SERVICE_TOKENS: `${OLD_TOKEN},${NEW_TOKEN}`,
      SERVICE_JWT_KEY: publicPem.replaceAll('\n', '\\n'),
    });
    anonymous = new ContractClient(service.url, SERVICE_CONTRACT);
  });
  afterAll(() => service?.stop());

  const ask = (authorization: string | undefined) => anonymous.as(authorization).get('/internal/trainings');

  it.each([
    ['either opaque token', `Bearer ${OLD_TOKEN}`],
    ['the other opaque token', `Bearer ${NEW_TOKEN}`],
    ['the scheme in lower case', `bearer ${NEW_TOKEN}`],
    ['a JWT', `Bearer ${byKey(claims, { expiresIn: 60 })}`],
  ])('takes %s', async (_what, authorization) => {
    expect((await ask(authorization)).status).toBe(200);
  });

  it.each<[string, string | undefined]>([
    ['no token', undefined],
    ['a wrong token', 'Bearer the-token-that-nobody-has-given-000003'],
    ['half of the token', `Bearer ${NEW_TOKEN.slice(0, -1)}`],
    ['another scheme', `Basic ${Buffer.from(`x:${NEW_TOKEN}`).toString('base64')}`],
    ['the scheme alone', 'Bearer'],
    ['an expired JWT', `Bearer ${byKey({ ...claims, iat: now - 120, exp: now - 60 })}`],
    ['a JWT without end', `Bearer ${byKey(claims)}`],
    ['another audience', `Bearer ${byKey({ ...claims, aud: 'other' }, { expiresIn: 60 })}`],
    ['another issuer', `Bearer ${byKey({ ...claims, iss: 'other' }, { expiresIn: 60 })}`],
    ['alg none', `Bearer ${base64({ alg: 'none' })}.${base64({ ...claims, iat: now, exp: now + 60 })}.`],
    [
      'the public key as a shared secret',
      `Bearer ${jwt.sign(claims, Buffer.from(publicPem) as never, { algorithm: 'HS256', expiresIn: 60 })}`,
    ],
    ['another key', `Bearer ${jwt.sign(claims, 'x'.repeat(64), { expiresIn: 60 })}`],
  ])('refuses %s, and does not say why', async (_what, authorization) => {
    const answer = await ask(authorization);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
    const reference = await ask('Bearer wrong');
    const { requestId: _one, ...body } = answer.body;
    const { requestId: _other, ...expected } = reference.body;
    expect(body).toEqual(expected);
  });

  it('is closed to a user who is logged in', async () => {
    expect((await ask('Bearer a-token-of-the-data-server-for-a-user')).status).toBe(401);
  });

  it('guards every route', async () => {
    const routes = SERVICE_CONTRACT.operations().filter((route) => / \/(internal|metrics)/.test(route));
    expect(routes.length).toBeGreaterThan(10);
    for (const route of routes) {
      const [method, template] = route.split(' ') as [string, string];
      const path = template.replaceAll(/\{[^}]+\}/g, '7');
      const answer = await anonymous.request(method, path, { bad: true });
      expect([route, answer.status]).toEqual([route, 401]);
    }
  });
});
