/** Migration 3: uploads that can be resumed. */
export const sql = `
create table uploads (
  id                uuid primary key,
  dataset_id        text not null,
  n_bytes           bigint not null check (n_bytes > 0),
  n_received        bigint not null default 0 check (n_received between 0 and n_bytes),
  path              text not null,       -- the file in the making, in the scratch folder of the store
  query             jsonb not null,      -- UploadQuery: how the file is to be read
  media_type        text,
  completed_version integer,             -- the version that was made of it
  expires_at        timestamptz not null,
  created_at        timestamptz not null default now()
);
create index uploads_dataset on uploads (dataset_id);
create index uploads_expiry on uploads (expires_at);
`;
