import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { HttpUser } from './http.js';

/** What the service says of a data set, as far as the demo shows it. */
export interface DatasetAnswer {
  readonly nRows: number;
  readonly nColumns: number;
  readonly nBytes: number;
  readonly columns: readonly {
    readonly name: string;
    readonly type: string;
    readonly nullCount: number;
    readonly distinctCount: number;
    readonly missingMarkers: readonly string[];
  }[];
}

/** How a training stands, as far as the demo shows it. */
export interface TrainingAnswer {
  readonly id: string;
  readonly status: string;
  readonly progress: number;
  readonly etaSeconds: number | null;
  readonly error: { readonly code: string; readonly detail: string } | null;
}

/** The data server's record of a model. */
export interface ModelRecordAnswer {
  readonly id: string;
  readonly trainingStatus: string;
  readonly lastOutcome: { readonly modelVersion?: number | null } | null;
}

export interface PredictionAnswer {
  readonly modelVersion: number;
  readonly predictions: readonly {
    readonly label?: unknown;
    readonly value?: number;
    readonly probabilities?: Readonly<Record<string, number>>;
  }[];
  readonly warnings: readonly {
    readonly row: number;
    readonly column: string | null;
    readonly message: string;
  }[];
}

const POLL_MS = 150;
const OPEN_STATUSES = ['starting', 'running'];
const FINAL_STATUSES = ['succeeded', 'failed', 'canceled', 'timed_out'];
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What the three kinds of user do, each step one call or a few, through HTTP only. The benches take the same way. */
export class Journey {
  constructor(
    private readonly serviceUrl: string,
    private readonly dataServerUrl: string,
  ) {}

  /** Registers at the data server and logs in there; the same credentials then open the service. */
  async logIn(name: string): Promise<HttpUser> {
    const password = `${name}-and-a-long-password`;
    const guest = new HttpUser(this.dataServerUrl);
    await guest.json('POST', '/register', { name, email: `${name}@example.org`, password });
    const { token } = await guest.json<{ token: string }>('POST', '/login', { name, password });
    return new HttpUser(this.dataServerUrl, `Bearer ${token}`);
  }

  /** The user before the service instead of the data server. */
  atService(user: HttpUser): HttpUser {
    return user.at(this.serviceUrl);
  }

  async createDatasetRecord(user: HttpUser, name: string): Promise<string> {
    return (await user.json<{ id: string }>('POST', '/datasets', { name, format: 'csv' })).id;
  }

  async createModelRecord(user: HttpUser, name: string): Promise<string> {
    return (await user.json<{ id: string }>('POST', '/models', { name })).id;
  }

  /** Streams the file; nothing is held in memory. */
  async upload(user: HttpUser, datasetId: string, path: string, mediaType: string): Promise<DatasetAnswer> {
    const response = await this.atService(user).send('PUT', `/datasets/${datasetId}/content`, {
      headers: { 'content-type': mediaType },
      body: Readable.toWeb(createReadStream(path)) as ReadableStream,
      duplex: 'half',
    } as RequestInit);
    return (await response.json()) as DatasetAnswer;
  }

  /** Asks the data server for a training; it asks the service. */
  async startTraining(user: HttpUser, modelId: string, request: object): Promise<TrainingAnswer> {
    return user.json('POST', `/models/${modelId}/train`, request);
  }

  /** Follows the training until it has ended. Throws with the training's own error when it did not succeed. */
  async followTraining(
    user: HttpUser,
    modelId: string,
    onProgress: (training: TrainingAnswer) => void,
  ): Promise<void> {
    for (;;) {
      const training = await user.json<TrainingAnswer>('GET', `/models/${modelId}/training`);
      onProgress(training);
      if (training.status === 'succeeded') return;
      if (FINAL_STATUSES.includes(training.status)) {
        throw new Error(`the training ${training.status}: ${training.error?.code} ${training.error?.detail}`);
      }
      await pause(POLL_MS);
    }
  }

  /** Waits until the data server has taken the signed callback. */
  async awaitCallback(user: HttpUser, modelId: string): Promise<ModelRecordAnswer> {
    for (;;) {
      const record = await user.json<ModelRecordAnswer>('GET', `/models/${modelId}`);
      if (!OPEN_STATUSES.includes(record.trainingStatus)) return record;
      await pause(POLL_MS);
    }
  }

  predict(user: HttpUser, modelId: string, rows: readonly object[]): Promise<PredictionAnswer> {
    return this.atService(user).json('POST', `/models/${modelId}/predict`, { rows });
  }

  async downloadBundle(user: HttpUser, modelId: string): Promise<{ bytes: Buffer; digest: string | null }> {
    const response = await this.atService(user).send('GET', `/models/${modelId}/bundle`);
    return {
      bytes: Buffer.from(await response.arrayBuffer()),
      digest: response.headers.get('repr-digest'),
    };
  }
}
