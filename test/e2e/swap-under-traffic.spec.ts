import { once } from 'node:events';
import { io } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { ContractClient } from '../support/contract-client.js';
import { type RunningService, startService } from '../support/service.js';
import * as users from '../support/users.js';

const COLUMNS = 'island bill_length_mm bill_depth_mm flipper_length_mm body_mass_g sex year'.split(' ');
/** A tree says 0 or 1 of it, naive Bayes never does: the shares tell which version has answered. */
const ROW = ['Dream', 46.1, 18.2, 196, 4000, 'male', 2008];
const RECORD = Object.fromEntries(COLUMNS.map((name, k) => [name, ROW[k]]));
const TENSORS = COLUMNS.map((name, k) => ({
  name,
  shape: [1],
  datatype: typeof ROW[k] === 'string' ? 'BYTES' : 'FP64',
  data: [ROW[k]],
}));

type Shares = readonly number[];
/** Asks once; undefined: the model is gone. Anything else is a lost request, and thrown. */
type Ask = () => Promise<Shares | undefined>;

/** A model that is replaced and deleted while every protocol asks it. The steps build on each other. */
describe.each([['1'], ['2']])(
  'a model that is changed under traffic, in %s process(es)',
  { sequential: true },
  (nProcesses) => {
    let trainer: RunningService;
    let service: RunningService;
    let user: users.TestUser;
    let client: ContractClient;
    let modelId: string;
    let askers: Record<string, Ask>;
    const versions = new Map<number, Shares>();
    const closing: (() => void)[] = [];

    beforeAll(async () => {
      trainer = await startService();
      user = await users.newUser(trainer);
      const datasetId = await users.newDataset(user);
      users.expectStatus(await users.upload(user, datasetId, await users.fixture('penguins.csv')), 201);
      modelId = await users.newModel(user);
      for (const algorithm of ['decision_tree_classifier', 'gaussian_nb']) {
        const request = { modelId, ownerId: user.id, datasetId, algorithm, target: 'species' };
        const started = await users.internalClient(trainer).post('/internal/trainings', request);
        users.expectStatus(started, 202);
        const events = await users.outcomeOf(trainer, started.body.id);
        expect(events.at(-1)).toMatchObject({ status: 'succeeded' });
      }
      await trainer.end();
      service = await startService({
        STORAGE_DIR: trainer.storageDir,
        DATABASE_URL: trainer.databaseUrl,
        DEFAULT_MODEL_ID: modelId,
        PROCESSES: nProcesses,
      });
      client = new ContractClient(service.url, users.SERVICE_CONTRACT, user.authorization);
      for (const version of [1, 2]) {
        const query = { version };
        const { body } = await client.post(`/models/${modelId}/predict`, { rows: [RECORD] }, { query });
        versions.set(version, Object.values(body.predictions[0].probabilities));
      }
      expect(versions.get(1)).not.toEqual(versions.get(2));
      // A new connection each goes to one process after the other.
      for (let nReady = 0; nReady < 4; ) {
        const { status } = await fetch(`${service.url}/ping`, { headers: { connection: 'close' } });
        nReady = status === 200 ? nReady + 1 : 0;
      }
      askers = await openAskers();
    });
    afterAll(async () => {
      for (const close of closing) close();
      await service?.stop();
      await trainer?.stop();
    });

    async function openAskers(): Promise<Record<string, Ask>> {
      const token = user.authorization.replace('Bearer ', '');
      const socket = io(service.url, { auth: { token }, transports: ['websocket'], forceNew: true });
      const plain = new WebSocket(`${service.url.replace('http', 'ws')}/ws/predict`, {
        headers: { authorization: user.authorization },
      });
      closing.push(
        () => socket.close(),
        () => plain.close(),
      );
      await once(plain, 'open');
      const posted = async (path: string, request: object, read: (body: never) => Shares) => {
        const { status, body } = await client.post(path, request);
        if (status === 404) return undefined;
        if (status !== 200) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`);
        return read(body as never);
      };
      const answered = (answer: { prediction?: Shares[]; code?: string }) => {
        if (answer.code === 'model_not_trained') return undefined;
        if (answer.prediction === undefined) throw new Error(JSON.stringify(answer));
        return answer.prediction[0];
      };
      const params = { predict_method: 'predict_proba' };
      return {
        native: () =>
          posted(`/models/${modelId}/predict`, { rows: [RECORD] }, (body: { predictions: object[] }) =>
            Object.values((body.predictions[0] as { probabilities: object }).probabilities),
          ),
        V2: () =>
          posted(
            `/v2/models/${modelId}/infer`,
            { inputs: TENSORS },
            (body: { outputs: { data: number[] }[] }) => body.outputs[1]!.data,
          ),
        MLflow: () =>
          posted(
            `/models/${modelId}/mlflow/invocations`,
            { instances: [ROW], params },
            (body: { predictions: object[] }) => Object.values(body.predictions[0]!),
          ),
        'the root': () =>
          posted('/invocations', { instances: [ROW], params }, (body: { predictions: object[] }) =>
            Object.values(body.predictions[0]!),
          ),
        arrays: () =>
          posted('/predict', { input: [ROW] }, (body: { prediction: Shares[] }) => body.prediction[0]!),
        'socket.io': async () =>
          answered(await socket.timeout(20_000).emitWithAck('predict', { model: modelId, input: [ROW] })),
        WebSocket: async () => {
          const answer = once(plain, 'message');
          plain.send(JSON.stringify({ model: modelId, input: [ROW] }));
          return answered(JSON.parse(String((await answer)[0])));
        },
      };
    }

    /** Everybody asks without a pause while something happens, and once more after it. */
    async function during(work: () => Promise<void>): Promise<Map<string, (Shares | undefined)[]>> {
      let isOver = false;
      const seen = new Map<string, (Shares | undefined)[]>();
      const asking = Object.entries(askers).map(async ([name, ask]) => {
        const answers = [await ask()];
        seen.set(name, answers);
        while (!isOver) answers.push(await ask());
      });
      try {
        await expect.poll(() => seen.size).toBe(asking.length);
        await work();
      } finally {
        isOver = true;
        await Promise.all(asking);
      }
      return seen;
    }
    const versionOf = (shares: Shares | undefined) =>
      [...versions].find(([, known]) => JSON.stringify(known) === JSON.stringify(shares))?.[0];

    it('answers every request with one version or the other, to the bit, when it is promoted and rolled back', async () => {
      const change = async (path: string, request?: object) =>
        users.expectStatus(await client.post(`/models/${modelId}/${path}`, request), 200);
      const seen = await during(async () => {
        for (let times = 0; times < 3; times++) {
          await change('promote', { version: 1 });
          await change('rollback');
        }
        await change('promote', { version: 1 });
      });
      for (const [name, answers] of seen) {
        expect(answers.length, name).toBeGreaterThan(1);
        for (const shares of answers) expect([1, 2], name).toContain(versionOf(shares));
      }
      await expect
        .poll(async () => Promise.all(Object.values(askers).map(async (ask) => versionOf(await ask()))))
        .toEqual(Object.values(askers).map(() => 1));
    });

    it('answers until it is deleted, and then says that it is gone', async () => {
      const internal = new ContractClient(
        service.url,
        users.SERVICE_CONTRACT,
        `Bearer ${service.serviceToken}`,
      );
      const seen = await during(async () => {
        users.expectStatus(await internal.request('DELETE', `/internal/models/${modelId}`), 204);
        await expect
          .poll(async () => Promise.all(Object.values(askers).map((ask) => ask())))
          .toEqual(Object.values(askers).map(() => undefined));
      });
      for (const [name, answers] of seen) {
        const firstGone = answers.indexOf(undefined);
        for (const shares of answers.slice(0, firstGone)) expect(versionOf(shares), name).toBe(1);
        if (nProcesses === '1')
          expect(answers.slice(firstGone).every((shares) => shares === undefined)).toBe(true);
      }
    });
  },
);
