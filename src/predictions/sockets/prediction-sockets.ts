import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { CredentialHandoff } from '../../auth/credential-handoff.js';
import { Admission } from '../admission.js';
import { DefaultModel } from '../default-model.js';
import { ScoringService } from '../scoring/scoring.service.js';
import { PlainWebSocketDoor } from './plain-web-socket.js';
import { SocketIoDoor } from './socket-io.js';
import { SocketSession } from './socket-session.js';

/** What was asked before the end is answered, if that takes no longer. */
const FINISH_MS = 5000;

/** Predictions over sockets: two doors, one kind of session behind them. service.ts hands their traffic in. */
@Injectable()
export class PredictionSockets {
  readonly #log = new Logger('sockets');
  readonly #sessions = new Set<SocketSession>();
  readonly #socketIo: SocketIoDoor;
  readonly #plain: PlainWebSocketDoor;

  constructor(
    admission: Admission,
    credentials: CredentialHandoff,
    defaultModel: DefaultModel,
    scoring: ScoringService,
  ) {
    const onDefect = (error: unknown) => this.#log.error({ msg: 'a prediction failed', err: error });
    const parts = { admission, credentials, defaultModel, scoring, onDefect };
    const open = (authorization: string | undefined) => {
      const session = new SocketSession(parts, authorization);
      this.#sessions.add(session);
      this.#log.log({ msg: 'a client has connected', nClients: this.#sessions.size });
      return session;
    };
    const close = (session: SocketSession) => {
      session.leave();
      this.#sessions.delete(session);
      this.#log.log({ msg: 'a client has disconnected', nClients: this.#sessions.size });
    };
    this.#socketIo = new SocketIoDoor(open, close);
    this.#plain = new PlainWebSocketDoor(open, close);
  }

  /** Takes the requests of socket.io's polling; false when the request is another one. */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    if (request.url?.startsWith(this.#socketIo.path) !== true) return false;
    this.#socketIo.request(request, response);
    return true;
  }

  /** Takes the upgrades to a WebSocket; false when there is none at the path. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    const path = request.url?.split('?')[0];
    if (path === this.#plain.path) this.#plain.upgrade(request, socket, head);
    else if (path === this.#socketIo.path) this.#socketIo.upgrade(request, socket, head);
    else return false;
    return true;
  }

  async close(): Promise<void> {
    const finished = Promise.all([...this.#sessions].map((session) => session.finish()));
    await Promise.race([finished, delay(FINISH_MS, undefined, { ref: false })]);
    await Promise.all([this.#socketIo.close(), this.#plain.close()]);
  }
}
