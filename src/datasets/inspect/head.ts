import { createReadStream } from 'node:fs';
import { open, writeFile } from 'node:fs/promises';
import { constants, createGunzip } from 'node:zlib';

/** What is looked at of a file: tens of thousands of usual rows. */
export const HEAD_BYTES = 4 * 1024 * 1024;

const LINE_FEED = 0x0a;

/**
 * Writes the whole records of the first part of a delimited file to `targetPath`, decompressed. What a gzip
 * file gives before it is cut off is taken as it comes. Returns what it was wrapped in.
 */
export async function writeHead(
  sourcePath: string,
  targetPath: string,
  quote: string,
): Promise<'none' | 'gzip'> {
  const isGzip = await startsWithGzip(sourcePath);
  const file = createReadStream(sourcePath, isGzip ? {} : { end: HEAD_BYTES - 1 });
  const source = isGzip ? file.pipe(createGunzip({ finishFlush: constants.Z_SYNC_FLUSH })) : file;
  if (isGzip) file.once('error', (error) => source.destroy(error));
  const chunks: Buffer[] = [];
  let nBytes = 0;
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      nBytes += chunk.length;
      if (nBytes >= HEAD_BYTES) break;
    }
  } catch (error) {
    // Damage further on is not what was asked about; damage at the start leaves nothing, and that is told.
    if (nBytes === 0) throw error;
  } finally {
    source.destroy();
    file.destroy();
  }
  const head = Buffer.concat(chunks).subarray(0, HEAD_BYTES);
  await writeFile(targetPath, head.subarray(0, endOfRecords(head, quote)));
  return isGzip ? 'gzip' : 'none';
}

/** The place behind the last line end outside of quotes; all of it when there is none. */
export function endOfRecords(head: Buffer, quote: string): number {
  const quoteByte = quote === '' ? -1 : quote.charCodeAt(0);
  let isQuoted = false;
  let end = 0;
  for (let at = 0; at < head.length; at++) {
    const byte = head[at];
    // A doubled quote switches twice.
    if (byte === quoteByte) isQuoted = !isQuoted;
    else if (byte === LINE_FEED && !isQuoted) end = at + 1;
  }
  return end === 0 ? head.length : end;
}

async function startsWithGzip(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await file.close();
  }
}
