import type { ClassLabel } from '../../learn/preprocessing/label-encoder.js';
import type { ElementKind, ForeignModel, TensorDeclaration } from './foreign-model.js';

/** What of a row crosses to the runtime: one list a tensor, all rows one after the other. */
export type FeedValues = Float64Array | readonly string[];

export interface Feed {
  readonly name: string;
  readonly elementType: string;
  readonly shape: readonly number[];
  readonly values: FeedValues;
}

export interface ResultTensor {
  readonly shape: readonly number[];
  /** Numbers (booleans as 0 and 1), or texts. */
  readonly values: Float64Array | readonly string[];
}

/** What a file says of its model. */
export interface EngineFacts {
  readonly inputs: readonly TensorDeclaration[];
  readonly outputs: readonly TensorDeclaration[];
  /** Labels in the order of the probabilities, where the file names them. */
  readonly classes: readonly ClassLabel[] | undefined;
  readonly task: ForeignModel['signature']['task'] | undefined;
  /** Outputs whose rows are probabilities by the way they are computed. */
  readonly softmaxOutputs: ReadonlySet<string>;
  /** For the report: who wrote it, versions, operators. */
  readonly about: Readonly<Record<string, string | number>>;
}

/** An opened model in its runtime. */
export interface Engine {
  readonly facts: EngineFacts;
  /** undefined: the runtime's element type is none that we can fill. */
  elementKind(elementType: string): ElementKind | undefined;
  run(feeds: readonly Feed[], output: string): Promise<ResultTensor>;
  close(): Promise<void>;
}
