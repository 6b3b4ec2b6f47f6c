import type { OutputKind } from '../../learn/estimator.js';
import type { JsonObject } from '../../learn/json.js';
import type { ModelSignature } from '../../learn/pipeline/signature.js';

/** Models that other programs have made: what is known of one, as it lies in the report of its version. */

export const FOREIGN_FORMATS = ['onnx', 'tfjs'] as const;
export type ForeignFormat = (typeof FOREIGN_FORMATS)[number];

/** What a version's `algorithm` says of the format. */
export const FOREIGN_ALGORITHMS: Readonly<Record<ForeignFormat, string>> = {
  onnx: 'onnx',
  tfjs: 'tfjs_layers',
};

/** undefined: a bundle of ours. */
export function foreignFormatOf(algorithm: string): ForeignFormat | undefined {
  return FOREIGN_FORMATS.find((format) => FOREIGN_ALGORITHMS[format] === algorithm);
}

/** What elements of a tensor are to us; each runtime has its own widths. */
export type ElementKind = 'float' | 'integer' | 'boolean' | 'text';

/** An input or an output as its file declares it. */
export interface TensorDeclaration {
  readonly name: string;
  /** The runtime's name of the element type: float32, int64, … */
  readonly elementType: string;
  /** null: any length. */
  readonly shape: readonly (number | null)[];
}

/** How rows become the model's inputs: one input of the shape [rows, 1] or [rows] a column, or one tensor for all. */
export interface InputLayout {
  readonly kind: 'columns' | 'tensor';
  readonly tensors: readonly (TensorDeclaration & { readonly element: ElementKind })[];
  /** `tensor`: the shape of one row; `columns`: [number of columns]. */
  readonly rowShape: readonly number[];
  /** Rows that the model takes at once, where its file fixes that: 1. null: any number. */
  readonly fixedRows: 1 | null;
}

/** How the model's outputs become numbers, row-major. */
export interface OutputLayout {
  /** The output with the numbers; with the labels where the model gives no numbers. */
  readonly name: string;
  readonly kind: 'numbers' | 'labels';
  /** One number that is the probability of the second of two classes. */
  readonly isSecondProbability: boolean;
  /** Shape of one row's numbers as the model gives them. */
  readonly rowShape: readonly number[];
}

export interface ForeignModel {
  readonly format: ForeignFormat;
  readonly inputs: InputLayout;
  readonly outputs: OutputLayout;
  readonly signature: ModelSignature;
  readonly outputKind: OutputKind;
  readonly nOutputs: number;
  /** Seeds of made-up rows (golden-values.ts), and what the model gave for each. */
  readonly golden: { readonly seeds: readonly number[]; readonly outputs: readonly (readonly number[])[] };
  /** What the file says of itself, for the report. */
  readonly found: JsonObject;
}

/** What a caller may say of a file that does not say it itself. */
export interface ImportChoices {
  readonly columns?: readonly string[] | undefined;
  readonly classes?: readonly string[] | undefined;
  readonly task?: 'classification' | 'regression' | 'clustering' | undefined;
  /** The output to be read, where there are several. */
  readonly output?: string | undefined;
}

export function elementsOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** A model that another program has made, and what its file may unpack to. */
export interface ForeignFile {
  readonly model: ForeignModel;
  readonly maxBytes: number;
}
