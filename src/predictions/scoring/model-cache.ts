/** What tells two models apart: another version, or other bytes under the same number, is another model. */
export interface ModelKey {
  readonly modelId: string;
  readonly version: number;
  readonly sha256: string;
}

interface Entry<Model> {
  readonly modelId: string;
  readonly model: Promise<Model>;
  /** 0 while it is being loaded. */
  nBytes: number;
}

/**
 * Loaded models within a budget of bytes; the least recently used goes first. A model that many ask for at once is
 * loaded once; a load that fails is not remembered. A model larger than the budget is served, and not kept. A model
 * that goes is closed.
 */
export class ModelCache<Model extends { readonly nBytes: number; close?(): void }> {
  /** In the order of use: a Map keeps the order of insertion. */
  readonly #entries = new Map<string, Entry<Model>>();
  readonly #ready = new Map<string, Model>();
  #totalBytes = 0;
  /** What was asked for last is the newest already, and need not be looked up. */
  #last: { readonly key: ModelKey; readonly model: Model } | undefined;

  constructor(private readonly budgetBytes: number) {}

  get totalBytes(): number {
    return this.#totalBytes;
  }

  /** The model when it is loaded, without waiting: what the prediction path asks first. */
  peek(key: ModelKey): Model | undefined {
    if (this.#last?.key === key) return this.#last.model;
    const id = textOf(key);
    const model = this.#ready.get(id);
    if (model !== undefined) {
      this.#touch(id);
      this.#last = { key, model };
    }
    return model;
  }

  /** Whether a version of the model is loaded, whichever. */
  holdsAny(modelId: string): boolean {
    for (const entry of this.#entries.values()) {
      if (entry.modelId === modelId && entry.nBytes > 0) return true;
    }
    return false;
  }

  get(key: ModelKey, load: () => Promise<Model>): Promise<Model> {
    const id = textOf(key);
    const known = this.#entries.get(id);
    if (known !== undefined) {
      this.#touch(id);
      this.#last = undefined;
      return known.model;
    }
    const entry: Entry<Model> = { modelId: key.modelId, model: load(), nBytes: 0 };
    this.#entries.set(id, entry);
    this.#last = undefined;
    entry.model.then(
      (model) => this.#keep(id, entry, model),
      () => this.#entries.delete(id),
    );
    return entry.model;
  }

  /** Lets all models go, also those that are being loaded. */
  clear(): void {
    for (const { model } of this.#entries.values()) {
      model.then(
        (loaded) => loaded.close?.(),
        () => undefined,
      );
    }
    this.#entries.clear();
    this.#ready.clear();
    this.#last = undefined;
    this.#totalBytes = 0;
  }

  #keep(id: string, entry: Entry<Model>, model: Model): void {
    if (this.#entries.get(id) !== entry) return;
    entry.nBytes = model.nBytes;
    this.#totalBytes += model.nBytes;
    this.#ready.set(id, model);
    for (const [oldest, { nBytes }] of this.#entries) {
      if (this.#totalBytes <= this.budgetBytes) return;
      if (nBytes === 0 || (oldest === id && this.#ready.size > 1)) continue;
      this.#drop(oldest, nBytes);
    }
    if (this.#totalBytes > this.budgetBytes && this.#ready.has(id)) this.#drop(id, entry.nBytes);
  }

  #drop(id: string, nBytes: number): void {
    const model = this.#ready.get(id);
    this.#last = undefined;
    this.#entries.delete(id);
    this.#ready.delete(id);
    this.#totalBytes -= nBytes;
    model?.close?.();
  }

  #touch(id: string): void {
    const entry = this.#entries.get(id) as Entry<Model>;
    this.#entries.delete(id);
    this.#entries.set(id, entry);
  }
}

/** The id comes last: nothing that it may hold can pass for a version or a digest. */
function textOf({ modelId, version, sha256 }: ModelKey): string {
  return `${version}:${sha256}:${modelId}`;
}
