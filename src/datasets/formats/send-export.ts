import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { attachmentHeader } from '../../http/content-disposition.js';
import type { ExportedFile } from './export.service.js';

/** Answers with a file that was made for this download, and deletes it. Resolves also when the caller goes away. */
export async function sendExport(
  response: ServerResponse,
  file: ExportedFile,
  fileName: string,
): Promise<void> {
  try {
    const { size } = await stat(file.path);
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(file.path)) hash.update(chunk as Buffer);
    const digest = hash.digest();
    response.setHeader('ETag', `"${digest.toString('hex')}"`);
    response.setHeader('Repr-Digest', `sha-256=:${digest.toString('base64')}:`);
    // The file is gone after this answer: there is nothing to go on with.
    response.setHeader('Accept-Ranges', 'none');
    response.setHeader('Content-Type', file.mediaType);
    response.setHeader('Content-Length', size);
    response.setHeader('Content-Disposition', attachmentHeader(fileName));
    response.setHeader('Cache-Control', 'private, no-store');
    response.setHeader('X-Content-Type-Options', 'nosniff');
    await pipeline(createReadStream(file.path), response).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE' && error.code !== 'ECONNRESET') throw error;
    });
  } finally {
    await file.dispose();
  }
}
