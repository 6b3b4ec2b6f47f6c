import { Counter, Histogram, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { RequestCounts } from './request-counts.js';

const BUCKETS = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60];
const ANSWERS = [
  ['GET', '/models/:id', 200, 0.0004],
  ['GET', '/models/:id', 404, 0.001],
  ['POST', '/predict', 200, 0.3],
  ['GET', '/models/:id', 200, 61],
  ['GET', '/models/:id', 200, 0.0051],
] as const;

/** What the library counts of the same. */
function asTheLibraryDoes(registry: Registry): void {
  const registers = [registry];
  const requests = new Counter({
    name: 'trainyard_http_requests_total',
    help: 'Answered requests.',
    labelNames: ['method', 'route', 'status'],
    registers,
  });
  const durations = new Histogram({
    name: 'trainyard_http_request_seconds',
    help: 'Time from the first byte of a request to the last of its answer.',
    labelNames: ['method', 'route'],
    buckets: BUCKETS,
    registers,
  });
  for (const [method, route, status, seconds] of ANSWERS) {
    requests.inc({ method, route, status });
    durations.observe({ method, route }, seconds);
  }
}

describe('RequestCounts', () => {
  const ours = new Registry();
  const theirs = new Registry();
  const counts = new RequestCounts(ours);
  for (const [method, route, status, seconds] of ANSWERS) counts.of(method, route, status).add(seconds);
  asTheLibraryDoes(theirs);

  it('reads as if the library had counted', async () => {
    expect(await ours.metrics()).toBe(await theirs.metrics());
  });

  it('is told to a group of processes as the library does, and again at every look', async () => {
    await ours.metrics();
    const plain = (json: unknown) =>
      JSON.parse(JSON.stringify(json, (key, value) => (key === 'exemplar' ? undefined : value))) as unknown;
    expect(plain(await ours.getMetricsAsJSON())).toEqual(plain(await theirs.getMetricsAsJSON()));
  });
});
