import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomUUID,
} from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncToDisk } from '../../storage/durable-files.js';

/** Where the signing key lies that is made when none is configured. */
export function defaultSigningKeyPath(storageDir: string): string {
  return join(storageDir, 'secrets', 'bundle-signing-key.pem');
}

/**
 * The path of the signing key, after making it where it is absent. Processes that start together end up with one key:
 * a link fails where the name is taken, and whoever is second takes the first one's.
 */
export async function ensureSigningKey(path: string): Promise<string> {
  if (existsSync(path)) return path;
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { privateKey } = generateKeyPairSync('ed25519');
  const draft = join(folder, `.${randomUUID()}.pem`);
  await writeFile(draft, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  try {
    await syncToDisk(draft);
    await link(draft, path);
    await syncToDisk(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
  return path;
}

export async function readSigningKey(path: string): Promise<KeyObject> {
  const key = createPrivateKey(await readFile(path, 'utf8'));
  if (key.asymmetricKeyType !== 'ed25519')
    throw new Error('SIGNING_KEY_FILE: expected an Ed25519 private key.');
  return key;
}

/** The public keys whose bundles are taken: our own and those of the files. */
export async function readTrustedKeys(ownKey: KeyObject, files: readonly string[]): Promise<KeyObject[]> {
  const keys = [createPublicKey(ownKey)];
  for (const file of files) {
    const key = createPublicKey(await readFile(file, 'utf8'));
    if (key.asymmetricKeyType !== 'ed25519')
      throw new Error('TRUSTED_KEY_FILES: expected Ed25519 public keys.');
    keys.push(key);
  }
  return keys;
}
