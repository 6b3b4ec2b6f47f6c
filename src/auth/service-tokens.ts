import { createHash, createPublicKey, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import jwt from 'jsonwebtoken';

/** What decides which tokens open the internal API. */
export interface ServiceTokenOptions {
  /** Opaque tokens; several, so that one can be replaced while the other still works. */
  readonly opaqueTokens: readonly string[];
  /** PEM public key or shared secret; none: JWTs are refused. */
  readonly jwtKey?: string | undefined;
  readonly jwtAudience: string;
  readonly jwtIssuer: string;
  /** A JWT that was issued longer ago is refused, whatever its `exp` says. */
  readonly jwtMaxAgeSeconds: number;
}

/** How far the clocks of two machines may be apart. */
const CLOCK_TOLERANCE_SECONDS = 5;
const MIN_SECRET_BYTES = 32;
const MIN_RSA_BITS = 2048;

/** Tells whether a token opens the internal API; never why it does not. */
export class ServiceTokens {
  readonly #digests: readonly Buffer[];
  readonly #jwt: { readonly key: KeyObject; readonly algorithm: jwt.Algorithm } | undefined;

  constructor(private readonly options: ServiceTokenOptions) {
    this.#digests = options.opaqueTokens.map(digest);
    this.#jwt = options.jwtKey === undefined ? undefined : readKey(options.jwtKey);
  }

  accepts(token: string): boolean {
    const opaque = this.#isOpaqueToken(token);
    return opaque || this.#isValidJwt(token);
  }

  /** Every comparison takes place and each takes the same time: neither a length nor a position leaks. */
  #isOpaqueToken(token: string): boolean {
    const sent = digest(token);
    let found = false;
    for (const known of this.#digests) {
      const equal = timingSafeEqual(sent, known);
      found ||= equal;
    }
    return found;
  }

  #isValidJwt(token: string): boolean {
    if (this.#jwt === undefined) return false;
    try {
      const { header, payload } = jwt.verify(token, this.#jwt.key, {
        algorithms: [this.#jwt.algorithm],
        audience: this.options.jwtAudience,
        issuer: this.options.jwtIssuer,
        maxAge: this.options.jwtMaxAgeSeconds,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        complete: true,
      });
      // The library checks exp only where there is one, believes an iat of tomorrow, and passes over `crit`.
      if (typeof payload !== 'object' || typeof payload.exp !== 'number' || 'crit' in header) return false;
      return typeof payload.iat === 'number' && payload.iat <= Date.now() / 1000 + CLOCK_TOLERANCE_SECONDS;
    } catch {
      return false;
    }
  }
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** The key, and the one algorithm that it may be used with: a token's own header has no say. */
function readKey(text: string): { key: KeyObject; algorithm: jwt.Algorithm } {
  if (!text.includes('-----BEGIN')) {
    const secret = Buffer.from(text, 'utf8');
    if (secret.length < MIN_SECRET_BYTES) {
      throw new Error(`SERVICE_JWT_KEY: a shared secret needs at least ${MIN_SECRET_BYTES} bytes.`);
    }
    return { key: createSecretKey(secret), algorithm: 'HS256' };
  }
  if (text.includes('PRIVATE KEY-----')) {
    throw new Error('SERVICE_JWT_KEY: this is a private key; give the public key that belongs to it.');
  }
  // Environment files often hold a PEM on one line, with \n spelt out.
  const key = createPublicKey(text.replaceAll('\\n', '\n'));
  const details = key.asymmetricKeyDetails;
  if (key.asymmetricKeyType === 'rsa' && (details?.modulusLength ?? 0) >= MIN_RSA_BITS) {
    return { key, algorithm: 'RS256' };
  }
  if (key.asymmetricKeyType === 'ec' && details?.namedCurve === 'prime256v1') {
    return { key, algorithm: 'ES256' };
  }
  throw new Error(
    `SERVICE_JWT_KEY: expected an RSA key of at least ${MIN_RSA_BITS} bits, a P-256 key, or a shared secret.`,
  );
}
