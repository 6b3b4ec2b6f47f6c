import type { DatabaseClient } from '../../database/database-client.js';
import type { ModelAlias, Promotion, PromotionReason, VersionTags } from './registry-types.js';

interface AliasRow {
  alias: string;
  version: number;
  updated_at: Date;
}

interface PromotionRow {
  from_version: number | null;
  to_version: number;
  reason: PromotionReason;
  created_at: Date;
}

/** The tables `model_aliases` and `model_promotions`, the current version of `models`, the tags of `model_versions`. */
export class RegistryRepository {
  /** Holds the model's lock until the transaction ends. @returns its current version, null without one; undefined: no such model */
  async lockCurrent(client: DatabaseClient, modelId: string): Promise<number | null | undefined> {
    const row = await client.one<{ current_version: number | null }>(
      'select current_version from models where id = $1 for update',
      [modelId],
    );
    return row?.current_version;
  }

  /** Makes the version the current one and writes down why. The caller holds the model's lock. */
  async promote(
    client: DatabaseClient,
    modelId: string,
    change: { readonly from: number | null; readonly to: number; readonly reason: PromotionReason },
  ): Promise<void> {
    await client.execute('update models set current_version = $2, updated_at = now() where id = $1', [
      modelId,
      change.to,
    ]);
    await client.execute(
      'insert into model_promotions (model_id, from_version, to_version, reason) values ($1, $2, $3, $4)',
      [modelId, change.from, change.to, change.reason],
    );
  }

  /** The version to go back to; undefined where there is none. The caller holds the model's lock, or only looks. */
  async versionBefore(client: DatabaseClient, modelId: string): Promise<number | undefined> {
    const rows = await client.query<PromotionRow>(
      'select from_version, to_version, reason, created_at from model_promotions where model_id = $1 order by id',
      [modelId],
    );
    // A roll back takes a promotion back; it is none that could be taken back itself.
    const before: (number | null)[] = [];
    for (const { reason, from_version } of rows) {
      if (reason === 'rolled_back') before.pop();
      else before.push(from_version);
    }
    return before.at(-1) ?? undefined;
  }

  /** The newest first. */
  async listPromotions(client: DatabaseClient, modelId: string, limit: number): Promise<Promotion[]> {
    const rows = await client.query<PromotionRow>(
      `select from_version, to_version, reason, created_at from model_promotions
       where model_id = $1 order by id desc limit $2`,
      [modelId, limit],
    );
    return rows.map((row) => ({
      fromVersion: row.from_version,
      toVersion: row.to_version,
      reason: row.reason,
      createdAt: row.created_at,
    }));
  }

  async setAlias(client: DatabaseClient, modelId: string, alias: string, version: number): Promise<void> {
    await client.execute(
      `insert into model_aliases (model_id, alias, version) values ($1, $2, $3)
       on conflict (model_id, alias) do update set version = excluded.version, updated_at = now()`,
      [modelId, alias, version],
    );
  }

  async deleteAlias(client: DatabaseClient, modelId: string, alias: string): Promise<boolean> {
    const sql = 'delete from model_aliases where model_id = $1 and alias = $2';
    return (await client.execute(sql, [modelId, alias])) === 1;
  }

  async listAliases(client: DatabaseClient, modelId: string): Promise<ModelAlias[]> {
    const rows = await client.query<AliasRow>(
      'select alias, version, updated_at from model_aliases where model_id = $1 order by alias',
      [modelId],
    );
    return rows.map((row) => ({ alias: row.alias, version: row.version, updatedAt: row.updated_at }));
  }

  /** False when there is no such version. */
  async setTags(
    client: DatabaseClient,
    modelId: string,
    version: number,
    tags: VersionTags,
  ): Promise<boolean> {
    const sql = 'update model_versions set tags = $3::jsonb where model_id = $1 and version = $2';
    return (await client.execute(sql, [modelId, version, JSON.stringify(tags)])) === 1;
  }
}
