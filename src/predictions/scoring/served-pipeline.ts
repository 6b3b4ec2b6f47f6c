import { Problem } from '../../errors/problem.js';
import type { OutputKind } from '../../learn/estimator.js';
import { explainRows } from '../../learn/explain/explain-rows.js';
import type { FittedPipeline } from '../../learn/pipeline/fitted-pipeline.js';
import type { RowReader } from '../../learn/pipeline/reading/row-reader.js';
import type { ModelSignature } from '../../learn/pipeline/signature.js';
import {
  type DivisibleScoring,
  type Explanation,
  rowsOf,
  type Scores,
  type ScoringInput,
  type ScoringOptions,
  type ServedModel,
} from './served-model.js';

/** The pipeline of a bundle behind the protocols. */
export class ServedPipeline implements ServedModel {
  readonly signature: ModelSignature;
  readonly outputKind: OutputKind;
  readonly nOutputs: number;
  readonly runs = 'here';
  readonly rowReader?: RowReader;
  readonly divisible?: DivisibleScoring;

  constructor(private readonly pipeline: FittedPipeline) {
    this.signature = pipeline.signature;
    this.outputKind = pipeline.steps.predictor.outputKind;
    this.nOutputs = pipeline.nOutputs;
    const { rowReader } = pipeline;
    if (rowReader === null) return;
    this.rowReader = rowReader;
    const nFeatures = pipeline.features.length;
    this.divisible = {
      encode: () => ({ ...pipeline.encodeRead(rowReader), nFeatures }),
      predict: (values, nRows) => pipeline.predictFeatures(values, nRows),
    };
  }

  score(input: ScoringInput, { passedThrough }: ScoringOptions): Scores {
    if (input.kind === 'read' && this.rowReader !== undefined)
      return this.pipeline.predictRead(this.rowReader);
    return this.pipeline.predictRows(rowsOf(input), passedThrough);
  }

  /** @throws Problem invalid_request for a clustering: the number of a cluster is no quantity that could add up */
  explain(input: ScoringInput, outputs: Int32Array): Explanation {
    if (this.outputKind === 'cluster') {
      throw new Problem(
        'invalid_request',
        'A clustering cannot be explained: the number of a cluster is no quantity.',
      );
    }
    return explainRows(this.pipeline, rowsOf(input), outputs);
  }
}
