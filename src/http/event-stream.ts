import type { ServerResponse } from 'node:http';

/** A client that has let this much pile up does not read; it may connect again and begins with the current state. */
const MAX_BACKLOG_BYTES = 256 * 1024;

export interface EventStreamOptions<State> {
  /** The name of the events. */
  readonly event: string;
  readonly heartbeatMs: number;
  readonly isFinal: (state: State) => boolean;
  /** Called with every heartbeat. */
  readonly onHeartbeat?: () => void;
}

/**
 * Server-sent events to one client, each the whole state of one thing: a client that missed some has missed nothing.
 * The stream ends after a final state.
 */
export class EventStream<State extends { readonly updatedAt: string }> {
  #heartbeat: NodeJS.Timeout | undefined;
  #isOpen = false;
  #lastUpdate = '';
  #nEvents = 0;

  constructor(
    private readonly response: ServerResponse,
    private readonly options: EventStreamOptions<State>,
  ) {}

  open(): void {
    this.response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      // nginx would collect events otherwise.
      'X-Accel-Buffering': 'no',
    });
    this.#isOpen = true;
    this.#heartbeat = setInterval(() => {
      this.#write(': still here\n\n');
      this.options.onHeartbeat?.();
    }, this.options.heartbeatMs);
    this.response.once('close', () => {
      this.#isOpen = false;
      clearInterval(this.#heartbeat);
    });
  }

  /** Reads of the state may overtake each other; an older one is not told after a newer one. */
  tell(state: State): void {
    if (!this.#isOpen || state.updatedAt < this.#lastUpdate) return;
    this.#lastUpdate = state.updatedAt;
    this.#write(`id: ${++this.#nEvents}\nevent: ${this.options.event}\ndata: ${JSON.stringify(state)}\n\n`);
    if (this.options.isFinal(state)) this.end();
  }

  end(): void {
    this.#isOpen = false;
    clearInterval(this.#heartbeat);
    this.response.end();
  }

  #write(text: string): void {
    // Judged by what was written before: one large event is no backlog.
    if (this.response.writableLength > MAX_BACKLOG_BYTES) this.response.destroy();
    else this.response.write(text);
  }
}
