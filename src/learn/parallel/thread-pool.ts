/** Names an exported function of a module of the core, to be run on a thread. */
export interface KernelReference {
  /** The module's own `import.meta.url`. */
  readonly module: string;
  /** The name it exports the kernel by. */
  readonly name: string;
}

/** What a kernel may use while it works on a piece. */
export interface KernelControl {
  /** Say how much of this piece is done (0..1); throws LearnError('canceled') once the job is canceled. */
  checkpoint(fraction: number): void;
}

/**
 * A kernel: works on piece `piece` of what `shared` describes. `shared` is structured-cloned to each thread
 * once a run; typed arrays over SharedArrayBuffer arrive as views, without a copy.
 */
export type Kernel<Shared, Result> = (shared: Shared, piece: number, control: KernelControl) => Result;

/**
 * Runs pieces of work on threads. Which thread takes which piece is not determined, so a kernel must give the same result for a piece wherever and whenever it runs.
 */
export interface ThreadPool {
  /** How many pieces run at once; 1 means on the calling thread. */
  readonly size: number;
  /**
   * Runs the kernel for pieces 0..nPieces-1 and gives their results in the order of the pieces.
   * @param onProgress the fraction of the whole run that is done, 0..1
   * Rejects with the first error of a kernel (a LearnError keeps its code) after the other threads have stopped.
   */
  map<Shared, Result>(
    kernel: KernelReference,
    shared: Shared,
    nPieces: number,
    onProgress?: (fraction: number) => void,
  ): Promise<Result[]>;
  /** Ends the threads. */
  close(): Promise<void>;
}
