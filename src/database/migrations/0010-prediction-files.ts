/** Migration 10: files of rows that are predicted, and what came of them. */
export const sql = `
create table prediction_files (
  id             uuid primary key,
  model_id       text not null references models (id) on delete cascade,
  model_version  integer not null,
  caller_id      text,                   -- who sent it, where the data server says it
  status         text not null check (status in ('queued', 'running', 'succeeded', 'failed', 'canceled')),
  progress       double precision not null default 0 check (progress between 0 and 1),
  eta_seconds    double precision,
  file_name      text,                   -- as the caller calls it
  n_bytes        bigint not null,
  on_row_problem text not null check (on_row_problem in ('keep', 'reject')),
  format         text,                   -- of the file, once it was read
  layout         text,                   -- of a file of JSON: records or split
  n_rows         bigint,
  result         jsonb,                  -- {columns, added, nWarnings, nRowsWithProblems}
  error          jsonb,                  -- {code, detail, errors?}
  lease_until    timestamptz not null,   -- the process that works on it has died when this is over
  created_at     timestamptz not null default now(),
  started_at     timestamptz,
  finished_at    timestamptz,
  updated_at     timestamptz not null default clock_timestamp()
);
create index prediction_files_model on prediction_files (model_id);
create index prediction_files_finished on prediction_files (finished_at);

-- The canonical table ('table'), and what was made of it for downloads. Objects that no row names are swept.
create table prediction_file_contents (
  file_id uuid not null references prediction_files (id) on delete cascade,
  form    text not null,
  key     text not null unique,
  n_bytes bigint not null,
  sha256  text not null,                 -- lower-case hex
  primary key (file_id, form)
);
`;
