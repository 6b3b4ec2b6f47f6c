import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { raw } from 'express';
import { migrate } from '../../database/migrate.js';
import { JsonBodyInterceptor } from '../../http/json-body.interceptor.js';
import { ProblemFilter } from '../../http/problem.filter.js';
import { nameRequest } from '../../http/request-id.js';
import { createValidationPipe } from '../../http/validation.js';
import { EmbeddedDataServerModule, type EmbeddedModuleOptions } from './embedded.module.js';
import { DATA_SERVER_MIGRATIONS, DATA_SERVER_SCHEMA } from './migrations.js';

export interface EmbeddedDataServerOptions extends EmbeddedModuleOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
}

export interface RunningDataServer {
  readonly url: string;
  stop(): Promise<void>;
}

const CALLBACK_MAX_BYTES = 1024 * 1024;

/** Starts the data server that stands in when no other is configured: own port, own tables, HTTP to the service. */
export async function startEmbeddedDataServer(
  options: EmbeddedDataServerOptions,
): Promise<RunningDataServer> {
  await migrate(options.database, DATA_SERVER_MIGRATIONS, DATA_SERVER_SCHEMA);
  const app = await NestFactory.create<NestExpressApplication>(EmbeddedDataServerModule.with(options), {
    bodyParser: false,
    abortOnError: false,
    forceCloseConnections: true,
  });
  app.disable('x-powered-by');
  app.use((request: never, response: never, next: () => void) => {
    nameRequest(request, response);
    next();
  });
  app.use('/callbacks/trainyard', raw({ type: () => true, limit: CALLBACK_MAX_BYTES }));
  app.useGlobalFilters(new ProblemFilter());
  app.useGlobalInterceptors(new JsonBodyInterceptor());
  app.useGlobalPipes(createValidationPipe());
  await app.listen(options.port, options.host);
  return { url: await app.getUrl(), stop: () => app.close() };
}
