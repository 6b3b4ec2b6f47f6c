import 'reflect-metadata';
import { Logger as NestLog } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import express from 'express';
import { AppModule } from './app.module.js';
import { withSettings } from './config/load-settings.js';
import { secretsDir, withGeneratedSecrets } from './config/secrets.js';
import type { Settings } from './config/settings-type.js';
import { startEmbeddedDataServer } from './data-server/embedded/index.js';
import { Database } from './database/database.js';
import { startEmbeddedDatabase } from './database/embedded/index.js';
import { migrate } from './database/migrate.js';
import { Problem } from './errors/problem.js';
import { HttpServer, type RequestHandler } from './http/http-server.js';
import { nameRequest, requestIdOf } from './http/request-id.js';
import { writeProblem } from './http/write-problem.js';
import { AccessLog } from './observability/access-log.js';
import { createLoggers, type Loggers } from './observability/logger.js';
import { Metrics } from './observability/metrics.js';
import { NestLogger } from './observability/nest-logger.js';
import { PredictionFastPath } from './predictions/fast-path.js';
import { PredictionSockets } from './predictions/sockets/prediction-sockets.js';
import { GroupMember, isGroupMember } from './processes/group/group-member.js';
import { ProcessGroup } from './processes/group/process-group.js';

/** A running service. */
export interface Service {
  readonly url: string;
  readonly dataServerUrl: string;
  /** Finishes what was begun, hands back what was claimed, stops the embedded parts. */
  stop(): Promise<void>;
}

const REQUEST_GRACE_MS = 10_000;

/** Starts everything that the settings ask for and resolves when requests are answered. What was started is stopped again when something fails. */
export async function startService(asked: Settings): Promise<Service> {
  const loggers = createLoggers(asked.logLevel);
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (let next = stops.pop(); next; next = stops.pop()) {
      await next().catch((error: Error) =>
        loggers.main.error({ msg: 'a part did not stop in order', err: error }),
      );
    }
  };
  try {
    return { ...(await startParts(asked, loggers, (part) => stops.push(part))), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** In the order of need; stopped in the reverse. */
async function startParts(asked: Settings, loggers: Loggers, onStop: (stop: () => Promise<void>) => void) {
  const logger = loggers.main;
  NestLog.overrideLogger(new NestLogger(logger));
  let settings = await withGeneratedSecrets(asked);

  if (settings.databaseUrl === undefined) {
    const embedded = await startEmbeddedDatabase(settings.storageDir);
    onStop(() => embedded.stop());
    settings = withSettings(settings, { databaseUrl: embedded.url });
  }
  const database = new Database({
    url: settings.databaseUrl!,
    poolSize: settings.databasePoolSize,
    log: (msg, err) => logger.warn({ msg, err }),
  });
  onStop(() => database.close());
  await migrate(database);

  const server = new HttpServer();
  const closeServer = () => server.close(REQUEST_GRACE_MS);
  const { processes, role } = settings;
  const metrics = new Metrics();
  // A port that is taken stops the start at once, also where it is the members of a group that listen.
  const isGroup = processes > 1;
  const port = isGroupMember ? settings.port : await server.listen(settings.host, settings.port);
  const url = urlOf(settings.host, port);
  if (isGroup) await closeServer();
  else if (!isGroupMember) onStop(closeServer);

  if (settings.dataServerUrl === undefined) {
    if (settings.dataServerKind !== 'trainyard') {
      throw new Error(
        'DATA_SERVER_URL: the address of the data server must be known; the embedded one speaks our contract.',
      );
    }
    const dataServer = await startEmbeddedDataServer({
      host: settings.host,
      port: settings.embeddedDataServerPort,
      database,
      serviceUrl: () => url,
      serviceToken: settings.serviceTokens[0]!,
      callbackSecrets: settings.callbackSecrets,
    });
    onStop(() => dataServer.stop());
    settings = withSettings(settings, { dataServerUrl: dataServer.url });
  }
  const parts = { settings, database, metrics, loggers, server, closeServer, onStop };
  const ownMetrics = () => metrics.registry.getMetricsAsJSON();
  if (isGroupMember) {
    const member = new GroupMember(ownMetrics);
    metrics.readAllWith(() => member.readMetrics());
    await startApplication(parts);
    // It takes no connection before it can answer.
    await server.listen(settings.host, port);
    onStop(closeServer);
    member.tellReady();
  } else if (isGroup) {
    if (role !== 'api') {
      await startApplication({ ...parts, settings: withSettings(settings, { role: 'worker' }) });
    }
    const env = memberEnvironment(settings, port);
    const group = new ProcessGroup({
      nProcesses: processes,
      env,
      ownMetrics,
      log: (line) => logger.info(line),
    });
    onStop(() => group.stop());
    await group.start();
  } else await startApplication(parts);

  // Whoever started the service waits for this line, so no LOG_LEVEL hides it.
  if (!isGroupMember) {
    logger.child({}, { level: 'info' }).info({
      msg: 'ready',
      url,
      dataServerUrl: settings.dataServerUrl,
      role,
      database: asked.databaseUrl === undefined ? 'embedded' : 'configured',
      secrets: secretsDir(settings),
    });
  }
  return { url, dataServerUrl: settings.dataServerUrl! };
}

/** What the members of a group cannot find out for themselves: where the embedded parts are, and that they are members. */
function memberEnvironment(settings: Settings, port: number): Record<string, string> {
  return {
    ROLE: 'api',
    PROCESSES: '1',
    PORT: String(port),
    DATABASE_URL: settings.databaseUrl!,
    DATA_SERVER_URL: settings.dataServerUrl!,
    SERVICE_TOKENS: settings.serviceTokens.join(','),
    CALLBACK_SECRETS: settings.callbackSecrets.join(','),
  };
}

interface ApplicationParts {
  readonly settings: Settings;
  readonly database: Database;
  readonly metrics: Metrics;
  readonly loggers: Loggers;
  readonly server: HttpServer;
  readonly closeServer: () => Promise<void>;
  readonly onStop: (stop: () => Promise<void>) => void;
}

async function startApplication(parts: ApplicationParts): Promise<void> {
  const { settings, database, metrics, loggers, server, closeServer, onStop } = parts;
  const accessLog = new AccessLog(loggers.access, metrics);
  const routes = express();
  routes.disable('x-powered-by');
  routes.set('etag', false);
  const app = await NestFactory.create(
    AppModule.forRoot({ settings, database, metrics, accessLog }),
    new ExpressAdapter(routes),
    { bodyParser: false, logger: new NestLogger(loggers.main), abortOnError: false },
  );
  onStop(async () => {
    await closeServer();
    await app.close();
  });
  await app.init();
  const predictions = app.get(PredictionFastPath);
  const sockets = app.get(PredictionSockets);
  // Before the server: it waits for every connection, and these do not end by themselves.
  onStop(() => sockets.close());
  const handle: RequestHandler = (request, response) => {
    accessLog.follow(request, response, requestIdOf(request));
    nameRequest(request, response);
    if (sockets.handle(request, response)) return;
    routes(request, response);
  };
  if (settings.role !== 'worker') {
    server.tryFirst(predictions);
    server.upgradeWith((request, socket, head) => sockets.upgrade(request, socket, head));
  }
  server.handleWith(settings.role === 'worker' ? operationalOnly(handle) : handle);
}

/** A worker answers those who watch it, and nobody else. */
function operationalOnly(handle: RequestHandler): RequestHandler {
  return (request, response) => {
    if (/^\/(?:health\/|metrics(?:$|\?))/.test(request.url ?? '')) handle(request, response);
    else
      writeProblem(
        response,
        new Problem('not_found', 'This process runs trainings and answers no requests.'),
      );
  };
}

function urlOf(host: string, port: number): string {
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}
