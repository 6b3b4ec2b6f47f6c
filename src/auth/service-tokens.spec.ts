import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { describe, expect, it } from 'vitest';
import { type ServiceTokenOptions, ServiceTokens } from './service-tokens.js';

const SECRET = 'a shared secret that is long enough for HS256';
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pem = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString();

const CLAIMS = { aud: 'trainyard', iss: 'data-server' };
const signed = (
  claims: object,
  options: jwt.SignOptions = {},
  key: jwt.Secret | KeyObject = SECRET,
): string => jwt.sign({ ...CLAIMS, ...claims }, key as jwt.Secret, { expiresIn: 60, ...options });

function tokens(options: Partial<ServiceTokenOptions> = {}): ServiceTokens {
  return new ServiceTokens({
    opaqueTokens: [],
    jwtKey: SECRET,
    jwtAudience: 'trainyard',
    jwtIssuer: 'data-server',
    jwtMaxAgeSeconds: 600,
    ...options,
  });
}

const base64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const now = (): number => Math.floor(Date.now() / 1000);

describe('ServiceTokens, opaque', () => {
  const both = tokens({ opaqueTokens: ['the-first-token', 'the-second-token'], jwtKey: undefined });

  it('accepts each of several, so that one can be replaced', () => {
    expect(both.accepts('the-first-token')).toBe(true);
    expect(both.accepts('the-second-token')).toBe(true);
  });

  it.each(['', 'the-first-toke', 'the-first-token ', 'THE-FIRST-TOKEN', 'the-third-token'])(
    'refuses %j',
    (token) => expect(both.accepts(token)).toBe(false),
  );

  it('accepts no JWT without a key, not even an unsigned one', () => {
    const unsigned = `${base64({ alg: 'none' })}.${base64({ ...CLAIMS, iat: now(), exp: now() + 60 })}.`;
    expect(both.accepts(unsigned)).toBe(false);
    expect(both.accepts(signed({}))).toBe(false);
  });
});

describe('ServiceTokens, JWT', () => {
  it('accepts what the key has signed, with the one algorithm of its type', () => {
    expect(tokens().accepts(signed({}))).toBe(true);
    const byRsa = signed({}, { algorithm: 'RS256' }, rsa.privateKey);
    expect(tokens({ jwtKey: pem(rsa.publicKey) }).accepts(byRsa)).toBe(true);
    const byEc = signed({}, { algorithm: 'ES256' }, ec.privateKey);
    expect(tokens({ jwtKey: pem(ec.publicKey) }).accepts(byEc)).toBe(true);
  });

  it('reads a PEM whose line breaks are spelt out', () => {
    const oneLine = pem(rsa.publicKey).replaceAll('\n', '\\n');
    const token = signed({}, { algorithm: 'RS256' }, rsa.privateKey);
    expect(tokens({ jwtKey: oneLine }).accepts(token)).toBe(true);
  });

  it.each([
    ['another audience', { aud: 'somebody-else' }],
    ['another issuer', { iss: 'somebody-else' }],
    ['an issue date of tomorrow', { iat: now() + 86_400, exp: now() + 90_000 }],
    ['a start of tomorrow', { nbf: now() + 86_400 }],
  ])('refuses %s', (_what, claims) => {
    const { exp, ...rest } = claims as { exp?: number };
    const token = exp === undefined ? signed(rest) : jwt.sign({ ...CLAIMS, ...claims }, SECRET);
    expect(tokens().accepts(token)).toBe(false);
  });

  it('refuses one that lacks exp, aud or iss, has expired, or is older than it may be', () => {
    expect(tokens().accepts(jwt.sign(CLAIMS, SECRET))).toBe(false);
    expect(tokens().accepts(jwt.sign({ iss: 'data-server' }, SECRET, { expiresIn: 60 }))).toBe(false);
    expect(tokens().accepts(jwt.sign({ aud: 'trainyard' }, SECRET, { expiresIn: 60 }))).toBe(false);
    expect(tokens().accepts(jwt.sign({ ...CLAIMS, iat: now() - 100, exp: now() - 30 }, SECRET))).toBe(false);
    expect(tokens().accepts(jwt.sign({ ...CLAIMS, iat: now() - 700, exp: now() + 60 }, SECRET))).toBe(false);
  });

  it('refuses alg none, other algorithms, a changed body and critical extensions', () => {
    const body = base64({ ...CLAIMS, iat: now(), exp: now() + 60 });
    expect(tokens().accepts(`${base64({ alg: 'none', typ: 'JWT' })}.${body}.`)).toBe(false);
    expect(tokens().accepts(signed({}, { algorithm: 'HS512' }))).toBe(false);
    const [header, , signature] = signed({}).split('.');
    expect(tokens().accepts(`${header}.${body.replace(/.$/, 'x')}.${signature}`)).toBe(false);
    expect(tokens().accepts(signed({}, { header: { alg: 'HS256', crit: ['b64'] } as jwt.JwtHeader }))).toBe(
      false,
    );
  });

  it('refuses the public key used as a shared secret', () => {
    const confused = signed({}, { algorithm: 'HS256' }, Buffer.from(pem(rsa.publicKey)));
    expect(tokens({ jwtKey: pem(rsa.publicKey) }).accepts(confused)).toBe(false);
  });

  it('does not start with a key that is too weak or private', () => {
    const short = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey;
    expect(() => tokens({ jwtKey: 'short' })).toThrow('SERVICE_JWT_KEY');
    expect(() => tokens({ jwtKey: pem(short) })).toThrow('SERVICE_JWT_KEY');
    const secret = rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    expect(() => tokens({ jwtKey: secret })).toThrow('private key');
  });
});
