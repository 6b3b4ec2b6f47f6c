import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { bundleInvalid } from './bundle-invalid.js';

/** manifest.sig: who signed the bytes of manifest.json. */
interface SignatureDocument {
  readonly algorithm: 'Ed25519';
  readonly keyId: string;
  /** base64 of the DER form (SubjectPublicKeyInfo). */
  readonly publicKey: string;
  /** base64, 64 bytes. */
  readonly signature: string;
}

/** Names a public key: the first 32 hex digits of the SHA-256 of its DER form. Takes a private key, too. */
export function keyIdOf(key: KeyObject): string {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest('hex').slice(0, 32);
}

/** The content of manifest.sig. Ed25519 takes no randomness: equal manifests give equal signatures. */
export function signManifest(manifest: Uint8Array, signingKey: KeyObject): Buffer {
  if (signingKey.asymmetricKeyType !== 'ed25519') throw new Error('Bundles are signed with an Ed25519 key.');
  const document: SignatureDocument = {
    algorithm: 'Ed25519',
    keyId: keyIdOf(signingKey),
    publicKey: createPublicKey(signingKey).export({ type: 'spki', format: 'der' }).toString('base64'),
    signature: sign(null, manifest, signingKey).toString('base64'),
  };
  return Buffer.from(`${JSON.stringify(document, null, 2)}\n`, 'utf8');
}

/**
 * Checks manifest.sig against the bytes of manifest.json.
 * @param trustedKeys when given, one of them must have signed: the key inside the bundle proves only that nothing was
 *   damaged, since whoever changes a bundle can sign it anew
 * @returns the id of the key that signed
 * @throws Problem bundle_invalid
 */
export function verifyManifest(
  manifest: Uint8Array,
  signatureFile: Uint8Array,
  trustedKeys: readonly KeyObject[] | undefined,
): string {
  const document = parseSignature(signatureFile);
  const key = readPublicKey(document.publicKey);
  if (keyIdOf(key) !== document.keyId) throw bundleInvalid('the key of its signature has another id');
  // Trust is decided by the key itself, never by the id that the file gives it.
  if (trustedKeys !== undefined && !trustedKeys.some((trusted) => trusted.equals(key))) {
    throw bundleInvalid('it is signed with a key that is not trusted here');
  }
  const signature = Buffer.from(document.signature, 'base64');
  if (signature.length !== 64 || !verify(null, manifest, key, signature)) {
    throw bundleInvalid('its signature does not fit its manifest');
  }
  return document.keyId;
}

function parseSignature(file: Uint8Array): SignatureDocument {
  let document: Partial<SignatureDocument> | null;
  try {
    document = JSON.parse(Buffer.from(file).toString('utf8')) as Partial<SignatureDocument> | null;
  } catch {
    throw bundleInvalid('its signature is not JSON');
  }
  const texts = [document?.keyId, document?.publicKey, document?.signature];
  if (document?.algorithm !== 'Ed25519' || texts.some((text) => typeof text !== 'string')) {
    throw bundleInvalid('its signature is not complete');
  }
  return document as SignatureDocument;
}

function readPublicKey(base64: string): KeyObject {
  try {
    const key = createPublicKey({ key: Buffer.from(base64, 'base64'), type: 'spki', format: 'der' });
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // Told below, like a key of another kind.
  }
  throw bundleInvalid('its signature names no Ed25519 key');
}
