/** Migration 8: predictions that were made, and what was true. */
export const sql = `
-- What a model's owner wants to be kept; without a row the settings decide.
create table prediction_log_settings (
  model_id     text primary key references models (id) on delete cascade,
  sample_share double precision not null check (sample_share between 0 and 1),
  keep_days    integer not null check (keep_days between 1 and 3650),
  updated_at   timestamptz not null default now()
);

create table predictions (
  id            uuid not null,            -- the prediction id of the reply
  row           integer not null,         -- of the request, from 0
  model_id      text not null references models (id) on delete cascade,
  model_version integer not null,
  protocol      text not null,
  request_id    text not null,
  caller_id     text,                     -- who asked, where the data server says it
  input         jsonb not null,
  outputs       double precision[] not null,
  decision      integer,                  -- index of the class; null: no classification
  warnings      jsonb,                    -- [{code, column}]; null: none
  latency_ms    real not null,            -- of the whole request
  actual        jsonb,                    -- what was true, once it is known
  actual_at     timestamptz,
  created_at    timestamptz not null,
  primary key (id, row)
);
create index predictions_model on predictions (model_id, created_at desc, id desc, row);
create index predictions_age on predictions (created_at);
`;
