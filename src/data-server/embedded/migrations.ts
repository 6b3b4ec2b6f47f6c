import type { Migration } from '../../database/migrations/index.js';

/** The tables of the embedded data server: a schema of their own, which the rest of the service never reads. */
export const DATA_SERVER_SCHEMA = 'data_server';

export const DATA_SERVER_MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    name: 'initial',
    sql: `
create table data_server.users (
  id            text primary key,
  name          text not null,
  email         text not null,
  password_hash text not null,            -- scrypt, with its own parameters and salt
  created_at    timestamptz not null default now()
);
create unique index users_name on data_server.users (lower(name));
create unique index users_email on data_server.users (lower(email));

create table data_server.tokens (
  sha256     bytea primary key,           -- of the token; the token itself is kept nowhere
  user_id    text not null references data_server.users (id) on delete cascade,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index tokens_user on data_server.tokens (user_id);

create table data_server.datasets (
  id         text primary key,
  owner_id   text not null references data_server.users (id) on delete cascade,
  name       text not null,
  format     text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint datasets_name unique (owner_id, name)
);

create table data_server.models (
  id                text primary key,
  owner_id          text not null references data_server.users (id) on delete cascade,
  name              text not null,
  training_status   text not null default 'untrained' check (training_status in
                      ('untrained','starting','running','succeeded','failed','canceled','timed_out')),
  training_id       text,
  training_since    timestamptz,
  model_version     integer,
  last_outcome      jsonb,                -- the data of the last callback
  shared            boolean not null default false,   -- every user may read it and predict with it
  created_at        timestamptz not null default now(),
  updated_at        timestamptz not null default now(),
  constraint models_name unique (owner_id, name)
);

create table data_server.received_callbacks (
  id          text primary key,           -- webhook-id: a second delivery of it has no effect
  received_at timestamptz not null default now()
);
`,
  },
];
