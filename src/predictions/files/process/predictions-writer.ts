import { DelimitedWriter } from '../../../datasets/formats/delimited-writer.js';
import { literal } from '../../../datasets/ingest/duckdb.js';
import type { ModelSignature } from '../../../learn/pipeline/signature.js';
import type { ModelOutputs } from './added-columns.js';
import type { FileColumn } from './file-task-types.js';
import type { ScoredRows, UnfitReason } from './score-rows.js';

/**
 * Writes what was predicted as delimited text beside the table, row by row: a class as its number, a number with all of
 * its digits. `selectSql` reads it as the added columns.
 */
export class PredictionsWriter {
  readonly #writer: DelimitedWriter;
  readonly #isClass: boolean;
  nWarnings = 0;
  nRowsWithProblems = 0;

  constructor(
    private readonly path: string,
    private readonly outputs: ModelOutputs,
    private readonly hasErrors: boolean,
  ) {
    this.#writer = new DelimitedWriter(path);
    this.#isClass = outputs.outputKind === 'probabilities' || outputs.outputKind === 'scores';
  }

  /** @returns by row the index of the class; null where there are no classes */
  async write({ outputs, nWarnings, problems }: ScoredRows): Promise<Int32Array | null> {
    const { nOutputs, outputKind } = this.outputs;
    const nProbabilities = outputKind === 'probabilities' ? nOutputs : 0;
    const decisions = this.#isClass ? new Int32Array(nWarnings.length) : null;
    for (let row = 0; row < nWarnings.length; row++) {
      const reasons = problems.get(row);
      const error = this.hasErrors ? [reasons === undefined ? null : textOf(reasons)] : [];
      if (reasons !== undefined) {
        this.nRowsWithProblems++;
        const nothing = new Array<null>(nProbabilities + 2).fill(null);
        await this.#writer.write([...nothing, ...error]);
        continue;
      }
      this.nWarnings += nWarnings[row]!;
      const scored = outputs.subarray(row * nOutputs, (row + 1) * nOutputs);
      const decided = this.#isClass ? likeliest(scored) : scored[0]!;
      if (decisions !== null) decisions[row] = decided;
      const cells = [decided, ...scored.subarray(0, nProbabilities), nWarnings[row]!].map(String);
      await this.#writer.write([...cells, ...error]);
    }
    return decisions;
  }

  end(): Promise<void> {
    return this.#writer.end();
  }

  destroy(): void {
    this.#writer.destroy();
  }

  /** SQL of a table with the added columns as c<first>, c<first + 1>, … */
  selectSql(columns: readonly FileColumn[], { target }: ModelSignature, first: number): string {
    const types = columns.map(
      ({ type }, k) => `'p${k}': '${type === 'text' && k > 0 ? 'VARCHAR' : 'DOUBLE'}'`,
    );
    const { classes = [] } = target;
    const list = columns.map(({ type }, k) => {
      const value = k === 0 && this.#isClass ? classSql(classes, type) : `p${k}`;
      return `${value} AS c${first + k}`;
    });
    const options = [
      'auto_detect = false',
      `columns = {${types.join(', ')}}`,
      "delim = ','",
      `quote = '"'`,
      `escape = '"'`,
      'header = false',
      "nullstr = ''",
      'parallel = false',
    ];
    return `SELECT ${list.join(', ')} FROM read_csv(${literal(this.path)}, ${options.join(', ')})`;
  }
}

/** The index of the greatest; of equal ones the first. */
function likeliest(scores: Float64Array): number {
  let best = 0;
  for (let k = 1; k < scores.length; k++) if (scores[k]! > scores[best]!) best = k;
  return best;
}

function classSql(classes: readonly (string | number | boolean)[], type: FileColumn['type']): string {
  const labels = classes.map((label) => {
    if (type === 'text') return literal(String(label));
    return type === 'number' ? `CAST(${label} AS DOUBLE)` : String(label);
  });
  return `list_extract([${labels.join(', ')}], CAST(p0 AS BIGINT) + 1)`;
}

/** `wrong_type: age; missing_value: job` */
function textOf(reasons: readonly UnfitReason[]): string {
  const said = reasons.map(({ code, column }) => (column === undefined ? code : `${code}: ${column}`));
  return [...new Set(said)].join('; ');
}
