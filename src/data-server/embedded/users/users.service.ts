import { createHash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Problem } from '../../../errors/problem.js';
import { newId } from '../identifiers.js';
import { LoginLimiter } from './login-limiter.js';
import { PasswordHasher } from './password-hasher.js';
import { RegistrationLimiter } from './registration-limiter.js';
import type { User } from './user.js';
import type { LoginDto, RegisterDto } from './users.dto.js';
import { UsersRepository } from './users.repository.js';

const TOKEN_LIFETIME_SECONDS = 7 * 24 * 3600;
const BEARER = /^bearer +(\S+)$/i;

export interface Login {
  readonly token: string;
  readonly expiresAt: Date;
  readonly user: User;
}

/** Registers users, logs them in and out, and knows them by their tokens. */
@Injectable()
export class UsersService {
  constructor(
    private readonly users: UsersRepository,
    private readonly hasher: PasswordHasher,
    private readonly limiter: LoginLimiter,
    private readonly registrations: RegistrationLimiter,
  ) {}

  async register({ name, email, password }: RegisterDto, address: string): Promise<User> {
    this.registrations.take(address);
    const passwordHash = await this.hasher.hash(password);
    const user = await this.users.insert({ id: newId('us'), name, email, passwordHash });
    // Which of the two is taken is not said: it would tell strangers who has an account.
    if (!user) throw new Problem('conflict', 'The name or the e-mail address is taken.');
    return user;
  }

  async login({ name, password }: LoginDto, address: string): Promise<Login> {
    const giveBack = this.limiter.take(name, address);
    const found = await this.#check(name, password).catch((error: unknown) => {
      giveBack();
      throw error;
    });
    if (!found) throw new Problem('unauthenticated', 'The name or the password is wrong.');
    giveBack();
    const token = randomBytes(32).toString('base64url');
    const expiresAt = await this.users.insertToken(digest(token), found.id, TOKEN_LIFETIME_SECONDS);
    const { passwordHash: _hidden, ...user } = found;
    return { token, expiresAt, user };
  }

  /** The user, when the password is theirs. Takes as long for a name that nobody has. */
  async #check(name: string, password: string) {
    const found = await this.users.findByName(name);
    return (await this.hasher.matches(password, found?.passwordHash)) ? found : undefined;
  }

  /** Throws Problem('unauthenticated'). */
  async authenticate(authorization: string | undefined): Promise<User> {
    const token = bearerToken(authorization);
    const user = token === undefined ? undefined : await this.users.findByToken(digest(token));
    if (!user)
      throw new Problem(
        'unauthenticated',
        'Log in first: Authorization: Bearer and the token of POST /login.',
      );
    return user;
  }

  async logout(authorization: string | undefined): Promise<void> {
    const token = bearerToken(authorization);
    if (token !== undefined) await this.users.deleteToken(digest(token));
  }
}

function bearerToken(authorization: string | undefined): string | undefined {
  return BEARER.exec(authorization ?? '')?.[1];
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
