import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../json.js';
import { Random } from '../random.js';
import { estimateTrainingBytes } from './estimate-bytes.js';
import { makeGoldenRows, replayGoldenRows } from './golden-rows.js';
import { type PipelineParts, pipelineFromParts, pipelineToParts } from './pipeline-parts.js';
import { columnFrom, tableFrom, toyAlgorithm, toyContext, toySpec } from './testing/toys.js';
import { trainPipeline } from './train-pipeline.js';

const algorithm = toyAlgorithm('classification');
const cells = <T>(cell: (i: number) => T): T[] => Array.from({ length: 40 }, (_, i) => cell(i));
const table = tableFrom([
  columnFrom(
    'age',
    'number',
    cells((i) => 20 + i),
  ),
  columnFrom(
    'joined',
    'date',
    cells((i) => (i % 2 === 0 ? '2020-01-01' : '2021-06-30')),
  ),
  columnFrom(
    'city',
    'text',
    cells((i) => ['Bonn', 'Köln', '7'][i % 3] as string),
  ),
  columnFrom(
    '__proto__',
    'text',
    cells((i) => ['p', 'q'][i % 2] as string),
  ),
  columnFrom(
    'y',
    'text',
    cells((i) => ['no', 'yes'][i % 2] as string),
  ),
]);
const spec = toySpec(algorithm, {
  normalization: 'std',
  columns: { city: { unseen: 'rare', missing: 'constant' } },
});
const trained = async () => (await trainPipeline(table, spec, toyContext(algorithm))).pipeline;
const open = (parts: PipelineParts) => pipelineFromParts(parts, () => algorithm);

describe('pipeline parts', () => {
  it('has the steps by the names that a bundle shows', async () => {
    const { config, tensors } = pipelineToParts(await trained());
    expect(config['steps']).toEqual([
      'imputers',
      'label_encoders',
      'date_encoders',
      'normalize_scaler',
      'model',
    ]);
    expect(Object.keys(tensors)).toEqual([
      'normalize_scaler.offset',
      'normalize_scaler.divisor',
      'model.means',
    ]);
    expect(config['label_encoders']).toMatchObject({ target: { type: 'text', classes: ['no', 'yes'] } });
  });

  const config = (parts: PipelineParts, ...path: string[]): JsonObject =>
    path.reduce<JsonObject>((object, key) => object[key] as JsonObject, parts.config);
  const input = (parts: PipelineParts, i: number): JsonObject =>
    parts.signature.inputs[i] as unknown as JsonObject;
  it.each<[string, (parts: PipelineParts) => void]>([
    ['no steps', (parts) => delete parts.config['steps']],
    ['a step less', (parts) => (parts.config['steps'] as string[]).pop()],
    ['no imputer', (parts) => delete config(parts, 'imputers')['age']],
    ['an unknown policy', (parts) => (config(parts, 'imputers', 'age')['policy'] = 'guess')],
    ['a fill that is no number', (parts) => (config(parts, 'imputers', 'age')['fill'] = 'x')],
    [
      'a category less',
      (parts) => (config(parts, 'label_encoders', 'columns', 'city')['categories'] = ['Bonn']),
    ],
    [
      'a category by another name',
      (parts) =>
        (config(parts, 'label_encoders', 'columns', 'city')['categories'] = ['Bonn', 'Köln', '8', 'missing']),
    ],
    ['a fill that is no text', (parts) => (config(parts, 'imputers', 'city')['fill'] = 3)],
    ['a fill that is no category', (parts) => (config(parts, 'imputers', 'city')['fill'] = 'Paris')],
    [
      'a category twice',
      (parts) => (config(parts, 'label_encoders', 'columns', 'city')['categories'] = ['7', '7']),
    ],
    [
      'an unknown encoding',
      (parts) => (config(parts, 'label_encoders', 'columns', 'city')['encoding'] = 'x'),
    ],
    ['an unknown date part', (parts) => (parts.config['date_encoders'] = { joined: ['minute'] })],
    ['a date part twice', (parts) => (parts.config['date_encoders'] = { joined: ['year', 'year'] })],
    ['other classes', (parts) => (config(parts, 'label_encoders', 'target')['classes'] = ['no', 'perhaps'])],
    ['no target encoder', (parts) => (config(parts, 'label_encoders')['target'] = null)],
    ['an unknown scaler', (parts) => (config(parts, 'normalize_scaler')['kind'] = 'log')],
    ['a scaler that claims to do nothing', (parts) => (config(parts, 'normalize_scaler')['kind'] = 'none')],
    ['no model', (parts) => (parts.config['model'] = [])],
    ['more outputs', (parts) => (config(parts, 'model', 'config')['nOutputs'] = 3)],
    ['an input without a type', (parts) => delete input(parts, 0)['type']],
    ['a range the wrong way', (parts) => (input(parts, 0)['minimum'] = 1e6)],
    ['an input twice', (parts) => (input(parts, 0)['name'] = 'joined')],
    ['another task', (parts) => ((parts.signature as unknown as JsonObject)['task'] = 'regression')],
  ])('refuses %s', async (_, damage) => {
    const parts = pipelineToParts(await trained());
    const copy = {
      ...parts,
      ...(structuredClone({ signature: parts.signature, config: parts.config }) as object),
    };
    expect(() => open(copy)).not.toThrow();
    damage(copy);
    expect(() => open(copy)).toThrowError(expect.objectContaining({ code: 'invalid_state' }));
  });

  it.each<[string, Float64Array | undefined]>([
    ['absent', undefined],
    ['too short', Float64Array.of(1)],
    ['zero', new Float64Array(20)],
    ['not finite', new Float64Array(20).fill(NaN)],
  ])('refuses a divisor that is %s', async (_, wrong) => {
    const parts = pipelineToParts(await trained());
    const n = parts.tensors['normalize_scaler.divisor']?.data.length ?? 0;
    const { 'normalize_scaler.divisor': _divisor, ...others } = parts.tensors;
    const data = wrong === undefined || wrong.length === 1 ? wrong : wrong.subarray(0, n);
    const tensors =
      data === undefined ? others : { ...others, 'normalize_scaler.divisor': { shape: [data.length], data } };
    expect(() => open({ ...parts, tensors })).toThrowError(
      expect.objectContaining({ code: 'invalid_state' }),
    );
  });

  it('refuses a later version', async () => {
    const parts = pipelineToParts(await trained());
    const later = { ...parts, config: { ...parts.config, schemaVersion: 2 } };
    expect(() => open(later)).toThrowError(expect.objectContaining({ code: 'unsupported_version' }));
  });
});

describe('golden rows', () => {
  it('are synthetic and repeat for a seed', async () => {
    const pipeline = await trained();
    const golden = makeGoldenRows(pipeline, new Random(5));
    expect(makeGoldenRows(pipeline, new Random(5))).toEqual(golden);
    expect(replayGoldenRows(pipeline, golden)).toEqual([]);
    expect(pipeline.predictRows(golden.rows).problems).toEqual([]);
  });

  it('are read back even where a year has five digits', async () => {
    const far = columnFrom(
      'far',
      'number',
      cells((i) => 3e14 + i * 86_400_000),
    );
    const dates = tableFrom([far, ...table.columns]);
    const withDates = { ...spec, columns: { ...spec.columns, far: { type: 'date' as const } } };
    const { pipeline } = await trainPipeline(dates, withDates, toyContext(algorithm));
    expect(replayGoldenRows(pipeline, makeGoldenRows(pipeline, new Random(5)))).toEqual([]);
  });

  it('show where a replay differs', async () => {
    const pipeline = await trained();
    const { rows, outputs } = makeGoldenRows(pipeline, new Random(5), 3);
    const nudged = outputs.map((row, i) => (i === 1 ? [row[0] as number, (row[1] as number) + 1e-9] : row));
    expect(replayGoldenRows(pipeline, { rows, outputs: nudged })).toEqual([{ row: 1, output: 1 }]);
    expect(replayGoldenRows(pipeline, { rows, outputs: outputs.slice(1) })).toContainEqual({
      row: 2,
      output: null,
    });
    expect(replayGoldenRows(pipeline, { rows: [{}], outputs: [[1, 2]] })[0]).toEqual({
      row: 0,
      output: null,
    });
  });
});

describe('estimateTrainingBytes', () => {
  it('grows with rows and with one-hot columns', () => {
    const columns = [
      { name: 'age', type: 'number' as const, distinctCount: 40 },
      { name: 'city', type: 'text' as const, distinctCount: 40 },
      { name: 'y', type: 'text' as const, distinctCount: 2 },
    ];
    const bytes = (nRows: number, dropColumns: string[] = []): number =>
      estimateTrainingBytes({ nRows, columns }, { ...spec, dropColumns }, () => algorithm);
    expect(bytes(1_000_000) - bytes(0)).toBeGreaterThan(8e6 * 40);
    expect(bytes(1_000_000, ['city'])).toBeLessThan(bytes(1_000_000) / 2);
  });
});
