import { Injectable } from '@nestjs/common';
import { Database } from '../../../database/database.js';
import type { User } from './user.js';

export interface NewUser {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly passwordHash: string;
}

const USER_COLUMNS = 'u.id, u.name, u.email, u.created_at as "createdAt"';

/** Users and their tokens. */
@Injectable()
export class UsersRepository {
  constructor(private readonly database: Database) {}

  /** Undefined when the name or the e-mail address is taken. */
  insert({ id, name, email, passwordHash }: NewUser): Promise<User | undefined> {
    return this.database.one<User>(
      `insert into data_server.users as u (id, name, email, password_hash) values ($1, $2, $3, $4)
       on conflict do nothing returning ${USER_COLUMNS}`,
      [id, name, email, passwordHash],
    );
  }

  findByName(name: string): Promise<(User & { passwordHash: string }) | undefined> {
    return this.database.one(
      `select ${USER_COLUMNS}, u.password_hash as "passwordHash" from data_server.users u
       where lower(u.name) = lower($1)`,
      [name],
    );
  }

  findByToken(sha256: Buffer): Promise<User | undefined> {
    return this.database.one<User>(
      `select ${USER_COLUMNS} from data_server.tokens t join data_server.users u on u.id = t.user_id
       where t.sha256 = $1 and t.expires_at > now()`,
      [sha256],
    );
  }

  /** Also forgets the user's expired tokens, which nobody else would. */
  async insertToken(sha256: Buffer, userId: string, lifetimeSeconds: number): Promise<Date> {
    await this.database.execute('delete from data_server.tokens where user_id = $1 and expires_at <= now()', [
      userId,
    ]);
    const row = await this.database.one<{ expiresAt: Date }>(
      `insert into data_server.tokens (sha256, user_id, expires_at)
       values ($1, $2, now() + make_interval(secs => $3)) returning expires_at as "expiresAt"`,
      [sha256, userId, lifetimeSeconds],
    );
    return row!.expiresAt;
  }

  async deleteToken(sha256: Buffer): Promise<void> {
    await this.database.execute('delete from data_server.tokens where sha256 = $1', [sha256]);
  }
}
