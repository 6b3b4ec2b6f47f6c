/** Where failures of idle connections are told; they belong to no query. */
export type DatabaseLog = (message: string, error: Error) => void;
