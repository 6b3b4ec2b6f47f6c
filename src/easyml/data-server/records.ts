import { Injectable } from '@nestjs/common';
import { RECORD_ID } from '../../data-server/client/data-server.js';
import { Problem } from '../../errors/problem.js';
import { DataServerSession } from './session.js';

/** A record of the data server; its ids are ints there and texts here. */
export interface EasymlRecord {
  readonly id: string;
  readonly name: string;
  /** Data sets: csv, excel, json or sql; models: the model type. */
  readonly type: string;
  readonly ownerId: string;
}

/** Asks the data server for users and records. */
@Injectable()
export class EasymlRecords {
  constructor(private readonly session: DataServerSession) {}

  /** Whose token this is; undefined: nobody's. */
  async userOf(token: string): Promise<string | undefined> {
    const body = await this.#find(`/api/ml/user-token/${encodeURIComponent(token)}/`);
    const id = body?.['user_id'];
    return isId(id) ? String(id) : undefined;
  }

  dataset(id: string): Promise<EasymlRecord | undefined> {
    return this.#record('user-data', id);
  }

  model(id: string): Promise<EasymlRecord | undefined> {
    return this.#record('user-model', id);
  }

  async #record(kind: string, id: string): Promise<EasymlRecord | undefined> {
    if (!RECORD_ID.test(id)) return undefined;
    const body = await this.#find(`/api/ml/${kind}/${id}/`);
    if (body === undefined) return undefined;
    const { name, type, owner } = body;
    if (!isId(owner)) throw notUnderstood();
    return {
      id,
      name: typeof name === 'string' && name !== '' ? name : id,
      type: typeof type === 'string' ? type : '',
      ownerId: String(owner),
    };
  }

  /** Undefined where the data server knows nothing of the kind. @throws Problem data_server_unavailable */
  async #find(path: string): Promise<Readonly<Record<string, unknown>> | undefined> {
    const { status, body } = await this.session.ask('GET', path);
    if (status !== 200) {
      if (status >= 400 && status < 500) return undefined;
      throw notUnderstood();
    }
    if (typeof body !== 'object' || body === null) throw notUnderstood();
    return body as Readonly<Record<string, unknown>>;
  }
}

function isId(value: unknown): value is number | string {
  return (
    (typeof value === 'number' && Number.isSafeInteger(value)) ||
    (typeof value === 'string' && RECORD_ID.test(value))
  );
}

function notUnderstood(): Problem {
  return new Problem(
    'data_server_unavailable',
    'The data server gave an answer that is not understood.',
    [],
    5,
  );
}
