import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { AccessLog } from './access-log.js';
import { AccessLines, type LineStream } from './logger.js';
import { Metrics } from './metrics.js';

class Lines {
  lastLevel = 0;
  readonly texts: string[] = [];

  write(line: string): void {
    this.texts.push(line);
  }
}

const parts = (level: string) => {
  const lines = new Lines();
  const metrics = new Metrics();
  return {
    lines,
    metrics,
    log: new AccessLog(new AccessLines(lines as unknown as LineStream, level), metrics),
  };
};
const request = (method: string, path?: string) =>
  ({ method, ...(path === undefined ? {} : { route: { path } }) }) as unknown as IncomingMessage;
const response = (statusCode: number, writableFinished: boolean) =>
  Object.assign(new EventEmitter(), { statusCode, writableFinished }) as unknown as ServerResponse;

describe('the access log', () => {
  it('has a line of JSON for each answer when it has ended', () => {
    const { lines, log } = parts('info');
    const answer = response(201, true);
    log.follow(request('PUT', '/things/:id "x"'), answer, 'abc-1');
    expect(lines.texts).toEqual([]);
    answer.emit('close');
    expect(lines.texts[0]?.endsWith('}\n')).toBe(true);
    expect(JSON.parse(lines.texts[0] as string)).toEqual({
      level: 30,
      time: expect.any(Number),
      pid: process.pid,
      msg: 'request',
      method: 'PUT',
      route: '/things/:id "x"',
      status: 201,
      durationMs: expect.any(Number),
      requestId: 'abc-1',
    });
  });

  it('tells answers that were cut off, and routes that nobody knows', () => {
    const { lines, log } = parts('info');
    const answer = response(200, false);
    log.follow(request('GET'), answer, 'x');
    answer.emit('close');
    expect(JSON.parse(lines.texts[0] as string)).toMatchObject({ msg: 'request cut off', route: 'unknown' });
  });

  it('counts health checks and writes no line for them, nor any where the level is above it', async () => {
    const { lines, metrics, log } = parts('info');
    const answer = response(200, true);
    log.follow(request('GET', '/health/live'), answer, 'x');
    answer.emit('close');
    expect(await metrics.text()).toContain(
      'trainyard_http_requests_total{method="GET",route="/health/live",status="200"} 1',
    );
    const quiet = parts('warn');
    quiet.log.of('GET', '/x').note(answer, 'x', 0, true);
    expect([...lines.texts, ...quiet.lines.texts]).toEqual([]);
  });

  it.each([
    [0.04, 0],
    [0.26, 0.3],
    [99.96, 100],
    [123456.78, 123456.8],
  ])('writes %s ms as %s', (durationMs, written) => {
    const lines = new Lines();
    new AccessLines(lines as unknown as LineStream, 'info').write(
      'info',
      'request',
      '"a":1',
      durationMs,
      'x',
    );
    expect(JSON.parse(lines.texts[0] as string)).toMatchObject({ a: 1, durationMs: written });
  });
});
