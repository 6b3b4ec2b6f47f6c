/** Migration 1: the tables of data sets, models, trainings and callbacks. */
export const sql = `
-- What Trainyard keeps. Large files lie in the object store under the keys named here.
-- Ids of data sets, models and owners are the data server's, as text; ids of our own are UUIDs.

create table datasets (
  id              text primary key,
  owner_id        text not null,
  name            text not null,
  current_version integer not null,
  created_at      timestamptz not null default now(),
  updated_at      timestamptz not null default now()
);
create index datasets_owner on datasets (owner_id);

create table dataset_versions (
  dataset_id    text not null references datasets (id) on delete cascade,
  version       integer not null check (version >= 1),
  format        text not null,            -- csv, tsv; later parquet, json, …
  media_type    text not null,
  file_name     text,
  original_key  text not null,            -- object key of the file as it was sent
  table_key     text not null,            -- object key of the canonical Parquet
  n_bytes       bigint not null,
  sha256        text not null,            -- of the file as it was sent, lower-case hex
  n_rows        bigint not null,
  n_columns     integer not null,
  schema        jsonb not null,           -- ColumnSchema[]
  dialect       jsonb not null,           -- how the file was read
  created_at    timestamptz not null default now(),
  primary key (dataset_id, version)
);

create table models (
  id              text primary key,
  owner_id        text not null,
  name            text not null,
  current_version integer,                -- null until the first training succeeded
  created_at      timestamptz not null default now(),
  updated_at      timestamptz not null default now()
);
create index models_owner on models (owner_id);

create table trainings (
  id               uuid primary key,
  model_id         text not null,
  owner_id         text not null,
  dataset_id       text not null,
  dataset_version  integer not null,
  spec             jsonb not null,        -- TrainingSpec, complete with defaults
  status           text not null check (status in ('queued','loading','encoding','scaling','fitting','evaluating',
                                                   'bundling','succeeded','failed','canceled','timed_out')),
  progress         double precision not null default 0 check (progress between 0 and 1),
  eta_seconds      double precision,
  attempt          integer not null default 0,
  max_attempts     integer not null,
  lease_token      uuid,                  -- who may write: set at claim, cleared at the end
  lease_expires_at timestamptz,
  cancel_requested boolean not null default false,
  max_run_seconds  integer not null,
  model_version    integer,
  warnings         jsonb not null default '[]',
  error            jsonb,                 -- {code, detail}
  created_at       timestamptz not null default now(),
  started_at       timestamptz,
  finished_at      timestamptz,
  updated_at       timestamptz not null default now()
);
create index trainings_open on trainings (status) where finished_at is null;
create index trainings_model on trainings (model_id, created_at desc);
create index trainings_owner on trainings (owner_id, created_at desc);

create table idempotency_keys (
  key           text primary key,
  request_hash  text not null,            -- sha256 of the canonical request body
  training_id   uuid not null references trainings (id) on delete cascade,
  created_at    timestamptz not null default now()
);

create table model_versions (
  model_id      text not null references models (id) on delete cascade,
  version       integer not null check (version >= 1),
  training_id   uuid references trainings (id) on delete set null,   -- null: imported
  algorithm     text not null,
  task          text not null,
  signature     jsonb not null,           -- ModelSignature
  report        jsonb not null,
  bundle_key    text not null,
  n_bytes       bigint not null,
  sha256        text not null,            -- of the bundle file, lower-case hex
  created_at    timestamptz not null default now(),
  primary key (model_id, version)
);
create unique index model_versions_training on model_versions (training_id);

create table callback_deliveries (
  id              uuid primary key,       -- the webhook-id: the same for every attempt
  type            text not null,          -- training.succeeded, …
  subject         text not null,          -- the training's id
  payload         text not null,          -- the exact bytes that are signed
  status          text not null check (status in ('pending','delivered','failed')),
  attempts        integer not null default 0,
  next_attempt_at timestamptz not null default now(),
  lease_expires_at timestamptz,
  last_status     integer,                -- HTTP status of the last answer
  last_error      text,
  log             jsonb not null default '[]',   -- [{at, status|error, durationMs}]
  created_at      timestamptz not null default now(),
  delivered_at    timestamptz
);
create index callback_deliveries_due on callback_deliveries (next_attempt_at) where status = 'pending';
create index callback_deliveries_subject on callback_deliveries (subject);
`;
