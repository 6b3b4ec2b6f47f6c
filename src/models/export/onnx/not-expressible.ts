/** Why a pipeline, or a part of it, has no form in ONNX; the reason ends the sentence "Left out: …". */
export class NotExpressible extends Error {
  override readonly name = 'NotExpressible';

  constructor(readonly reason: string) {
    super(reason);
  }
}

/** A model that would be larger than is allowed. */
export function tooLarge(nBytes: number, maxBytes: number): NotExpressible {
  const [size, limit] = [nBytes, maxBytes].map((bytes) => (bytes / 2 ** 20).toFixed(1));
  return new NotExpressible(`it would have about ${size} MiB, and ${limit} MiB are allowed`);
}
