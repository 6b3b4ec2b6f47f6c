import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endOfRecords, writeHead } from './head.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trainyard-head-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function head(content: Buffer): Promise<string> {
  const [source, target] = [join(folder, 'source'), join(folder, 'target')];
  await writeFile(source, content);
  await writeHead(source, target, '"');
  return readFile(target, 'utf8');
}

describe('the head of a file', () => {
  it('ends behind a whole record', () => {
    const end = (text: string, quote = '"') => endOfRecords(Buffer.from(text), quote);
    expect(end('a,b\n1,2\n3,')).toBe(8);
    expect(end('a,b\n1,"x\ny')).toBe(4);
    expect(end('a,b\n1,"x""\ny"\n2')).toBe(14);
    expect(end("a,b\n1,'x\ny", "'")).toBe(4);
    expect(end('a,b\n1,"x\ny', '')).toBe(9);
    expect(end('no line end')).toBe(11);
  });

  it('is decompressed as far as there is of it', async () => {
    const rows = `a\n${Array.from({ length: 50_000 }, (_, row) => `${(row * 7919) % 10007}`).join('\n')}\n`;
    expect(await head(gzipSync(rows))).toBe(rows);
    const cut = await head(gzipSync(rows).subarray(0, 40_000));
    expect(cut.length).toBeGreaterThan(1000);
    expect(cut.endsWith('\n') && rows.startsWith(cut)).toBe(true);
    expect(await head(Buffer.from('a,b\n1'))).toBe('a,b\n');
  });
});
