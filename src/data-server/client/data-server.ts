/** What the data server says of one of its records. */
export interface RecordInfo {
  readonly id: string;
  readonly name: string;
  readonly ownerId: string;
  /** Data sets: the format of the file, as the record names it. */
  readonly format?: string;
  /** Whose credentials they are, where the data server says it: kept with predictions that are logged. */
  readonly callerId?: string;
}

export type RecordKind = 'dataset' | 'model';
export type RecordAction = 'read' | 'write' | 'predict';

/** May this caller do this to that record? */
export interface AccessRequest {
  readonly kind: RecordKind;
  readonly id: string;
  readonly action: RecordAction;
}

/**
 * The ids that a data server may give: safe in a path, a file name and a log line, and no path of their own
 * (`.` and `..` would climb).
 */
export const RECORD_ID = /^(?!\.{1,2}$)[A-Za-z0-9._~-]{1,128}$/;

/** Makes the client of another kind of data server; who provides one replaces the one that speaks our contract. */
export abstract class DataServerFactory {
  abstract create(options: { readonly url: string; readonly timeoutMs: number }): DataServer;
}

/** What Trainyard needs of the data server beside it. Another kind of data server joins as another subclass. */
export abstract class DataServer {
  /**
   * Asks whether the holder of these credentials may act on the record.
   *
   * @param authorization the caller's `Authorization` header, unchanged.
   * @throws Problem `unauthenticated`, `forbidden`, `dataset_not_found`, `model_not_found`: the data server's own
   *   refusal; `data_server_unavailable`: it gave no answer that can be trusted.
   */
  abstract access(authorization: string, request: AccessRequest): Promise<RecordInfo>;

  /** Closes the connections. */
  abstract close(): Promise<void>;
}
