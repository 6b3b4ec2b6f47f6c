/**
 * A zstd frame of raw blocks (RFC 8878, 3.1.1): what a compressor writes when nothing can be saved. No checksum, a
 * window of 1 MiB.
 */
export function zstdFrame(content: Buffer): Buffer {
  const magic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
  const maxBlockBytes = 128 * 1024;
  // Descriptor without flags; window descriptor: exponent 10 over 2^10.
  const parts: Buffer[] = [magic, Buffer.from([0x00, 10 << 3])];
  for (let from = 0; ; from += maxBlockBytes) {
    const block = content.subarray(from, from + maxBlockBytes);
    const isLast = from + maxBlockBytes >= content.length;
    const header = Buffer.alloc(3);
    header.writeUIntLE((block.length << 3) | (isLast ? 1 : 0), 0, 3);
    parts.push(header, block);
    if (isLast) return Buffer.concat(parts);
  }
}
