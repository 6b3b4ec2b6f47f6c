import { buffer } from 'node:stream/consumers';
import { fromBufferPromise } from 'yauzl';
import { ZipFile } from 'yazl';

export type Files = Map<string, Buffer>;

/** A zip with its files changed. */
export async function repackZip(zip: Buffer, change: (files: Files) => void): Promise<Buffer> {
  const files: Files = new Map();
  const opened = await fromBufferPromise(zip, {});
  for await (const entry of opened.eachEntry()) {
    files.set(entry.fileName, await buffer(await opened.openReadStreamPromise(entry)));
  }
  change(files);
  const packed = new ZipFile();
  for (const [name, content] of files) packed.addBuffer(content, name);
  packed.end();
  return buffer(packed.outputStream);
}

/** The topology in it, changed. */
export function changeTopology(files: Files, name: string, change: (text: string) => string): void {
  files.set(name, Buffer.from(change(String(files.get(name)))));
}
