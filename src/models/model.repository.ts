import type { DatabaseClient } from '../database/database-client.js';
import type { Task } from '../learn/estimator.js';
import type { JsonObject } from '../learn/json.js';
import type { ModelSignature } from '../learn/pipeline/signature.js';
import type { Model, ModelLineage, ModelListQuery, ModelVersion, NewModelVersion } from './model-types.js';

interface ModelRow {
  id: string;
  name: string;
  owner_id: string;
  created_at: Date;
  updated_at: Date;
}

interface VersionRow {
  model_id: string;
  version: number;
  training_id: string | null;
  algorithm: string;
  task: Task;
  signature: ModelSignature;
  summary: JsonObject | null;
  bundle_key: string;
  n_bytes: number;
  sha256: string;
  lineage: ModelLineage | null;
  tags: Readonly<Record<string, string>>;
  version_created_at: Date;
}

const MODEL = 'm.id, m.name, m.owner_id, m.created_at, m.updated_at';
const VERSION = `v.model_id, v.version, v.training_id, v.algorithm, v.task, v.signature,
  v.report -> 'summary' as summary, v.bundle_key, v.n_bytes, v.sha256, v.lineage, v.tags,
  v.created_at as version_created_at`;
const WITH_CURRENT = `from models m
  left join model_versions v on v.model_id = m.id and v.version = m.current_version`;

/** The tables `models` and `model_versions`. Every method runs in the transaction of the client that it is given. */
export class ModelRepository {
  /**
   * Makes the model's row or finds it, and holds its lock until the transaction ends.
   * @returns false, and nothing is changed, when the model has another owner
   */
  async upsertLocked(
    client: DatabaseClient,
    model: { id: string; name: string; ownerId: string },
  ): Promise<boolean> {
    const changed = await client.execute(
      `insert into models (id, owner_id, name) values ($1, $2, $3)
       on conflict (id) do update set name = excluded.name, updated_at = now()
       where models.owner_id = excluded.owner_id`,
      [model.id, model.ownerId, model.name],
    );
    return changed === 1;
  }

  /** Appends a version. The caller holds the model's lock. */
  async appendVersion(client: DatabaseClient, version: NewModelVersion): Promise<number> {
    const row = await client.one<{ version: number }>(
      `insert into model_versions
         (model_id, version, training_id, algorithm, task, signature, report, bundle_key, n_bytes, sha256, lineage)
       select $1, coalesce(max(version), 0) + 1, $2::uuid, $3, $4, $5::jsonb, $6::jsonb, $7, $8, $9, $10::jsonb
       from model_versions where model_id = $1
       returning version`,
      [
        version.modelId,
        version.trainingId,
        version.algorithm,
        version.task,
        JSON.stringify(version.signature),
        JSON.stringify(version.report),
        version.bundleKey,
        version.nBytes,
        version.sha256,
        version.lineage && JSON.stringify(version.lineage),
      ],
    );
    return (row as { version: number }).version;
  }

  /** Holds the model's lock; false when there is no such model. */
  async lock(client: DatabaseClient, id: string): Promise<boolean> {
    return (await client.one('select 1 from models where id = $1 for update', [id])) !== undefined;
  }

  async find(client: DatabaseClient, id: string): Promise<Model | undefined> {
    const row = await client.one<ModelRow & Partial<VersionRow>>(
      `select ${MODEL}, ${VERSION} ${WITH_CURRENT} where m.id = $1`,
      [id],
    );
    return row && toModel(row);
  }

  async list(client: DatabaseClient, { ownerId, limit, after }: ModelListQuery): Promise<Model[]> {
    const rows = await client.query<ModelRow & Partial<VersionRow>>(
      `select ${MODEL}, ${VERSION} ${WITH_CURRENT}
       where ($1::text is null or m.owner_id = $1) and ($2::text is null or m.id > $2)
       order by m.id limit $3`,
      [ownerId ?? null, after ?? null, limit],
    );
    return rows.map(toModel);
  }

  async findVersion(client: DatabaseClient, id: string, version: number): Promise<ModelVersion | undefined> {
    const row = await client.one<VersionRow>(
      `select ${VERSION} from model_versions v where v.model_id = $1 and v.version = $2`,
      [id, version],
    );
    return row && toVersion(row);
  }

  /** The newest first. */
  async listVersions(client: DatabaseClient, id: string): Promise<ModelVersion[]> {
    const rows = await client.query<VersionRow>(
      `select ${VERSION} from model_versions v where v.model_id = $1 order by v.version desc`,
      [id],
    );
    return rows.map(toVersion);
  }

  async findReport(client: DatabaseClient, id: string, version: number): Promise<JsonObject | undefined> {
    const row = await client.one<{ report: JsonObject }>(
      'select report from model_versions where model_id = $1 and version = $2',
      [id, version],
    );
    return row?.report;
  }

  /** Deletes the model with all of its versions; gives the object keys that nothing names any more. */
  async delete(client: DatabaseClient, id: string): Promise<string[]> {
    const rows = await client.query<{ bundle_key: string }>(
      'delete from model_versions where model_id = $1 returning bundle_key',
      [id],
    );
    await client.execute('delete from models where id = $1', [id]);
    return rows.map((row) => row.bundle_key);
  }

  /** Whether a version names this object: for the sweep of orphans. */
  async namesBundle(client: DatabaseClient, bundleKey: string): Promise<boolean> {
    return (
      (await client.one('select 1 from model_versions where bundle_key = $1', [bundleKey])) !== undefined
    );
  }
}

function toModel(row: ModelRow & Partial<VersionRow>): Model {
  return {
    id: row.id,
    name: row.name,
    ownerId: row.owner_id,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    current: typeof row.version === 'number' ? toVersion(row as VersionRow) : null,
  };
}

function toVersion(row: VersionRow): ModelVersion {
  return {
    modelId: row.model_id,
    version: row.version,
    trainingId: row.training_id,
    algorithm: row.algorithm,
    task: row.task,
    signature: row.signature,
    bundleKey: row.bundle_key,
    nBytes: row.n_bytes,
    sha256: row.sha256,
    summary: row.summary,
    lineage: row.lineage,
    tags: row.tags,
    createdAt: row.version_created_at,
  };
}
