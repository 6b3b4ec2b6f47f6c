/** Migration 4: what is to happen to the rows of a data set before they are used. */
export const sql = `
create table recipes (
  dataset_id  text not null references datasets (id) on delete cascade,
  name        text not null,
  version     integer not null check (version >= 1),
  steps       jsonb not null,          -- as they were sent
  created_at  timestamptz not null default now(),
  primary key (dataset_id, name, version)
);
`;
