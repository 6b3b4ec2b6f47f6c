/** The element types a bundle's tensors may have, by their names in the safetensors format. */
export type TensorArray = Float64Array | Float32Array | Int32Array | Uint32Array | Uint16Array | Uint8Array;

/** A typed array with a shape: the learned state of a step, as it is written into a bundle. Row-major. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: TensorArray;
}

export type Tensors = Readonly<Record<string, Tensor>>;

/** A one-dimensional tensor over `data`, no copy. */
export function vector(data: TensorArray): Tensor {
  return { shape: [data.length], data };
}
