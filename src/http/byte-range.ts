/** Bytes start..end, inclusive and zero-based. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Reads a Range header (RFC 9110, 14.1.2) against a length in bytes. `undefined`: send everything, because there is no
 * header, it is not understood, or it names several ranges, which a server may ignore.
 */
export function parseByteRange(
  header: string | undefined,
  nBytes: number,
): ByteRange | 'unsatisfiable' | undefined {
  const match = /^bytes=\s*(\d*)-(\d*)\s*$/i.exec(header ?? '');
  if (!match) return undefined;
  const [, first, last] = match as unknown as [string, string, string];
  if (first === '') {
    if (last === '') return undefined;
    const suffixLength = Math.min(Number(last), nBytes);
    return suffixLength === 0 ? 'unsatisfiable' : { start: nBytes - suffixLength, end: nBytes - 1 };
  }
  const start = Number(first);
  const end = last === '' ? nBytes - 1 : Math.min(Number(last), nBytes - 1);
  if (last !== '' && Number(last) < start) return undefined;
  return start >= nBytes ? 'unsatisfiable' : { start, end };
}
