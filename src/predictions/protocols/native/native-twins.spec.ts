import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Problem } from '../../../errors/problem.js';
import { FittedPipeline } from '../../../learn/pipeline/fitted-pipeline.js';
import { LoadedModel } from '../../scoring/loaded-model.js';
import type { ServedModel } from '../../scoring/served-model.js';
import { ServedPipeline } from '../../scoring/served-pipeline.js';
import { answer } from '../../testing/toy-model.js';
import { toyPipeline } from '../../testing/toy-pipeline.js';

/** A request that is read straight from its bytes, held against the same request that went through JSON.parse. */
const toy = toyPipeline([], [0], 'value');
const served = new ServedPipeline(
  new FittedPipeline({
    ...toy.steps,
    predictor: {
      ...toy.steps.predictor,
      // A value that tells every feature apart.
      predictInto: (rows, nRows, out) => {
        for (let i = 0; i < nRows; i++) {
          const job = rows[i * 2 + 1] as number;
          out[i] = (rows[i * 2] as number) * 10 + (Number.isNaN(job) ? 9 : job);
        }
      },
    },
  }),
);
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
    const { body: text, ...rest } = answer(model, 'native', body);
    return {
      ...rest,
      reply: JSON.parse(String(text).replace(/"predictionId":"[^"]*"/, '"predictionId":""')),
    };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return error.toBody('id');
  }
}

function wasReadFromBytes(body: Uint8Array): boolean {
  try {
    return quick.speak('native').read({ body, headers: {} }, { maxRows: 5 }).input.kind === 'read';
  } catch {
    return false;
  }
}

const blank = fc.constantFrom('', '', '', ' ', '\n\t', '\r\n  ');
const value = fc.oneof(
  { weight: 6, arbitrary: fc.double({ min: 0, max: 120, noNaN: true }).map((x) => JSON.stringify(x)) },
  {
    weight: 4,
    arbitrary: fc.constantFrom('"a"', '"b"', '"c"', 'null', '""', '30', '-0', '1e2', '"\\u0061"'),
  },
  { weight: 1, arbitrary: fc.jsonValue().map((x) => JSON.stringify(x)) },
);
const key = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom('age', 'job') },
  { weight: 1, arbitrary: fc.constantFrom('income', 'x', '__proto__', 'größe') },
);
const usual = fc
  .tuple(
    fc.double({ min: 0, max: 120, noNaN: true }),
    fc.constantFrom('"a"', '"b"', '"z"', 'null'),
    fc.boolean(),
  )
  .map(([age, job, isTurned]) =>
    isTurned ? `{"job":${job},"age":${age}}` : `{"age": ${age}, "job": ${job}}`,
  );
const odd = fc
  .array(fc.tuple(key, value, blank), { maxLength: 4 })
  .map(
    (cells) =>
      `{${cells.map(([name, text, space]) => `${space}${JSON.stringify(name)}:${space}${text}`).join(',')}}`,
  );
const rows = fc.array(fc.oneof({ weight: 3, arbitrary: usual }, { weight: 1, arbitrary: odd }), {
  maxLength: 6,
});
const more = fc.constantFrom(
  '',
  '',
  '',
  '',
  ',"table":{}',
  ',"threshold":0.5',
  ',"explain":false',
  ',"rows":[]',
  ',"x":1',
);
const body = fc
  .tuple(rows, blank, more)
  .map(([list, space, options]) =>
    Buffer.from(`${space}{${space}"rows"${space}:${space}[${list.join(`,${space}`)}]${options}}${space}`),
  );

const cell = fc.constantFrom(
  '30',
  '-0.5',
  '1e2',
  '"a"',
  '"b"',
  '"z"',
  '"\\u0061"',
  'null',
  '""',
  'true',
  '[]',
);
const column = fc.tuple(
  key,
  fc.array(fc.oneof({ weight: 9, arbitrary: cell }, value), { maxLength: 6 }),
  blank,
);
const ages = fc.constantFrom('30', '99', '-0.5', 'null', '"7"');
const jobs = fc.constantFrom('"a"', '"b"', '"z"', 'null', '1');
const both = fc.array(fc.tuple(ages, jobs), { maxLength: 6 }).map((pairs) => {
  const [age, job] = [pairs.map(([a]) => a), pairs.map(([, j]) => j)];
  return [
    ['age', age, ' '],
    ['job', job, ''],
  ] as [string, string[], string][];
});
const columns = fc.oneof({ weight: 3, arbitrary: both }, fc.array(column, { maxLength: 3 }));
const table = fc.tuple(columns, blank, more).map(([list, space, options]) => {
  const members = list.map(
    ([name, cells, gap]) => `${JSON.stringify(name)}${gap}:${space}[${cells.join(`,${gap}`)}]`,
  );
  return Buffer.from(`{${space}"table":${space}{${members.join(',')}${space}}${options}}`);
});

/** Some bytes are taken out, and others put in their place. */
const damage = fc.tuple(fc.nat(), fc.nat({ max: 3 }), fc.uint8Array({ maxLength: 3 }));
const damaged = fc
  .tuple(fc.oneof(body, table), fc.array(damage, { minLength: 1, maxLength: 3 }))
  .map(([whole, damages]) =>
    damages.reduce((bytes, [place, nOut, put]) => {
      const at = place % (bytes.length + 1);
      return Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + nOut)]);
    }, whole),
  );

describe('a request that is read from its bytes', () => {
  it.each([
    ['as it may be sent', body, 1000],
    ['as columns', table, 1000],
    ['damaged', damaged, 50],
  ])('has the same answer as through JSON.parse: %s', (_what, bodies, leastRead) => {
    let nRead = 0;
    fc.assert(
      fc.property(bodies, (bytes) => {
        if (wasReadFromBytes(bytes)) nRead++;
        expect(outcome(quick, bytes)).toEqual(outcome(slow, bytes));
      }),
      { numRuns: 12_000 },
    );
    expect(nRead).toBeGreaterThan(leastRead);
  });
});
