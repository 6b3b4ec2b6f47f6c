import type { SettingDefinition } from './setting-definition.js';
import { SETTINGS } from './settings.js';
import { Settings } from './settings-type.js';

/** One or more settings are wrong. Its lines name the variable and what was expected, and never the value. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';

  constructor(readonly lines: readonly string[]) {
    super(lines.join('\n'));
  }
}

type Value = string | number | boolean | readonly string[] | undefined;
type Parsed = { value: Value } | { expected: string };

/**
 * Reads every setting from the environment, once. An empty variable counts as not set.
 * Throws SettingsError with one line for each bad setting.
 */
export function loadSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const values: Record<string, Value> = {};
  const lines: string[] = [];
  for (const [name, definition] of Object.entries<SettingDefinition>(SETTINGS)) {
    const text = env[definition.variable]?.trim();
    if (text === undefined || text === '') {
      values[name] = definition.kind === 'list' ? [] : definition.default;
      continue;
    }
    const parsed = parseSetting(text, definition);
    if ('expected' in parsed) lines.push(`${definition.variable} is not valid: expected ${parsed.expected}`);
    else values[name] = parsed.value;
  }
  if (lines.length > 0) throw new SettingsError(lines);
  return makeSettings(values);
}

/** The same settings with some of them replaced, as when an embedded part has found its port. */
export function withSettings(settings: Settings, changes: Partial<Settings>): Settings {
  return makeSettings({ ...settings, ...changes });
}

function makeSettings(values: object): Settings {
  return Object.freeze(Object.assign(Object.create(Settings.prototype) as Settings, values));
}

function parseSetting(text: string, definition: SettingDefinition): Parsed {
  switch (definition.kind) {
    case 'text':
      return { value: text };
    case 'choice':
      return definition.choices?.includes(text)
        ? { value: text }
        : { expected: `one of ${definition.choices?.join(', ')}` };
    case 'boolean':
      if (text === 'true' || text === 'false') return { value: text === 'true' };
      return { expected: 'true or false' };
    case 'list':
      return parseList(text, definition);
    case 'integer':
      return withinBounds(/^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN, definition, 'a whole number');
    case 'seconds':
      return withinBounds(
        /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN,
        definition,
        'a number of seconds',
      );
    case 'bytes':
      return withinBounds(parseBytes(text), definition, 'a number of bytes such as 1048576, 512KiB or 16MiB');
  }
}

function parseList(text: string, definition: SettingDefinition): Parsed {
  const items = text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  const least = definition.minimumLength ?? 1;
  if (items.some((item) => item.length < least)) {
    return { expected: `a comma-separated list, each item at least ${least} characters long` };
  }
  return { value: items };
}

const BYTE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
  tib: 1024 ** 4,
};

function parseBytes(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text);
  const unit = match && BYTE_UNITS[match[2]!.toLowerCase()];
  return match && unit ? Math.round(Number(match[1]) * unit) : Number.NaN;
}

function withinBounds(value: number, { minimum, maximum }: SettingDefinition, what: string): Parsed {
  const inside =
    Number.isFinite(value) &&
    Math.abs(value) <= Number.MAX_SAFE_INTEGER &&
    value >= (minimum ?? Number.NEGATIVE_INFINITY) &&
    value <= (maximum ?? Number.POSITIVE_INFINITY);
  if (inside) return { value };
  const bounds = [
    ...(minimum === undefined ? [] : [`at least ${minimum}`]),
    ...(maximum === undefined ? [] : [`at most ${maximum}`]),
  ].join(' and ');
  return { expected: bounds === '' ? what : `${what}, ${bounds}` };
}
