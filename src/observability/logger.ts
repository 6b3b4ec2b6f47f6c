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

/** Some hundred lines go out in one write. */
const GATHERED_BYTES = 32 * 1024;
/** Of UTF-8 for a unit of UTF-16. */
const MAX_BYTES_PER_UNIT = 3;
const FLUSH_MS = 100;

/** Our loggers, both on one stream so that their lines do not run into each other. */
export interface Loggers {
  /** For everything but requests. */
  readonly main: Logger;
  /** One line a request. */
  readonly access: AccessLines;
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
    access: new AccessLines(stream, level),
  };
}

/** Tenths of a millisecond as text, for what takes no longer than this many. */
const TENTHS = Array.from({ length: 1000 }, (_, n) => String(n / 10));

/**
 * A line for each answer, as the other loggers write theirs, put together by hand: its fields are always the same, hold no
 * secret, and need no escaping but once. That takes a quarter of the time.
 */
export class AccessLines {
  readonly #lowest: number;
  readonly #pid = `,"pid":${process.pid},"msg":"`;
  #timeMs = 0;
  #timeText = '';

  constructor(
    private readonly stream: LineStream,
    lowestLevel: string,
  ) {
    this.#lowest = pino.levels.values[lowestLevel] ?? Number.POSITIVE_INFINITY;
  }

  /**
   * @param fields of the line, as JSON without the braces
   * @param requestId a plain one: it goes into the line as it is
   */
  write(level: 'debug' | 'info', msg: string, fields: string, durationMs: number, requestId: string): void {
    const value = level === 'info' ? INFO : DEBUG;
    if (value < this.#lowest) return;
    const nowMs = Date.now();
    if (nowMs !== this.#timeMs) {
      this.#timeMs = nowMs;
      this.#timeText = `${nowMs}${this.#pid}`;
    }
    const tenths = Math.round(durationMs * 10);
    const duration = TENTHS[tenths] ?? String(tenths / 10);
    this.stream.lastLevel = value;
    this.stream.write(
      `{"level":${value},"time":${this.#timeText}${msg}",${fields},"durationMs":${duration},"requestId":"${requestId}"}\n`,
    );
  }
}

/** pino tells a stream with this mark the level of the line that it is about to write. */
const METADATA = Symbol.for('pino.metadata');
const WARN = pino.levels.values['warn'] as number;
const INFO = pino.levels.values['info'] as number;
const DEBUG = pino.levels.values['debug'] as number;

/**
 * Gathers lines as bytes: a line goes into a buffer in one step, however many pieces it was put together from. The stream
 * below asks a text for its length in bytes, and that takes longer than all else of a line for one that is still in pieces.
 */
export class LineStream {
  readonly [METADATA] = true;
  lastLevel = 0;
  readonly #out = pino.destination({ dest: 1, sync: false });
  readonly #gathered = Buffer.allocUnsafeSlow(GATHERED_BYTES);
  #nBytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor() {
    process.once('exit', () => this.flushSync());
  }

  write(line: string): void {
    if (line.length * MAX_BYTES_PER_UNIT > GATHERED_BYTES - this.#nBytes) {
      this.#handOver();
      if (line.length * MAX_BYTES_PER_UNIT > GATHERED_BYTES) {
        this.#out.write(line);
        return;
      }
    }
    this.#nBytes += this.#gathered.write(line, this.#nBytes);
    if (this.lastLevel >= WARN) this.flushSync();
    else this.#timer ??= setTimeout(() => this.#handOver(), FLUSH_MS).unref();
  }

  flushSync(): void {
    this.#handOver();
    this.#out.flushSync();
  }

  #handOver(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#nBytes === 0) return;
    this.#out.write(this.#gathered.toString('utf8', 0, this.#nBytes));
    this.#nBytes = 0;
  }
}

/** Only what explains an error: a driver's error also carries its connection, and the row that it is about. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message, stack } = error;
  const code = 'code' in error ? error.code : undefined;
  return { name, message, code, stack };
}
