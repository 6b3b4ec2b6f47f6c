import { LearnError } from '../../learn/errors.js';
import { freezeSteps, type Learned } from '../../learn/recipe/freeze-steps.js';
import type { RecipeStep } from '../../learn/recipe/index.js';
import { MAX_KEPT_TEXTS } from '../../learn/recipe/plan-recipe.js';
import type { Lesson, RecipeColumn, RecipePlan } from '../../learn/recipe/recipe-plan.js';
import type { Duckdb } from '../ingest/duckdb.js';
import { recipeSql } from './recipe-sql.js';

/**
 * Finds out of a canonical file what the steps of a recipe learn from it.
 * @param file SQL that reads the file with its row numbers
 * @throws LearnError column_all_missing; invalid_parameters when more than 10,000 texts are frequent
 */
export function learnSteps(
  duckdb: Duckdb,
  steps: readonly RecipeStep[],
  columns: readonly RecipeColumn[],
  file: string,
): Promise<{ steps: RecipeStep[]; plan: RecipePlan }> {
  return freezeSteps(steps, columns, async (before, column, lesson) => {
    const place = before.columns.findIndex(({ name }) => name === column);
    const table = recipeSql(before, columns, file);
    const found = await look(
      duckdb,
      `(SELECT c${place} AS v FROM (${table}) WHERE c${place} IS NOT NULL)`,
      lesson,
    );
    if (found === 'too many') {
      throw new LearnError('invalid_parameters', `More than ${MAX_KEPT_TEXTS} texts are frequent enough.`, {
        column,
      });
    }
    if (found === undefined) {
      throw new LearnError('column_all_missing', 'The column has no value to fill its gaps with.', {
        column,
      });
    }
    return found.learned;
  });
}

/** @param values SQL of a table of one column, v */
async function look(
  duckdb: Duckdb,
  values: string,
  lesson: Lesson,
): Promise<{ learned: Learned } | 'too many' | undefined> {
  switch (lesson.find) {
    case 'frequent': {
      const least = Math.ceil(lesson.minimumRows);
      const rows = await duckdb.rows(
        `SELECT v FROM ${values} GROUP BY v HAVING count(*) >= ${least} ORDER BY v LIMIT ${MAX_KEPT_TEXTS + 1}`,
      );
      return rows.length > MAX_KEPT_TEXTS ? 'too many' : { learned: rows.map((row) => row['v'] as string) };
    }
    case 'most_frequent': {
      const [row] = await duckdb.rows(`SELECT v FROM ${values} GROUP BY v ORDER BY count(*) DESC, v LIMIT 1`);
      return row && { learned: row['v'] as number | string | boolean };
    }
    case 'median': {
      const [row] = await duckdb.rows(`SELECT median(v) AS v FROM ${values}`);
      return typeof row?.['v'] === 'number' ? { learned: row['v'] } : undefined;
    }
    case 'mean': {
      // In sorted order, as threads would add in any other: equal tables give equal means, to the bit.
      const [row] = await duckdb.rows(`SELECT fsum(v ORDER BY v) / count(*) AS v FROM ${values}`);
      return typeof row?.['v'] === 'number' && Number.isFinite(row['v']) ? { learned: row['v'] } : undefined;
    }
  }
}
