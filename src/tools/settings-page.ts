import type { SettingDefinition } from '../config/setting-definition.js';
import { SETTINGS } from '../config/settings.js';
import { generatedNote, markdownTable } from './markdown.js';

/** docs/settings.md: every setting with its kind, default and sentence. */
export function settingsPage(): string {
  const rows = Object.entries<SettingDefinition>(SETTINGS).map(([name, definition]) => [
    `\`${definition.variable}\``,
    kindOf(definition),
    defaultOf(name, definition),
    definition.description + (definition.secret === true ? ' *Secret: never logged.*' : ''),
  ]);
  return [
    generatedNote('src/config/settings.ts'),
    '# Settings',
    'Environment variables, read once at the start. A bad one stops the start and is named.',
    markdownTable(['variable', 'kind', 'default', 'what it does'], rows),
    '',
  ].join('\n\n');
}

function kindOf(definition: SettingDefinition): string {
  if (definition.kind === 'choice') return (definition.choices ?? []).join(', ');
  const { minimum, maximum } = definition;
  if (minimum === undefined) return definition.kind;
  return maximum === undefined
    ? `${definition.kind}, ≥ ${minimum}`
    : `${definition.kind}, ${minimum}–${maximum}`;
}

function defaultOf(name: string, definition: SettingDefinition): string {
  // The number of cores is the one default that differs from machine to machine.
  if (name === 'trainingThreads') return 'the number of cores';
  return definition.default === undefined ? '–' : `\`${definition.default}\``;
}
