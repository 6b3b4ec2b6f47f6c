import type { IncomingHttpHeaders } from 'node:http';
import { Problem } from '../../../errors/problem.js';

/** The headers of tus 1.0.0, https://tus.io/protocols/resumable-upload. */
export const TUS_VERSION = '1.0.0';
export const TUS_EXTENSIONS = 'creation,creation-with-upload,checksum,expiration,termination';
export const TUS_CHECKSUMS = ['sha1', 'sha256'] as const;
export const PART_TYPE = 'application/offset+octet-stream';

const MAX_METADATA_LENGTH = 4096;

export interface PartChecksum {
  readonly algorithm: (typeof TUS_CHECKSUMS)[number];
  readonly digest: Buffer;
}

/** @throws Problem unsupported_tus_version */
export function requireTus(headers: IncomingHttpHeaders): void {
  if (headers['tus-resumable'] === TUS_VERSION) return;
  throw new Problem('unsupported_tus_version', `Send Tus-Resumable: ${TUS_VERSION}.`);
}

/** A header that counts bytes. @throws Problem invalid_request */
export function byteCount(headers: IncomingHttpHeaders, name: 'upload-length' | 'upload-offset'): number {
  const text = headers[name];
  if (typeof text !== 'string' || !/^\d{1,15}$/.test(text)) {
    const item = { code: 'wrong_type', argument: name, message: `${name} must be a number of bytes` };
    throw new Problem('invalid_request', `The header ${name} must be a number of bytes.`, [item]);
  }
  return Number(text);
}

/** `key base64,key base64`. @throws Problem invalid_request */
export function readMetadata(headers: IncomingHttpHeaders): Map<string, string> {
  const text = headers['upload-metadata'];
  if (typeof text !== 'string' || text.trim() === '') return new Map();
  if (text.length > MAX_METADATA_LENGTH) throw badMetadata();
  return new Map(
    text.split(',').map((pair) => {
      const [key, value = '', ...rest] = pair.trim().split(' ');
      if (!key || rest.length > 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(value)) throw badMetadata();
      return [key, Buffer.from(value, 'base64').toString('utf8')];
    }),
  );
}

/** @throws Problem invalid_request for what is not well-formed or of another algorithm */
export function readChecksum(headers: IncomingHttpHeaders): PartChecksum | undefined {
  const text = headers['upload-checksum'];
  if (text === undefined) return undefined;
  const [name, value = ''] = String(text).trim().split(/ +/);
  const algorithm = TUS_CHECKSUMS.find((known) => known === name);
  if (algorithm === undefined || !/^[A-Za-z0-9+/]+={0,2}$/.test(value)) {
    throw new Problem('invalid_request', `Upload-Checksum takes ${TUS_CHECKSUMS.join(' or ')} and base64.`);
  }
  return { algorithm, digest: Buffer.from(value, 'base64') };
}

function badMetadata(): Problem {
  return new Problem(
    'invalid_request',
    'Upload-Metadata must be pairs of a key and base64, at most 4096 bytes.',
  );
}
