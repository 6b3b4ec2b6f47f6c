/** Migration 2: what a data set holds, and which of its versions a model was made of. */
export const sql = `
alter table dataset_versions add column profile jsonb;   -- TableProfile; null: not made yet

-- The lineage of models. A version that is named here is kept for as long as the model version is.
create table dataset_version_uses (
  dataset_id      text not null,
  dataset_version integer not null,
  model_id        text not null,
  model_version   integer not null,
  created_at      timestamptz not null default now(),
  primary key (model_id, model_version),
  foreign key (model_id, model_version) references model_versions (model_id, version) on delete cascade
);
create index dataset_version_uses_dataset on dataset_version_uses (dataset_id, dataset_version);

insert into dataset_version_uses (dataset_id, dataset_version, model_id, model_version)
  select t.dataset_id, t.dataset_version, v.model_id, v.version
  from trainings t join model_versions v on v.training_id = t.id;
`;
