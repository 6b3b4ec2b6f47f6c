/** Migration 9: how each model's predictions differ from its training, and what is to happen then. */
export const sql = `
alter table prediction_log_settings add column retrain_on_drift boolean not null default false;

create table model_drift (
  model_id      text primary key references models (id) on delete cascade,
  model_version integer not null,       -- that was looked at
  is_drifted    boolean not null,
  findings      jsonb not null,         -- DriftFindings
  checked_at    timestamptz not null default now()
);
`;
