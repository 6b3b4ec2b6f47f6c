import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { Problem } from '../../../errors/problem.js';

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

/** 2^15 · 8 · 128 bytes = 32 MiB and about 80 ms a hash. */
const COST = { log2N: 15, r: 8, p: 1 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;
/** Hashing takes memory and threads that the service shares; beyond this callers are told to wait. */
const MAX_RUNNING = 2;
const MAX_WAITING = 32;

/** Turns passwords into salted scrypt hashes and compares them; a hash names its own parameters. */
export class PasswordHasher {
  #running = 0;
  readonly #waiting: (() => void)[] = [];
  /** What an unknown user's password is compared with, so that the answer takes as long as for a known one. */
  readonly #nobody = format(COST, randomBytes(SALT_BYTES), randomBytes(HASH_BYTES));

  async hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES);
    return format(COST, salt, await this.#derive(password, salt, COST));
  }

  /** False without a hash as well, after the same work. */
  async matches(password: string, hash: string | undefined): Promise<boolean> {
    const { cost, salt, expected } = parse(hash ?? this.#nobody);
    const actual = await this.#derive(password, salt, cost);
    return timingSafeEqual(actual, expected) && hash !== undefined;
  }

  async #derive(password: string, salt: Buffer, { log2N, r, p }: typeof COST): Promise<Buffer> {
    await this.#enter();
    try {
      const N = 2 ** log2N;
      return await derive(password.normalize('NFKC'), salt, HASH_BYTES, { N, r, p, maxmem: 256 * N * r });
    } finally {
      this.#leave();
    }
  }

  #enter(): Promise<void> {
    if (this.#running < MAX_RUNNING) {
      this.#running++;
      return Promise.resolve();
    }
    if (this.#waiting.length >= MAX_WAITING) {
      throw new Problem('too_many_requests', 'Too many logins at once.', [], 1);
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Hands the place over to the one who has waited longest. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#running--;
  }
}

function format({ log2N, r, p }: typeof COST, salt: Buffer, hash: Buffer): string {
  return ['scrypt', log2N, r, p, salt.toString('base64url'), hash.toString('base64url')].join('$');
}

function parse(text: string): { cost: typeof COST; salt: Buffer; expected: Buffer } {
  const [, log2N, r, p, salt, hash] = text.split('$');
  return {
    cost: { log2N: Number(log2N), r: Number(r), p: Number(p) },
    salt: Buffer.from(salt ?? '', 'base64url'),
    expected: Buffer.from(hash ?? '', 'base64url'),
  };
}
