import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { withSettings } from './load-settings.js';
import type { Settings } from './settings-type.js';

/** Where the secrets lie that nobody configured. */
export function secretsDir(settings: Settings): string {
  return resolve(settings.storageDir, 'secrets');
}

/**
 * The settings with every secret in place: one that is not configured is made once, kept under STORAGE_DIR/secrets for
 * this user's eyes only, and found again by the next start.
 */
export async function withGeneratedSecrets(settings: Settings): Promise<Settings> {
  const dir = secretsDir(settings);
  await mkdir(settings.storageDir, { recursive: true });
  await mkdir(dir, { recursive: true, mode: 0o700 });
  // The embedded data server calls us with an opaque token, also when others come with a JWT.
  const needsToken =
    settings.serviceTokens.length === 0 && !(settings.serviceJwtKey && settings.dataServerUrl);
  const token = needsToken
    ? [await keep(dir, 'service-token', () => randomBytes(32).toString('base64url'))]
    : [];
  const callbackSecrets =
    settings.callbackSecrets.length > 0
      ? settings.callbackSecrets
      : [await keep(dir, 'callback-secret', () => `whsec_${randomBytes(32).toString('base64')}`)];
  if (settings.signingKeyFile === undefined) await keep(dir, 'signing-key.pem', generateSigningKey);
  return withSettings(settings, {
    serviceTokens: [...settings.serviceTokens, ...token],
    callbackSecrets,
    signingKeyFile: settings.signingKeyFile ?? join(dir, 'signing-key.pem'),
  });
}

function generateSigningKey(): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  return privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
}

/** Reads a secret, or makes it; the file appears whole, because half a key would be kept for ever. */
async function keep(dir: string, name: string, make: () => string): Promise<string> {
  const path = join(dir, name);
  const kept = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return undefined;
  });
  if (kept !== undefined) {
    await chmod(path, 0o600);
    return kept.trim();
  }
  const secret = make();
  const making = `${path}.${process.pid}.making`;
  try {
    const handle = await open(making, 'w', 0o600);
    await handle.writeFile(secret);
    await handle.sync();
    await handle.close();
    await rename(making, path);
  } finally {
    await rm(making, { force: true });
  }
  return secret.trim();
}
