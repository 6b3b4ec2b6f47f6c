import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Problem } from '../../../errors/problem.js';
import { LoadedModel } from '../../scoring/loaded-model.js';
import type { ServedModel } from '../../scoring/served-model.js';
import { ServedPipeline } from '../../scoring/served-pipeline.js';
import { answer } from '../../testing/toy-model.js';
import { toyPipeline } from '../../testing/toy-pipeline.js';

/** Invocations that are read straight from their bytes, held against the same ones that went through JSON.parse. */
const served = new ServedPipeline(toyPipeline([], [0], 'value'));
const withoutReader: ServedModel = {
  signature: served.signature,
  outputKind: served.outputKind,
  nOutputs: served.nOutputs,
  runs: 'here',
  score: (input, options) => served.score(input, options),
};
const quick = new LoadedModel('m', 1, served, 1);
const slow = new LoadedModel('m', 1, withoutReader, 1);

function outcome(model: LoadedModel, body: Uint8Array): unknown {
  try {
    const wire = model.speak('mlflow');
    const request = wire.read({ body, headers: {} }, { maxRows: 5 });
    return { reply: answer(model, 'mlflow', body), scores: served.score(request.input, request.options) };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return error.toBody('id');
  }
}

const age = fc.oneof(fc.double({ min: 0, max: 120, noNaN: true }), fc.constantFrom('7', null, 'old', true));
const job = fc.constantFrom('a', 'b', 'z', '', null, 1);
const pairs = fc.array(fc.tuple(age, job), { maxLength: 6 });
const form = fc.constantFrom(
  'dataframe_split',
  'dataframe_records',
  'instances',
  'inputs',
  'inputs list',
  'index',
);
const sent = fc
  .tuple(pairs, form, fc.constantFrom(undefined, 1), fc.boolean())
  .map(([cells, name, indent, more]) => {
    const rows = cells.map(([a, j]) => ({ age: a, job: j }));
    const split = { columns: ['job', 'age'], data: cells.map(([a, j]) => [j, a]) };
    const content = {
      dataframe_split: split,
      dataframe_records: rows,
      instances: rows,
      inputs: { age: cells.map(([a]) => a), job: cells.map(([, j]) => j) },
      'inputs list': rows,
      index: { index: cells.map((_, i) => i), ...split },
    }[name];
    const key = name === 'index' ? 'dataframe_split' : name === 'inputs list' ? 'inputs' : name;
    return Buffer.from(JSON.stringify({ [key]: content, ...(more ? { params: {} } : {}) }, null, indent));
  });
const damage = fc.tuple(fc.nat(), fc.nat({ max: 3 }), fc.uint8Array({ maxLength: 2 }));
const damaged = fc.tuple(sent, damage).map(([body, [place, nOut, put]]) => {
  const at = place % (body.length + 1);
  return Buffer.concat([body.subarray(0, at), put, body.subarray(at + nOut)]);
});

describe('an invocation that is read from its bytes', () => {
  it.each([
    ['as it may be sent', sent, 700],
    ['damaged', damaged, 50],
  ])('has the same answer as through JSON.parse: %s', (_what, bodies, leastRead) => {
    let nRead = 0;
    fc.assert(
      fc.property(bodies, (body) => {
        const { readAtOnce } = quick.speak('mlflow');
        if (readAtOnce?.({ body, headers: {} }, { maxRows: 5 }) !== undefined) nRead++;
        expect(outcome(quick, body)).toEqual(outcome(slow, body));
      }),
      { numRuns: 6000 },
    );
    expect(nRead).toBeGreaterThan(leastRead);
  });
});
