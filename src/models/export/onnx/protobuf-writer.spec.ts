import { describe, expect, it } from 'vitest';
import { ProtobufWriter } from './protobuf-writer.js';

const hexOf = (writer: ProtobufWriter) => Buffer.from(writer.finish()).toString('hex');

/** The first three are the examples of the format's own description (protobuf.dev, "Encoding"). */
describe('ProtobufWriter', () => {
  it('writes integers in as many bytes as they need', () => {
    expect(hexOf(new ProtobufWriter().integer(1, 150))).toBe('089601');
    expect(hexOf(new ProtobufWriter().integer(2, 0).integer(2, 127))).toBe('1000107f');
    expect(hexOf(new ProtobufWriter().integer(1, 2 ** 31))).toBe('088080808008');
    expect(hexOf(new ProtobufWriter().integer(1, Number.MAX_SAFE_INTEGER))).toBe('08ffffffffffffff0f');
    expect(hexOf(new ProtobufWriter().integer(1, -2))).toBe('08feffffffffffffffff01');
  });

  it('writes texts, messages and packed lists with their length', () => {
    expect(hexOf(new ProtobufWriter().text(2, 'testing'))).toBe('120774657374696e67');
    expect(hexOf(new ProtobufWriter().message(3, (inner) => inner.integer(1, 150)))).toBe('1a03089601');
    expect(hexOf(new ProtobufWriter().integers(6, [3, 270, 86942]))).toBe('3206038e029ea705');
    expect(hexOf(new ProtobufWriter().texts(1, ['a', 'b', 'a']))).toBe('0a01610a01620a0161');
    expect(hexOf(new ProtobufWriter().text(1, 'ä'))).toBe('0a02c3a4');
  });

  it('grows with what is written', () => {
    const bytes = new Uint8Array(100_000).fill(7);
    const written = new ProtobufWriter().bytes(1, bytes).finish();
    expect(written.length).toBe(4 + bytes.length);
    expect(written.at(-1)).toBe(7);
  });
});
