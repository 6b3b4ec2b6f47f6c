import type { ColumnSchema } from '../../datasets/ingest/ingest-types.js';
import type { JsonObject } from '../../learn/json.js';
import type { Duel } from '../../learn/pipeline/duel.js';
import type { ModelSignature } from '../../learn/pipeline/signature.js';
import type { TrainingSpec } from '../training-spec.js';

/** What the forked training process is given. It has no database and no network: files in, a file out. */
export interface TrainingProcessInput {
  readonly trainingId: string;
  readonly attempt: number;
  readonly spec: TrainingSpec;
  /** The canonical Parquet of the data set's version. */
  readonly tablePath: string;
  readonly columns: readonly ColumnSchema[];
  /** The bundle of the version that the new one is to be better than. */
  readonly championPath?: string;
  /** Where to write the bundle. What a recipe makes of the table lies beside it while it is read. */
  readonly bundlePath: string;
  readonly threads: number;
  /** What the whole process may hold, in MiB. */
  readonly memoryMb: number;
  /** The Ed25519 private key (PKCS #8 PEM file) that signs the bundle. */
  readonly signingKeyPath: string;
  /** The largest ONNX model that a bundle may have; 0: none. */
  readonly onnxMaxBytes: number;
  /** Written into the bundle; passed in so that equal trainings give equal bytes. ISO 8601. */
  readonly createdAt: string;
  /** The program that writes the bundle: `trainyard 0.1.0`. */
  readonly producer: string;
}

/** What it made: the bundle at `bundlePath`, written, reopened and its golden rows replayed. */
export interface TrainingProcessOutput {
  readonly signature: ModelSignature;
  readonly report: JsonObject;
  readonly warnings: readonly string[];
  /** Against the champion, where there was one. */
  readonly duel?: Duel;
  readonly nBytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}
