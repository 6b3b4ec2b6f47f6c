import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningService, startService } from '../support/service.js';

const BODY = new Uint8Array(12_000_000);

let service: RunningService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

describe('a request that is refused before its body has come', () => {
  it.each([
    ['a bundle', 'PUT', '/models/md_x/bundle', 'application/zip'],
    ['a data set', 'PUT', '/datasets/ds_x/content', 'text/csv'],
    ['rows to predict', 'POST', '/models/md_x/predict', 'application/json'],
  ])('gives its answer to a caller that is still sending %s', async (_what, method, path, contentType) => {
    for (let n = 0; n < 10; n++) {
      const answer = await fetch(`${service.url}${path}`, {
        method,
        headers: { 'content-type': contentType, authorization: 'Bearer of nothing' },
        body: BODY,
      });
      expect(answer.status).toBe(401);
      expect(await answer.json()).toMatchObject({ code: 'unauthenticated' });
    }
  });

  it('ends the connection of one that does not stop', async () => {
    const { hostname, port } = new URL(service.url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => {}); // a reset, when it is cut off
    const head = 'PUT /models/md_x/bundle HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000000\r\n\r\n';
    socket.write(head);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(String(answer)).toMatch(/^HTTP\/1.1 4\d\d /);
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    const keepSending = () => {
      if (!socket.destroyed) socket.write(BODY.subarray(0, 65_536), keepSending);
    };
    keepSending();
    await closed;
  });
});
