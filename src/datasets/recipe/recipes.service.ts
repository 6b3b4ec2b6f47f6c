import { Injectable } from '@nestjs/common';
import { Settings } from '../../config/settings-type.js';
import { Database } from '../../database/database.js';
import { Problem } from '../../errors/problem.js';
import type { RecipeStep } from '../../learn/recipe/index.js';
import { planRecipe } from '../../learn/recipe/plan-recipe.js';
import type { RecipePlan } from '../../learn/recipe/recipe-plan.js';
import { runTask } from '../../processes/run-task.js';
import { ObjectStore } from '../../storage/object-store.js';
import { DatasetsService } from '../datasets.service.js';
import type { ColumnSchema } from '../ingest/ingest-types.js';
import { taskProblem } from '../task-problem.js';
import { Limiter } from '../upload/limiter.js';
import type { Recipe } from './recipe.js';
import { RecipesRepository } from './recipes.repository.js';

/** Somebody waits for the answer. */
const PREVIEW_TIMEOUT_MS = 60_000;

/** What is to happen to the rows of a data set, kept with it. */
@Injectable()
export class RecipesService {
  readonly #previews: Limiter;

  constructor(
    private readonly settings: Settings,
    private readonly database: Database,
    private readonly store: ObjectStore,
    private readonly datasets: DatasetsService,
    private readonly repository: RecipesRepository,
  ) {
    this.#previews = new Limiter(settings.ingestConcurrency);
  }

  /**
   * Keeps the steps as the next version, unless they are those of the newest one.
   * @throws Problem dataset_not_found, invalid_recipe with every problem
   */
  async put(datasetId: string, name: string, steps: unknown): Promise<{ recipe: Recipe; isFirst: boolean }> {
    const { columns } = await this.datasets.getVersion(datasetId);
    plan(steps, columns);
    const checked = steps as readonly RecipeStep[];
    return this.database.transaction(async (client) => {
      // Two at once get two numbers.
      if (!(await this.datasets.lock(client, datasetId))) throw gone();
      const newest = await this.repository.find(client, datasetId, name);
      if (newest !== undefined && (await this.repository.hasSteps(client, newest, checked))) {
        return { recipe: newest, isFirst: false };
      }
      const version = (await this.repository.lastVersion(client, datasetId, name)) + 1;
      const recipe = await this.repository.insert(client, { datasetId, name, version, steps: checked });
      return { recipe, isFirst: newest === undefined };
    });
  }

  /** The newest version by default. */
  find(datasetId: string, name: string, version?: number): Promise<Recipe | undefined> {
    return this.repository.find(this.database, datasetId, name, version);
  }

  /** @throws Problem recipe_not_found */
  async get(datasetId: string, name: string, version?: number): Promise<Recipe> {
    const recipe = await this.find(datasetId, name, version);
    if (recipe === undefined)
      throw new Problem('recipe_not_found', 'The data set has no recipe of this name or version.');
    return recipe;
  }

  /** Every version of it; trainings that were accepted keep theirs. @throws Problem recipe_not_found */
  async delete(datasetId: string, name: string): Promise<void> {
    await this.database.transaction(async (client) => {
      const isThere =
        (await this.datasets.lock(client, datasetId)) &&
        (await this.repository.find(client, datasetId, name)) !== undefined;
      if (!isThere) throw new Problem('recipe_not_found', 'The data set has no recipe of this name.');
      await this.repository.delete(client, datasetId, name);
    });
  }

  async list(datasetId: string): Promise<Recipe[]> {
    await this.datasets.getDataset(datasetId);
    return this.repository.list(this.database, datasetId);
  }

  /**
   * What the steps make of the data set's current version, or of a sample of it.
   * @param steps absent: those of the recipe that is kept
   * @throws Problem dataset_not_found, recipe_not_found, invalid_recipe, process_timed_out, payload_too_large
   */
  async preview(datasetId: string, name: string, steps?: unknown) {
    const dataset = await this.datasets.getVersion(datasetId);
    const asked = steps ?? (await this.get(datasetId, name)).steps;
    const made = plan(asked, dataset.columns);
    const tablePath = await this.store.localPath(dataset.tableKey);
    const { ingestThreads: threads, ingestMemoryMb: memoryMb } = this.settings;
    const columns = dataset.columns.map(({ name: column, type }) => ({ name: column, type }));
    const input = {
      tablePath,
      columns,
      nRows: dataset.nRows,
      steps: asked as RecipeStep[],
      threads,
      memoryMb,
    };
    const output = await this.#previews.run(() =>
      runTask('recipe', input, { timeoutMs: PREVIEW_TIMEOUT_MS, memoryMb }).catch((error: unknown) => {
        throw taskProblem(error);
      }),
    );
    return { datasetVersion: dataset.version, columns: made.columns, ...output };
  }
}

/** @throws Problem invalid_recipe */
function plan(steps: unknown, columns: readonly ColumnSchema[]): RecipePlan {
  const named = columns.map(({ name, type }) => ({ name, type }));
  const { plan: made, problems } = planRecipe(steps, named);
  if (problems.length === 0) return made;
  const detail = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  throw new Problem('invalid_recipe', `The recipe has ${detail}; see errors[].`, problems);
}

function gone(): Problem {
  return new Problem('dataset_not_found', 'No content was uploaded under this id.');
}
