import { Injectable } from '@nestjs/common';
import {
  type AccessRequest,
  DataServer,
  DataServerFactory,
  type RecordInfo,
} from '../../data-server/client/data-server.js';
import { Problem } from '../../errors/problem.js';
import { bearerToken } from '../wire/bearer-token.js';
import { EasymlRecords } from './records.js';

/** Lets owners, and nobody else, act on their records: what EasyML's data server knows of rights. */
class EasymlDataServer extends DataServer {
  constructor(private readonly records: EasymlRecords) {
    super();
  }

  override async access(authorization: string, { kind, id }: AccessRequest): Promise<RecordInfo> {
    const token = bearerToken(authorization);
    const userId = token === undefined ? undefined : await this.records.userOf(token);
    if (userId === undefined) {
      throw new Problem('unauthenticated', 'The data server does not accept the credentials.');
    }
    const record = await (kind === 'dataset' ? this.records.dataset(id) : this.records.model(id));
    if (record === undefined) {
      throw kind === 'dataset'
        ? new Problem('dataset_not_found', 'The data server has no data set of this id.')
        : new Problem('model_not_found', 'The data server has no model of this id.');
    }
    if (record.ownerId !== userId) throw new Problem('forbidden', 'The record has another owner.');
    return {
      id,
      name: record.name,
      ownerId: record.ownerId,
      ...(kind === 'dataset' ? { format: record.type } : {}),
    };
  }

  override async close(): Promise<void> {
    // Its questions end by their own time-outs.
  }
}

@Injectable()
export class EasymlDataServerFactory extends DataServerFactory {
  constructor(private readonly records: EasymlRecords) {
    super();
  }

  override create(): DataServer {
    return new EasymlDataServer(this.records);
  }
}
