/** Why a pipeline, or a part of it, has no form in ONNX; the reason ends the sentence "Left out: …". */
export class NotExpressible extends Error {
  override readonly name = 'NotExpressible';

  constructor(readonly reason: string) {
    super(reason);
  }
}
