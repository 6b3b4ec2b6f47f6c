import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';

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
