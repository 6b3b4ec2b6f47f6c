import { jsonTypeOf } from '../json.js';
import type { ColumnType } from '../matrix/table.js';
import {
  booleanFromNumber,
  booleanFromText,
  dateFromText,
  numberFromText,
  textFromDate,
  textFromNumber,
} from '../preprocessing/read-value.js';
import type { Cell } from '../recipe/evaluate.js';
import type { RecipeColumn } from '../recipe/recipe-plan.js';
import type { RowRecipe } from '../recipe/row-recipe.js';
import type { EncodedRows, RowEncoder } from './row-encoder.js';
import { MAX_WARNINGS, RowFindings } from './row-findings.js';
import type { InputColumn, ModelSignature } from './signature.js';

/**
 * JSON rows in the columns of the data set to encoded rows: reads what the recipe takes, as the RowEncoder reads a
 * value, lets the recipe work on each row, and hands the encoder what comes out. Findings of the first pass name columns
 * of the data set, those of the second columns that the recipe has made.
 */
export class RecipeFront {
  readonly #knownNames: ReadonlySet<string>;
  readonly #typeOf: ReadonlyMap<string, ColumnType>;

  constructor(
    private readonly recipe: RowRecipe,
    signature: ModelSignature,
    /** What the encoder takes. */
    private readonly inputs: readonly InputColumn[],
    private readonly encoder: RowEncoder,
  ) {
    this.#knownNames = new Set([...recipe.inputs.map(({ name }) => name), ...signature.ignored]);
    this.#typeOf = new Map(recipe.outputs.map(({ name, type }) => [name, type]));
  }

  encode(rows: readonly unknown[], passedThrough?: ReadonlySet<string>): EncodedRows {
    const findings = new RowFindings();
    const changed = rows.map((row, i) =>
      findings.isFull ? {} : this.#change(row, i, findings, passedThrough),
    );
    const { problems, warnings, nWarningsLeftOut } = findings;
    if (problems.length > 0) return { values: new Float64Array(0), problems, warnings, nWarningsLeftOut };
    const encoded = this.encoder.encode(changed);
    const all = [...warnings, ...encoded.warnings];
    const nLeftOut = nWarningsLeftOut + encoded.nWarningsLeftOut + Math.max(0, all.length - MAX_WARNINGS);
    return { ...encoded, warnings: all.slice(0, MAX_WARNINGS), nWarningsLeftOut: nLeftOut };
  }

  #change(
    sent: unknown,
    i: number,
    findings: RowFindings,
    passedThrough: ReadonlySet<string> | undefined,
  ): Record<string, Cell> {
    if (typeof sent !== 'object' || sent === null || Array.isArray(sent)) {
      findings.problem('not_an_object', i, undefined, { expectedType: 'object', sentType: jsonTypeOf(sent) });
      return {};
    }
    const cells = new Map<string, Cell>();
    for (const column of this.recipe.inputs) {
      const value: unknown = Object.hasOwn(sent, column.name)
        ? (sent as Record<string, unknown>)[column.name]
        : undefined;
      if (value === undefined) findings.problem('missing_column', i, column.name);
      else cells.set(column.name, readCell(column, value, i, findings));
    }
    for (const name of Object.keys(sent)) {
      if (!this.#knownNames.has(name) && passedThrough?.has(name) !== true)
        findings.warning('extra_column', i, name);
    }
    if (cells.size < this.recipe.inputs.length) return {};
    const changed = this.recipe.applyToRow(cells);
    // Object.fromEntries defines its members, so a column called __proto__ becomes one too.
    return Object.fromEntries(
      this.inputs.map(({ name, type }) => [
        name,
        written(changed.get(name) ?? null, this.#typeOf.get(name)!, type),
      ]),
    );
  }
}

/** null and the empty text are missing. */
function readCell({ name, type }: RecipeColumn, sent: unknown, row: number, findings: RowFindings): Cell {
  if (sent === null || sent === '') return null;
  if (typeof sent === 'number' && !Number.isFinite(sent)) {
    findings.problem('not_finite', row, name);
    return null;
  }
  const value = READERS[type](sent);
  if (value === undefined || (typeof value === 'number' && Number.isNaN(value))) {
    const expectedType = type === 'date' ? 'ISO 8601 date' : type;
    findings.problem('wrong_type', row, name, { expectedType, sentType: jsonTypeOf(sent) });
    return null;
  }
  if (typeof value === 'number' && !Number.isFinite(value)) {
    findings.problem('not_finite', row, name);
    return null;
  }
  if (typeof sent !== JSON_TYPES[type]) findings.warning('type_coerced', row, name);
  return value;
}

const JSON_TYPES = { number: 'number', boolean: 'boolean', date: 'string', text: 'string' } as const;

const READERS: Readonly<Record<ColumnType, (sent: unknown) => Cell | undefined>> = {
  number: (sent) => (typeof sent === 'string' ? numberFromText(sent) : onlyNumber(sent)),
  date: (sent) => (typeof sent === 'string' ? dateFromText(sent) : onlyNumber(sent)),
  boolean: (sent) => {
    if (typeof sent === 'boolean') return sent;
    const value = typeof sent === 'string' ? booleanFromText(sent) : booleanFromNumber(onlyNumber(sent));
    return Number.isNaN(value) ? undefined : value === 1;
  },
  text: (sent) => {
    if (typeof sent === 'string') return sent;
    if (typeof sent === 'number') return textFromNumber(sent);
    return typeof sent === 'boolean' ? String(sent) : undefined;
  },
};

function onlyNumber(sent: unknown): number {
  return typeof sent === 'number' ? sent : Number.NaN;
}

/** A cell that the recipe made, as JSON says it in the type that the encoder takes: the same as for a column of a table. */
function written(cell: Cell, from: ColumnType, to: ColumnType): Cell {
  if (cell === null) return null;
  if (to === 'date' && typeof cell === 'number') return isoOrNumber(cell);
  if (to === 'text' && from === 'date') return textFromDate(cell as number);
  if (to === 'text' && from === 'number') return textFromNumber(cell as number);
  if (to === 'text') return String(cell);
  return to === 'number' && typeof cell === 'boolean' ? Number(cell) : cell;
}

/** ISO text where that can be read back: a year has four digits there, and a second three. */
function isoOrNumber(epochMs: number): Cell {
  const text = textFromDate(epochMs);
  return dateFromText(text) === epochMs ? text : epochMs;
}
