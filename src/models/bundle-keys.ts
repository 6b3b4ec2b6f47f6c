import type { KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Settings } from '../config/settings-type.js';
import { readSigningKey, readTrustedKeys } from './bundle/bundle-signing-keys.js';

/** The keys of those whose bundles are taken in. */
@Injectable()
export class BundleKeys {
  #trusted: Promise<KeyObject[]> | undefined;

  constructor(private readonly settings: Settings) {}

  /** Our own public key and those of TRUSTED_KEY_FILES. */
  trustedKeys(): Promise<KeyObject[]> {
    this.#trusted ??= this.#readTrusted();
    return this.#trusted;
  }

  async #readTrusted(): Promise<KeyObject[]> {
    const { signingKeyFile, trustedKeyFiles } = this.settings;
    if (signingKeyFile === undefined) throw new Error('SIGNING_KEY_FILE is not set, and none was generated.');
    return readTrustedKeys(await readSigningKey(signingKeyFile), trustedKeyFiles);
  }
}
