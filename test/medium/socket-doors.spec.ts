import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { PlainWebSocketDoor } from '../../src/predictions/sockets/plain-web-socket.js';
import { SocketIoDoor } from '../../src/predictions/sockets/socket-io.js';
import { MAX_UNREAD_BYTES, type PingTimes } from '../../src/predictions/sockets/socket-limits.js';
import type { SocketSession } from '../../src/predictions/sockets/socket-session.js';

/** More than the system's own buffers of a connection take. */
const ANSWER = { prediction: 'x'.repeat(512 * 1024) };
const MOST_ANSWERS = 400;
/** Soon; and never in the time of a test. */
const QUICK = { intervalMs: 300, timeoutMs: 300 };
const NEVER = { intervalMs: 600_000, timeoutMs: 600_000 };

/** Clients that go silent, or ask and never read. */
describe.each(['socket.io', 'WebSocket'] as const)('the door of %s', (kind) => {
  let server: Server;
  let door: SocketIoDoor | PlainWebSocketDoor;
  let client: WebSocket;
  let nAsked: number;
  let nPings: number;
  let opened: Promise<void>;
  let closed: Promise<void>;
  let isClosed: boolean;

  async function start(pings: PingTimes): Promise<void> {
    nAsked = 0;
    isClosed = false;
    let open!: () => void;
    let close!: () => void;
    opened = new Promise((resolve) => {
      open = resolve;
    });
    closed = new Promise((resolve) => {
      close = resolve;
    });
    const session = {
      predict: async () => {
        nAsked++;
        return ANSWER;
      },
    } as unknown as SocketSession;
    const onOpen = () => {
      open();
      return session;
    };
    const onClose = () => {
      isClosed = true;
      close();
    };
    const Door = kind === 'socket.io' ? SocketIoDoor : PlainWebSocketDoor;
    door = new Door(onOpen, onClose, pings);
    server = createServer();
    server.on('upgrade', (request, socket, head) => door.upgrade(request, socket, head));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const path = kind === 'socket.io' ? '/socket.io/?EIO=4&transport=websocket' : '/ws/predict';
    client = new WebSocket(`ws://127.0.0.1:${port}${path}`, { autoPong: false });
    nPings = 0;
    // Engine.io has pings of its own: messages `2`.
    client.on('ping', () => nPings++);
    client.on('message', (data) => {
      if (String(data) === '2') nPings++;
    });
    client.on('error', () => undefined);
    await once(client, 'open');
    // Engine.io's `message`, socket.io's `connect`.
    if (kind === 'socket.io') client.send('40');
    await opened;
  }
  afterEach(async () => {
    client.terminate();
    await closed;
    await door.close();
    server.closeAllConnections();
    server.close();
  });

  const ask = () => client.send(kind === 'socket.io' ? '42["predict",{"input":[]}]' : '{"input":[]}');

  it('closes on a client that does not answer a ping', async () => {
    await start(QUICK);
    await closed;
    expect(nPings).toBe(1);
  });

  it('keeps a client that reads and answers pings, however much it asks', async () => {
    await start(QUICK);
    client.on('ping', () => client.pong());
    client.on('message', (data) => {
      if (String(data) === '2') client.send('3');
    });
    let nRead = 0;
    const all = new Promise<void>((resolve) => {
      client.on('message', (data) => {
        if (String(data).length > 1000 && ++nRead === 40) resolve();
        else if (String(data).length > 1000) ask();
      });
    });
    ask();
    await all;
    await expect.poll(() => nPings).toBeGreaterThan(2);
    expect(isClosed).toBe(false);
  });

  it('cuts off a client that asks and does not read, before its answers fill the memory', async () => {
    await start(NEVER);
    client.pause();
    for (let n = 0; n < MOST_ANSWERS && !isClosed; n++) {
      ask();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await closed;
    // What the system's buffers took, what one write took, and what may be unread.
    const bound = (4 * MAX_UNREAD_BYTES) / ANSWER.prediction.length;
    expect(nAsked).toBeLessThan(bound);
  });
});
