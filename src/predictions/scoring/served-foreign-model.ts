import { Problem } from '../../errors/problem.js';
import type { OutputKind } from '../../learn/estimator.js';
import { RowFindings } from '../../learn/pipeline/row-findings.js';
import type { ModelSignature } from '../../learn/pipeline/signature.js';
import type { FeedValues } from '../../models/imports/engine.js';
import type { ForeignModel } from '../../models/imports/foreign-model.js';
import { type ForeignRows, readForeignRows } from '../../models/imports/foreign-rows.js';
import type { ModelRunner } from '../../models/imports/runner/model-runner.js';
import type { ScoringRequest } from './scoring-request.js';
import {
  nRowsOf,
  rowsOf,
  type Scores,
  type ScoringInput,
  type ScoringOptions,
  type ServedModel,
  type TensorShapes,
} from './served-model.js';

/** Where the model is computed. */
type ForeignRunner = Pick<ModelRunner, 'run' | 'retire'>;

type Findings = Pick<RowFindings, 'problems' | 'warnings' | 'nWarningsLeftOut'>;

const NOBODY: ReadonlySet<string> = new Set();

/** An imported model behind the protocols: rows are checked here, and computed in the model's own process. */
export class ServedForeignModel implements ServedModel {
  readonly signature: ModelSignature;
  readonly outputKind: OutputKind;
  readonly nOutputs: number;
  readonly tensors?: TensorShapes;
  readonly runs = 'elsewhere';
  readonly foreign: ForeignModel;
  readonly #runner: ForeignRunner;

  constructor({ model, runner }: { readonly model: ForeignModel; readonly runner: ForeignRunner }) {
    this.foreign = model;
    this.#runner = runner;
    this.signature = model.signature;
    this.outputKind = model.outputKind;
    this.nOutputs = model.nOutputs;
    const { inputs, outputs } = model;
    if (inputs.kind === 'tensor') {
      const output =
        outputs.isSecondProbability || outputs.kind === 'labels' ? [this.nOutputs] : outputs.rowShape;
      const columns = this.signature.inputs.map(({ name }) => name);
      this.tensors = { name: inputs.tensors[0]?.name ?? 'input', input: inputs.rowShape, output, columns };
    }
  }

  score(input: ScoringInput, { passedThrough = NOBODY }: ScoringOptions): Scores | Promise<Scores> {
    const nRows = nRowsOf(input);
    if (input.kind === 'tensor') return this.#run(nRows, [input.values], new RowFindings());
    const { values, findings } = input.kind === 'fed' ? input : feed(input, this.foreign, passedThrough);
    return findings.problems.length > 0
      ? scoresOf(new Float64Array(0), findings)
      : this.#run(nRows, values, findings);
  }

  close(): void {
    this.#runner.retire();
  }

  async #run(nRows: number, values: readonly FeedValues[], findings: Findings): Promise<Scores> {
    return scoresOf(await this.#runner.run(nRows, values), findings);
  }
}

/**
 * Rows as the model's inputs.
 * @throws Problem invalid_request for a model whose rows have no columns
 */
function feed(input: ScoringInput, model: ForeignModel, passedThrough: ReadonlySet<string>): ForeignRows {
  if (model.signature.inputs.length === 0) throw takesTensors(model.inputs.rowShape);
  return readForeignRows(rowsOf(input), model, (name) => passedThrough.has(name));
}

/**
 * What a thread does of a large request, so that parsing and checking it does not keep the event loop.
 * @param keepsRows whether somebody wants to see the rows afterwards
 */
export function feedRequest<Request extends ScoringRequest>(
  request: Request,
  model: ForeignModel,
  keepsRows: boolean,
): Request {
  const { input, options } = request;
  if (input.kind === 'tensor') return request;
  const { values, findings } = feed(input, model, options.passedThrough ?? NOBODY);
  const { problems, warnings, nWarningsLeftOut } = findings;
  const rows = keepsRows || options.passedThrough !== undefined ? rowsOf(input) : [];
  const plain = { problems, warnings, nWarningsLeftOut };
  return { ...request, input: { kind: 'fed', nRows: nRowsOf(input), values, findings: plain, rows } };
}

function takesTensors(shape: readonly number[]): Problem {
  return new Problem(
    'invalid_request',
    `A row of this model is a tensor of the shape [${shape.join(', ')}] and has no columns; send it as nested arrays to /predict or as a tensor to /v2/models/{id}/infer.`,
  );
}

function scoresOf(outputs: Float64Array, { problems, warnings, nWarningsLeftOut }: Findings): Scores {
  return { outputs, problems, warnings, nWarningsLeftOut };
}
