import type { PlannedStep, RecipeColumn, RecipePlan } from '../../learn/recipe/recipe-plan.js';
import { expressionSql } from './expression-sql.js';

/** A column on its way through the steps: the name that people gave it and the one in SQL, which is ours. */
interface Place extends RecipeColumn {
  readonly sql: string;
}

/**
 * The table that a recipe makes of a canonical Parquet file, as one SELECT: columns c0, c1, … in the order of
 * `plan.columns`, rows in the order of the file. Every step is a common table expression over the one before. The same
 * file gives the same rows every time: a sample goes by a hash of the row's number.
 *
 * @param plan frozen: no step has to be learned
 * @param file SQL that reads the file with its row numbers: `read_parquet('…', file_row_number = true)`
 */
export function recipeSql(plan: RecipePlan, columns: readonly RecipeColumn[], file: string): string {
  let places = columns.map((column, index): Place => ({ ...column, sql: `c${index}` }));
  const first = places.map(({ type, sql }) => {
    if (type === 'number') return `CASE WHEN isfinite(${sql}) THEN ${sql} END AS ${sql}`;
    // As in a row that asks for a prediction: the empty text is missing.
    if (type === 'text') return `nullif(${sql}, '') AS ${sql}`;
    return type === 'date' ? `CAST(epoch_ms(${sql}) AS DOUBLE) AS ${sql}` : sql;
  });
  const tables = [`s0 AS (SELECT file_row_number AS row_number, ${first.join(', ')} FROM ${file})`];
  for (const [index, step] of plan.steps.entries()) {
    const next = applyStep(step, places, `s${index}`, `n${index}`);
    places = next.places;
    tables.push(`s${index + 1} AS (${next.sql})`);
  }
  const last = places.map(({ type, sql }, index) => {
    const value = type === 'date' ? `make_timestamp(CAST(${sql} * 1000 AS BIGINT))` : sql;
    return `${value} AS c${index}`;
  });
  return `WITH ${tables.join(', ')} SELECT ${last.join(', ')} FROM s${plan.steps.length} ORDER BY row_number`;
}

function applyStep(
  step: PlannedStep,
  places: readonly Place[],
  from: string,
  fresh: string,
): { places: Place[]; sql: string } {
  const sqlOf = (name: string) => places.find((place) => place.name === name)!.sql;
  const same = (condition: string) => ({ places: [...places], sql: `SELECT * FROM ${from} ${condition}` });
  const withColumn = (name: string, type: Place['type'], value: string) => {
    const made = { name, type, sql: fresh };
    const isNew = !places.some((place) => place.name === name);
    const next = isNew ? [...places, made] : places.map((place) => (place.name === name ? made : place));
    return { places: next, sql: `SELECT *, ${value} AS ${fresh} FROM ${from}` };
  };
  switch (step.kind) {
    case 'assign':
      return withColumn(step.column, step.expression.type, expressionSql(step.expression, sqlOf));
    case 'drop':
      return { ...same(''), places: places.filter(({ name }) => !step.columns.includes(name)) };
    case 'rename':
      return {
        ...same(''),
        places: places.map((place) => (place.name === step.from ? { ...place, name: step.to } : place)),
      };
    case 'learn':
      throw new TypeError('a step was not learned');
    case 'filter':
      return same(`WHERE ${expressionSql(step.condition, sqlOf)}`);
    case 'sample':
      return same(
        `WHERE hash(row_number, ${Math.floor(step.seed)}) % 1000000 < ${Math.round(step.share * 1_000_000)}`,
      );
    case 'deduplicate': {
      const list = step.columns.map(sqlOf).join(', ');
      return same(`QUALIFY row_number() OVER (PARTITION BY ${list} ORDER BY row_number) = 1`);
    }
  }
}
