import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { EasymlRecords } from '../data-server/records.js';
import { DataServerSession } from '../data-server/session.js';
import { bearerToken } from './bearer-token.js';
import { EasymlError } from './easyml-error.js';

/** Who calls: the data server with the token of our account, or a user with one of theirs. */
@Injectable()
export class Callers {
  constructor(
    private readonly session: DataServerSession,
    private readonly records: EasymlRecords,
  ) {}

  /** @throws EasymlError 401 */
  async requireDataServer(request: Request): Promise<void> {
    const token = bearerToken(request.headers.authorization);
    if (token === undefined || !(await this.session.isDataServer(token))) {
      throw new EasymlError(401, 'Unauthorized');
    }
  }

  /** The user's id. @throws EasymlError 401 */
  async requireUser(request: Request): Promise<string> {
    const token = bearerToken(request.headers.authorization);
    if (token === undefined) throw new EasymlError(401, 'Authentication credentials were not provided.');
    const userId = await this.records.userOf(token);
    if (userId === undefined) throw new EasymlError(401, 'Invalid token.');
    return userId;
  }
}
