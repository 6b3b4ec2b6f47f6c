import type { Json, JsonObject } from '../../learn/json.js';
import type { InputColumn, ModelSignature } from '../../learn/pipeline/signature.js';
import type { BundleMeta } from './bundle-format.js';

const MAX_LISTED_COLUMNS = 200;
const MAX_LISTED_CLASSES = 50;

export interface ModelCardFacts {
  readonly meta: BundleMeta;
  readonly algorithm: string;
  readonly signature: ModelSignature;
  readonly report: JsonObject;
}

/** model-card.md: what a person should know before using the model. Generated, the same for the same training. */
export function writeModelCard({ meta, algorithm, signature, report }: ModelCardFacts): string {
  const { target, inputs, task } = signature;
  const sections = [
    `# ${inline(meta.model.name)}`,
    [
      `- Model: \`${inline(meta.model.id)}\``,
      `- Algorithm: ${algorithm} (${task})`,
      ...(target.name === null ? [] : [`- Predicts: ${inline(target.name)} (${target.type})`]),
      ...classLine(target.classes),
      `- Made: ${meta.createdAt} by ${inline(meta.producer)}`,
    ].join('\n'),
    '## How well it does',
    scoreTable(report['summary']),
    '## What it takes',
    columnTable(inputs),
    '## How to use it',
    'The file is a zip of JSON and typed tensors; nothing in it runs when it is opened. Load it with Trainyard, ' +
      'or follow its format description. `golden.json` has rows with the exact numbers that they must give. ' +
      'The scores above come from rows that the model has not seen, of the same data set: for people, places or ' +
      'times that the data set does not cover they say nothing.',
  ];
  return `${sections.join('\n\n')}\n`;
}

function classLine(classes: ModelSignature['target']['classes']): string[] {
  if (classes === undefined) return [];
  const shown = classes.slice(0, MAX_LISTED_CLASSES).map((label) => inline(String(label)));
  const rest = classes.length - shown.length;
  return [`- Classes: ${shown.join(', ')}${rest > 0 ? `, and ${rest} more` : ''}`];
}

function scoreTable(summary: Json | undefined): string {
  const metrics = objectOrEmpty(objectOrEmpty(summary)['metrics']);
  const scores = Object.entries(metrics).filter(([, value]) => typeof value === 'number');
  if (scores.length === 0) return 'See report.json.';
  return [
    '| measure | value |',
    '| --- | --- |',
    ...scores.map(([name, value]) => `| ${name} | ${Number((value as number).toPrecision(6))} |`),
    '',
    'The whole evaluation is in report.json.',
  ].join('\n');
}

function objectOrEmpty(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

function columnTable(inputs: readonly InputColumn[]): string {
  const rows = inputs.slice(0, MAX_LISTED_COLUMNS).map((column) => {
    const missing = column.nullable ? 'may be missing' : 'must be there';
    return `| ${inline(column.name)} | ${column.type} | ${missing} | ${seenIn(column)} |`;
  });
  const rest = inputs.length - rows.length;
  return [
    '| column | type | | seen in training |',
    '| --- | --- | --- | --- |',
    ...rows,
    ...(rest > 0 ? [`| and ${rest} more | | | |`] : []),
  ].join('\n');
}

function seenIn({ categories, minimum, maximum, type }: InputColumn): string {
  if (categories !== undefined) return `${categories.length} categories`;
  if (minimum === undefined || maximum === undefined) return '';
  const show = (value: number) => (type === 'date' ? new Date(value).toISOString() : String(value));
  return `${show(minimum)} to ${show(maximum)}`;
}

/** Names come from a data set: nothing in them may become a heading, a table cell, a link or markup. */
function inline(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\`*_{}[\]<>|#]/g, '\\$&');
}
