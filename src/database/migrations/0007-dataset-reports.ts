/** Migration 7: what was mended when a version was read. */
export const sql = `
alter table dataset_versions add column reports jsonb not null default '[]';  -- see IngestReport
`;
