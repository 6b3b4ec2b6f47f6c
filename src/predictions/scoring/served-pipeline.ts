import type { OutputKind } from '../../learn/estimator.js';
import type { FittedPipeline } from '../../learn/pipeline/fitted-pipeline.js';
import type { ModelSignature } from '../../learn/pipeline/signature.js';
import {
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

  constructor(private readonly pipeline: FittedPipeline) {
    this.signature = pipeline.signature;
    this.outputKind = pipeline.steps.predictor.outputKind;
    this.nOutputs = pipeline.nOutputs;
  }

  score(input: ScoringInput, { passedThrough }: ScoringOptions): Scores {
    return this.pipeline.predictRows(rowsOf(input), passedThrough);
  }
}
