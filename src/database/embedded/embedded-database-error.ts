/** The embedded database cannot run here; the sentence says why and what to do. */
export class EmbeddedDatabaseError extends Error {
  override readonly name = 'EmbeddedDatabaseError';
}

/** The way out of every such failure. */
export const USE_ANOTHER_DATABASE = 'Set DATABASE_URL to use a PostgreSQL of your own instead.';
