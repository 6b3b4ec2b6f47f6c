/** Migration 6: which version of a model answers, under which names, where each came from. */
export const sql = `
alter table model_versions add column lineage jsonb;                    -- what it was made of; null: imported
alter table model_versions add column tags jsonb not null default '{}';

-- Names that move from version to version. The current version is the champion: that name is not kept here.
create table model_aliases (
  model_id   text not null,
  alias      text not null,
  version    integer not null,
  updated_at timestamptz not null default now(),
  primary key (model_id, alias),
  foreign key (model_id, version) references model_versions (model_id, version) on delete cascade
);

-- Every change of the current version, so that it can be taken back and told.
create table model_promotions (
  id           bigint generated always as identity primary key,
  model_id     text not null references models (id) on delete cascade,
  from_version integer,                 -- null: the first one
  to_version   integer not null,
  reason       text not null check (reason in ('trained','imported','promoted','rolled_back','won')),
  created_at   timestamptz not null default now()
);
create index model_promotions_model on model_promotions (model_id, id desc);
`;
