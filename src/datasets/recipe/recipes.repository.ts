import { Injectable } from '@nestjs/common';
import type { DatabaseClient } from '../../database/database-client.js';
import type { RecipeStep } from '../../learn/recipe/index.js';
import type { Recipe } from './recipe.js';

interface RecipeRow {
  dataset_id: string;
  name: string;
  version: number;
  steps: RecipeStep[];
  created_at: Date;
}

/**
 * All SQL on recipes. A deleted recipe leaves its last number behind, without steps, so that a number never means two
 * things: models name the version that they were trained with.
 */
@Injectable()
export class RecipesRepository {
  /** The newest version, or the one that is named. */
  async find(
    client: DatabaseClient,
    datasetId: string,
    name: string,
    version?: number,
  ): Promise<Recipe | undefined> {
    const row = await client.one<RecipeRow>(
      `select * from recipes where dataset_id = $1 and name = $2 and ($3::integer is null or version = $3)
         and steps <> '[]'
       order by version desc limit 1`,
      [datasetId, name, version ?? null],
    );
    return row && toRecipe(row);
  }

  /** The newest version of each, by name. */
  async list(client: DatabaseClient, datasetId: string): Promise<Recipe[]> {
    const rows = await client.query<RecipeRow>(
      `select distinct on (name) * from recipes where dataset_id = $1 and steps <> '[]' order by name, version desc`,
      [datasetId],
    );
    return rows.map(toRecipe);
  }

  /** Whether the steps are those of this recipe. */
  async hasSteps(client: DatabaseClient, recipe: Recipe, steps: readonly object[]): Promise<boolean> {
    const row = await client.one<{ same: boolean }>(
      'select steps = $4::jsonb as same from recipes where dataset_id = $1 and name = $2 and version = $3',
      [recipe.datasetId, recipe.name, recipe.version, JSON.stringify(steps)],
    );
    return row?.same === true;
  }

  /** The highest number that was given; 0 before the first. */
  async lastVersion(client: DatabaseClient, datasetId: string, name: string): Promise<number> {
    const row = await client.one<{ last: number }>(
      'select coalesce(max(version), 0) as last from recipes where dataset_id = $1 and name = $2',
      [datasetId, name],
    );
    return row!.last;
  }

  /** All versions. */
  async delete(client: DatabaseClient, datasetId: string, name: string): Promise<void> {
    await client.execute(
      `delete from recipes r where dataset_id = $1 and name = $2 and version < (
         select max(version) from recipes where dataset_id = $1 and name = $2)`,
      [datasetId, name],
    );
    await client.execute(`update recipes set steps = '[]' where dataset_id = $1 and name = $2`, [
      datasetId,
      name,
    ]);
  }

  async insert(client: DatabaseClient, recipe: Omit<Recipe, 'createdAt'>): Promise<Recipe> {
    const row = await client.one<RecipeRow>(
      'insert into recipes (dataset_id, name, version, steps) values ($1, $2, $3, $4) returning *',
      [recipe.datasetId, recipe.name, recipe.version, JSON.stringify(recipe.steps)],
    );
    return toRecipe(row!);
  }
}

function toRecipe(row: RecipeRow): Recipe {
  return {
    datasetId: row.dataset_id,
    name: row.name,
    version: row.version,
    steps: row.steps,
    createdAt: row.created_at,
  };
}
