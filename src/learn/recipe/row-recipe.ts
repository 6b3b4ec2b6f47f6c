import type { JsonObject } from '../json.js';
import type { Column, Table } from '../matrix/table.js';
import { coerceColumn, columnOf } from '../preprocessing/coerce-column.js';
import { damaged, member, readList } from '../preprocessing/state-reader.js';
import { compileRowSteps } from './apply-row.js';
import type { Cell, Row } from './evaluate.js';
import type { RecipeStep } from './index.js';
import { planRecipe } from './plan-recipe.js';
import type { RecipeColumn } from './recipe-plan.js';
import { rowPart } from './row-part.js';

const SCHEMA_VERSION = 1;

/**
 * The part of a recipe that happens to each row on its own, and the columns that it takes: what a model that was trained
 * with the recipe does to a row before anything else. It needs no table, and is kept as the steps that it is made of.
 */
export class RowRecipe {
  /** What comes out, in order. */
  readonly outputs: readonly RecipeColumn[];
  readonly #apply: (row: Row) => Map<string, Cell>;

  private constructor(
    /** The columns that a row must have. */
    readonly inputs: readonly RecipeColumn[],
    readonly steps: readonly RecipeStep[],
  ) {
    const { plan, problems } = planRecipe(steps, inputs);
    const isForRows = plan.steps.every(({ kind }) => ['assign', 'drop', 'rename'].includes(kind));
    if (problems.length > 0 || !isForRows) throw damaged('recipe.steps', 'steps for rows of these inputs');
    this.outputs = plan.columns;
    this.#apply = compileRowSteps(plan.steps);
  }

  /**
   * @param steps a frozen recipe without problems
   * @param columns of the table that it is for
   * @param wanted names of the columns that must come out; what leads to none of them is left out
   * @returns null when a row needs nothing done to it
   */
  static of(
    steps: readonly RecipeStep[],
    columns: readonly RecipeColumn[],
    wanted: readonly string[],
  ): RowRecipe | null {
    const part = rowPart(steps, columns, wanted);
    return part.steps.length === 0 ? null : new RowRecipe(part.columns, part.steps);
  }

  /** @throws LearnError invalid_state */
  static fromState(state: JsonObject, inputs: readonly RecipeColumn[]): RowRecipe {
    if (member(state, 'schemaVersion') !== SCHEMA_VERSION) throw damaged('recipe.schemaVersion', '1');
    const named = inputs.map(({ name, type }) => ({ name, type }));
    return new RowRecipe(named, readList(member(state, 'steps'), 'recipe.steps') as unknown as RecipeStep[]);
  }

  toState(): JsonObject {
    return { schemaVersion: SCHEMA_VERSION, steps: this.steps as unknown as JsonObject[] };
  }

  /** @param row has every input, of its type; it stays as it is */
  applyToRow(row: Row): Row {
    return this.#apply(row);
  }

  /**
   * The same for every row of a table. Cost: one pass, a few objects a row.
   * @throws LearnError unknown_column
   */
  applyToTable(table: Table): Table {
    const readers = this.inputs.map(({ name, type }) => {
      const read = cellReader(coerceColumn(columnOf(table, name), type).column);
      return [name, read] as const;
    });
    const cells = this.outputs.map(() => new Array<Cell>(table.nRows));
    for (let i = 0; i < table.nRows; i++) {
      const changed = this.#apply(new Map(readers.map(([name, read]) => [name, read(i)])));
      for (const [k, { name }] of this.outputs.entries()) cells[k]![i] = changed.get(name) ?? null;
    }
    return { nRows: table.nRows, columns: this.outputs.map((output, k) => columnFrom(output, cells[k]!)) };
  }
}

function cellReader(column: Column): (row: number) => Cell {
  // The empty text is missing, as in a JSON row.
  if (column.type === 'text') return (row) => column.dictionary[column.codes[row]!] || null;
  const { values } = column;
  if (column.type === 'boolean') return (row) => (Number.isNaN(values[row]) ? null : values[row] !== 0);
  return (row) => (Number.isNaN(values[row]) ? null : values[row]!);
}

function columnFrom({ name, type }: RecipeColumn, cells: readonly Cell[]): Column {
  if (type !== 'text') {
    return {
      name,
      type,
      values: Float64Array.from(cells, (cell) => (cell === null ? Number.NaN : Number(cell))),
    };
  }
  const codes = new Int32Array(cells.length);
  const codeOf = new Map<Cell, number>();
  for (const [i, cell] of cells.entries()) {
    if (cell !== null && !codeOf.has(cell)) codeOf.set(cell, codeOf.size);
    codes[i] = cell === null ? -1 : codeOf.get(cell)!;
  }
  return { name, type, codes, dictionary: [...codeOf.keys()] as string[] };
}
