import { Injectable } from '@nestjs/common';
import { Settings } from '../config/settings-type.js';
import { DatasetsService } from '../datasets/datasets.service.js';
import type { ColumnSchema } from '../datasets/ingest/ingest-types.js';
import { RecipesService } from '../datasets/recipe/recipes.service.js';
import { Problem, type ProblemItem } from '../errors/problem.js';
import { estimateTrainingBytes } from '../learn/pipeline/estimate-bytes.js';
import { ModelsService } from '../models/models.service.js';
import { checkContent } from './request-content.js';
import { checkShape } from './request-shape.js';
import type { StartTrainingDto } from './start-training.dto.js';
import { columnsAfter, targetLeaks } from './training-recipe.js';
import type { TrainingRecipe, TrainingSpec } from './training-spec.js';

const MIB = 1024 * 1024;

interface UsedColumns {
  readonly recipe?: TrainingRecipe;
  /** Absent when they are not known. */
  readonly columns?: readonly ColumnSchema[] | undefined;
  readonly problems: readonly ProblemItem[];
}

type Dataset = Awaited<ReturnType<DatasetsService['getVersion']>>;

/** Turns what was sent into a complete training, or says everything that is wrong with it. */
@Injectable()
export class TrainingRequests {
  constructor(
    private readonly datasets: DatasetsService,
    private readonly recipes: RecipesService,
    private readonly models: ModelsService,
    private readonly settings: Settings,
  ) {}

  /**
   * @param body as it was sent
   * @throws Problem invalid_training with all problems at once; when its form is right: dataset_not_found, forbidden
   */
  async accept(body: unknown): Promise<TrainingSpec> {
    const request = await checkShape(body);
    const { usable } = request;
    const limit = this.#runTimeProblem(usable);
    const isWellFormed = request.problems.length === 0;
    const dataset = await this.#findDataset(usable, isWellFormed);
    if (isWellFormed) await this.#checkModelOwner(usable);
    const { recipe, columns, problems: recipeProblems } = await this.#columns(usable, dataset);
    const { spec, problems } = checkContent(request, columns);
    const all = [...request.problems, ...limit, ...recipeProblems, ...problems];
    if (all.length > 0 || !spec || !dataset || !columns) throw invalidTraining(all);
    const leaks = recipe ? targetLeaks(recipe, dataset, spec) : [];
    if (leaks.length > 0) throw invalidTraining(leaks);

    const estimate = estimateTrainingBytes(
      { nRows: dataset.nRows, columns, nThreads: this.settings.trainingThreads },
      spec,
    );
    if (estimate > this.settings.trainingMemoryMb * MIB) {
      throw invalidTraining([memoryProblem(estimate, this.settings.trainingMemoryMb)]);
    }
    const { modelId, ownerId, datasetId } = usable as StartTrainingDto;
    return {
      modelId,
      modelName: usable.modelName ?? modelId,
      ownerId,
      datasetId,
      datasetVersion: dataset.version,
      nRows: dataset.nRows,
      nColumns: dataset.columns.length,
      ...(recipe ? { recipe } : {}),
      pipeline: spec,
      maxRunSeconds: usable.maxRunSeconds ?? this.settings.trainingMaxRunSeconds,
      ...(usable.exports === undefined ? {} : { exports: usable.exports }),
      ...(usable.promotion === undefined ? {} : { promotion: usable.promotion }),
      ...(usable.annotations === undefined ? {} : { annotations: usable.annotations }),
    };
  }

  /** Its columns are shown to its owner only. While the form is wrong, an absent data set is not the news. */
  async #findDataset(usable: Partial<StartTrainingDto>, isWellFormed: boolean): Promise<Dataset | undefined> {
    const { datasetId, datasetVersion, ownerId } = usable;
    if (datasetId === undefined || ownerId === undefined) return undefined;
    try {
      const dataset = await this.datasets.getVersion(datasetId, datasetVersion);
      if (dataset.ownerId !== ownerId) throw new Problem('forbidden', 'The data set has another owner.');
      return dataset;
    } catch (error) {
      if (isWellFormed || !(error instanceof Problem)) throw error;
      return undefined;
    }
  }

  /** The columns to learn from: those of the data set, or those that its recipe makes of them. */
  async #columns(usable: Partial<StartTrainingDto>, dataset: Dataset | undefined): Promise<UsedColumns> {
    const { recipe: name, recipeVersion } = usable;
    if (!dataset) return { problems: [] };
    if (name === undefined) {
      if (recipeVersion === undefined) return { columns: dataset.columns, problems: [] };
      const message = 'recipe is missing: recipeVersion says which version of it';
      return { problems: [{ code: 'missing_argument', argument: 'recipe', message }] };
    }
    const found = await this.recipes.find(dataset.dataset.id, name, recipeVersion);
    if (!found) {
      const argument = recipeVersion === undefined ? 'recipe' : 'recipeVersion';
      const message = `${argument}: expected a recipe of the data set.`;
      return { problems: [{ code: 'unknown_recipe', argument, message }] };
    }
    const recipe = { name, version: found.version, steps: found.steps };
    return { recipe, ...columnsAfter(recipe, dataset) };
  }

  async #checkModelOwner({ modelId, ownerId }: Partial<StartTrainingDto>): Promise<void> {
    const model = modelId === undefined ? undefined : await this.models.findModel(modelId);
    if (model && model.ownerId !== ownerId) throw new Problem('forbidden', 'The model has another owner.');
  }

  #runTimeProblem({ maxRunSeconds }: Partial<StartTrainingDto>): ProblemItem[] {
    const longest = this.settings.trainingMaxRunSeconds;
    if (maxRunSeconds === undefined || maxRunSeconds <= longest) return [];
    const message = `maxRunSeconds must not be greater than ${longest}`;
    return [{ code: 'out_of_range', argument: 'maxRunSeconds', message }];
  }
}

function memoryProblem(estimateBytes: number, limitMb: number): ProblemItem {
  const neededMb = Math.ceil(estimateBytes / MIB);
  const message = `the training would need about ${neededMb} MiB, and may have ${limitMb} MiB: use fewer rows, columns or categories`;
  return { code: 'not_enough_memory', message };
}

function invalidTraining(problems: readonly ProblemItem[]): Problem {
  const detail =
    problems.length === 1
      ? 'The training has a problem; see errors[].'
      : `The training has ${problems.length} problems; see errors[].`;
  return new Problem('invalid_training', detail, problems);
}
