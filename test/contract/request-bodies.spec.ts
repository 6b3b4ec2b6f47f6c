import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { Controller, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JsonBodyInterceptor } from '../../src/http/json-body.interceptor.js';
import { ProblemFilter } from '../../src/http/problem.filter.js';
import { type RunningService, startService } from '../support/service.js';
import { dataServerClient, internalClient } from '../support/users.js';

const BAD = { body: '{"modelId": secret', headers: { 'content-type': 'application/json' }, bad: true };

describe('JSON bodies', () => {
  let service: RunningService;
  beforeAll(async () => {
    service = await startService({ LOG_LEVEL: 'silent' });
  });
  afterAll(() => service.stop());

  it('are not looked at before the caller is known', async () => {
    const internal = internalClient(service);
    const stranger = await internal.as(undefined).request('POST', '/internal/trainings', BAD);
    expect(stranger.body).toMatchObject({ status: 401, code: 'unauthenticated' });
    const records = await dataServerClient(service).request('POST', '/models', BAD);
    expect(records.body).toMatchObject({ status: 401, code: 'unauthenticated' });
    const known = await internal.request('POST', '/internal/trainings', BAD);
    expect(known.body).toMatchObject({ status: 400, code: 'invalid_json' });
    expect(known.bytes.toString()).not.toContain('secret');
  });

  it('are of that type and of a size', async () => {
    const internal = internalClient(service);
    const typed = await internal.request('POST', '/internal/trainings', {
      ...{ body: 'a=1', headers: { 'content-type': 'application/x-www-form-urlencoded' }, bad: true },
    });
    expect(typed.body).toMatchObject({ status: 415, code: 'unsupported_media_type' });
    const large = await internal.request('POST', '/internal/trainings', {
      ...{ body: `{"modelId":"${'x'.repeat(2 ** 20)}"}`, headers: BAD.headers, bad: true },
    });
    expect(large.body).toMatchObject({ status: 413, code: 'payload_too_large' });
  });

  it('leave the line that says where the service is, and that it is ready, at every log level', () => {
    expect(service.logs.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ msg: 'ready', url: service.url, dataServerUrl: service.dataServerUrl }),
    ]);
  });

  it('are not waited for without end', async () => {
    @Controller()
    class Echo {
      @Post()
      answer(): string {
        return 'read';
      }
    }
    @Module({ controllers: [Echo] })
    class EchoModule {}
    const app = await NestFactory.create(EchoModule, { bodyParser: false, logger: false });
    app.useGlobalFilters(new ProblemFilter());
    app.useGlobalInterceptors(new JsonBodyInterceptor(50));
    await app.listen(0, '127.0.0.1');
    try {
      const socket = connect((app.getHttpServer().address() as AddressInfo).port, '127.0.0.1');
      await once(socket, 'connect');
      socket.write(
        'POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{"a":',
      );
      // The server ends the connection, so this comes to an end.
      const answer = await text(socket);
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
      expect(answer).toContain('"code":"upload_incomplete"');
    } finally {
      await app.close();
    }
  });
});
