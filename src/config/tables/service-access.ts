import type { SettingTable } from '../setting-definition.js';

/** Who may call the internal API. */
export const SERVICE_ACCESS_SETTINGS = {
  serviceTokens: {
    variable: 'SERVICE_TOKENS',
    kind: 'list',
    default: undefined,
    minimumLength: 32,
    secret: true,
    description:
      'Comma-separated opaque tokens of the internal API, each at least 32 characters. Generated when neither tokens nor a JWT key are given.',
  },
  serviceJwtKey: {
    variable: 'SERVICE_JWT_KEY',
    kind: 'text',
    default: undefined,
    secret: true,
    description:
      'The key that verifies service JWTs: a PEM public key (RSA of at least 2048 bits for RS256, P-256 for ES256) or a shared secret of at least 32 bytes (HS256).',
  },
  serviceJwtAudience: {
    variable: 'SERVICE_JWT_AUDIENCE',
    kind: 'text',
    default: 'trainyard',
    description: 'The audience that a service JWT must name.',
  },
  serviceJwtIssuer: {
    variable: 'SERVICE_JWT_ISSUER',
    kind: 'text',
    default: 'data-server',
    description: 'The issuer that a service JWT must name.',
  },
  serviceJwtMaxAgeSeconds: {
    variable: 'SERVICE_JWT_MAX_AGE_SECONDS',
    kind: 'seconds',
    default: 3600,
    minimum: 1,
    description: 'A service JWT issued longer ago than this is refused even before it expires, in seconds.',
  },
} as const satisfies SettingTable;
