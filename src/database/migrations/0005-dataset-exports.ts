/** Migration 5: files that were made of a data set for downloads. */
export const sql = `
-- Each can be made again, so it goes when nobody has asked for it for a while, and with its version.
create table dataset_exports (
  dataset_id  text not null,
  version     integer not null,
  form        text not null,           -- what was asked for, and which writer made it
  key         text not null unique,    -- object key
  n_bytes     bigint not null,
  sha256      text not null,           -- lower-case hex
  used_at     timestamptz not null default now(),
  primary key (dataset_id, version, form),
  foreign key (dataset_id, version) references dataset_versions (dataset_id, version) on delete cascade
);
create index dataset_exports_used on dataset_exports (used_at);
`;
