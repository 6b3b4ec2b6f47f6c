import { type Logger, pino } from 'pino';

export type { Logger } from 'pino';

/** What must never reach a log, wherever a careless call puts it. */
const REDACTED_PATHS = [
  'authorization',
  'cookie',
  'password',
  'secret',
  'token',
  '*.authorization',
  '*.cookie',
  '*.password',
  '*.secret',
  '*.token',
  'headers.authorization',
  'headers.cookie',
  'req.headers.authorization',
  'req.headers.cookie',
];

const FLUSH_BYTES = 8 * 1024;
const FLUSH_MS = 100;

/** Our loggers, both on one stream so that their lines do not run into each other. */
export interface Loggers {
  /** For everything but requests. */
  readonly main: Logger;
  /** One line a request, of fields that hold no secret: without redaction, which costs as much as the line itself. */
  readonly access: Logger;
}

/**
 * JSON lines on stdout. Lines are gathered for at most 100 ms, because one write a request was an eighth of a
 * prediction's time; a warning or an error is written at once, and all that was gathered before it.
 */
export function createLoggers(level: string): Loggers {
  const stream = new LineStream();
  const options = { level, base: { pid: process.pid }, serializers: { err: describeError } };
  return {
    main: pino({ ...options, redact: { paths: REDACTED_PATHS, censor: '[redacted]' } }, stream),
    access: pino(options, stream),
  };
}

/** pino tells a stream with this mark the level of the line that it is about to write. */
const METADATA = Symbol.for('pino.metadata');
const WARN = pino.levels.values['warn'] as number;

class LineStream {
  readonly [METADATA] = true;
  lastLevel = 0;
  readonly #out = pino.destination({ dest: 1, sync: false, minLength: FLUSH_BYTES, periodicFlush: FLUSH_MS });

  write(line: string): void {
    this.#out.write(line);
    if (this.lastLevel >= WARN) this.flushSync();
  }

  flushSync(): void {
    this.#out.flushSync();
  }
}

/** Only what explains an error: a driver's error also carries its connection, and the row that it is about. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message, stack } = error;
  const code = 'code' in error ? error.code : undefined;
  return { name, message, code, stack };
}
