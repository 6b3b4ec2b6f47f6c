import { rm } from 'node:fs/promises';
import { Duckdb, literal } from '../../../datasets/ingest/duckdb.js';
import { canonicalOptions } from '../../../datasets/ingest/table-statistics.js';
import { Problem, type ProblemItem } from '../../../errors/problem.js';
import { MAX_PROBLEMS } from '../../../learn/pipeline/row-findings.js';
import type { TaskContext } from '../../../processes/serve-task.js';
import { addedColumns, nameAdded } from './added-columns.js';
import type { FileColumn, PredictionTaskInput, PredictionTaskOutput } from './file-task-types.js';
import { type MatchedColumn, matchColumns } from './match-columns.js';
import type { BatchQuestion, ScoredBatch } from './predict.worker.js';
import { PredictionsWriter } from './predictions-writer.js';
import { RowSample } from './row-sample.js';
import type { ScoredRows } from './score-rows.js';
import { ScoringThreads } from './scoring-threads.js';
import { readBatches, type TableBatch } from './table-batches.js';

/** DuckDB's part of the process; the rest is the model on every thread and the batches under way. */
const DUCKDB_SHARE = 0.4;

/**
 * Predicts every row of a canonical table and writes it with the predictions beside it. The table is read, scored on
 * threads and written in portions, so memory does not depend on its length.
 * @throws Problem columns_do_not_fit, invalid_rows where such rows are refused, bundle_invalid
 */
export async function predictTable(
  input: PredictionTaskInput,
  task: Pick<TaskContext, 'progress'>,
): Promise<PredictionTaskOutput> {
  const { tablePath, columns, outputPath, signature } = input;
  const sidePath = `${outputPath}.predictions`;
  const duckdb = await Duckdb.open({
    threads: input.threads,
    memoryMb: Math.floor(input.memoryMb * DUCKDB_SHARE),
    paths: [tablePath, sidePath, outputPath],
  });
  try {
    const matched = await matchColumns(duckdb, tablePath, columns, signature);
    const made = await predictInto(duckdb, sidePath, input, matched, task);
    const { writer, added, outputColumns, nRows, sample } = made;
    task.progress('joining', 0);
    const inputs = columns.map((_, index) => `c${index}`).join(', ');
    const joined = `SELECT * FROM (SELECT ${inputs} FROM read_parquet(${literal(tablePath)}))
      POSITIONAL JOIN (${writer.selectSql(outputColumns, signature, columns.length)})`;
    const all: FileColumn[] = [...columns, ...outputColumns];
    const options = canonicalOptions(all.length);
    await duckdb.run(`COPY (${joined}) TO ${literal(outputPath)} (${options})`);
    const { nWarnings, nRowsWithProblems } = writer;
    return {
      columns: all.map(({ name, type, integer }) => ({
        name,
        type,
        ...(integer === undefined ? {} : { integer }),
      })),
      added,
      nRows,
      nWarnings,
      nRowsWithProblems,
      sampled: { rows: sample.rows, nLost: sample.nLost },
    };
  } finally {
    duckdb.close();
    await rm(sidePath, { force: true });
  }
}

async function predictInto(
  duckdb: Duckdb,
  sidePath: string,
  input: PredictionTaskInput,
  matched: readonly MatchedColumn[],
  task: Pick<TaskContext, 'progress'>,
) {
  const { tablePath, bundlePath, foreign, columns, signature, onRowProblem } = input;
  const [count] = await duckdb.rows(`SELECT count(*) AS n FROM read_parquet(${literal(tablePath)})`);
  const nRows = Number(count!['n']);
  const sample = new RowSample(input.sample ?? { share: 0, seed: 0 }, nRows, matched.length);
  const wanted = matched.map(({ name, type, wantedType }) => ({ name, type, wantedType }));
  const threads = new ScoringThreads({ bundlePath, foreign, wanted }, input.threads);
  let writer: PredictionsWriter | undefined;
  try {
    const outputs = await threads.describe();
    const added = nameAdded(signature, outputs, columns, onRowProblem);
    writer = new PredictionsWriter(sidePath, outputs, added.error !== null);
    const refused: ProblemItem[] = [];
    let nDone = 0;
    const questions = chosenIn(readBatches(duckdb, tablePath, matched), sample);
    for await (const { question, scored } of threads.score(questions)) {
      if (onRowProblem === 'reject') noteRefused(refused, scored, nDone);
      if (refused.length >= MAX_PROBLEMS) break;
      const decisions = await writer.write(scored);
      addSampled(sample, question, scored, decisions, nDone);
      nDone += question.batch.nRows;
      task.progress('predicting', nDone / nRows);
    }
    if (refused.length > 0) throw rowsRefused(refused);
    if (nDone !== nRows) throw new Error('the table did not give as many rows as it has');
    await writer.end();
    return { writer, added, outputColumns: addedColumns(added, signature, outputs), nRows, sample };
  } finally {
    writer?.destroy();
  }
}

async function* chosenIn(
  batches: AsyncIterable<TableBatch>,
  sample: RowSample,
): AsyncGenerator<BatchQuestion> {
  for await (const batch of batches) yield { batch, chosen: sample.choose(batch.nRows) };
}

/** Rows that were not predicted are no predictions. */
function addSampled(
  sample: RowSample,
  { batch: { nRows }, chosen }: BatchQuestion,
  { outputs, problems, warnings, inputs }: ScoredBatch,
  decisions: Int32Array | null,
  firstRow: number,
): void {
  const nOutputs = outputs.length / nRows;
  for (const [k, place] of chosen.entries()) {
    if (problems.has(place)) continue;
    sample.add({
      row: firstRow + place,
      input: inputs[k]!,
      outputs: Array.from(outputs.subarray(place * nOutputs, (place + 1) * nOutputs)),
      decision: decisions === null ? null : decisions[place]!,
      warnings: warnings.get(place)!,
    });
  }
}

function noteRefused(refused: ProblemItem[], { problems }: ScoredRows, firstRow: number): void {
  for (const row of [...problems.keys()].sort((a, b) => a - b)) {
    for (const reason of problems.get(row)!) {
      if (refused.length < MAX_PROBLEMS) refused.push({ ...reason, row: firstRow + row });
    }
  }
}

function rowsRefused(refused: readonly ProblemItem[]): Problem {
  const nProblems = refused.length === 1 ? '1 problem' : `${refused.length} problems`;
  return new Problem('invalid_rows', `The rows do not fit the model: ${nProblems}; see errors[].`, refused);
}
