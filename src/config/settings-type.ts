import type { SettingDefinition } from './setting-definition.js';
import type { SETTINGS } from './settings.js';

/** What one line of the table becomes: a list is empty, and anything else undefined, when it has neither value nor default. */
type ValueOf<D extends SettingDefinition> = D['kind'] extends 'list'
  ? readonly string[]
  : D['kind'] extends 'choice'
    ? D extends { choices: readonly (infer Choice)[] }
      ? Choice
      : never
    : D['kind'] extends 'boolean'
      ? boolean
      : D['kind'] extends 'text'
        ? D extends { default: string }
          ? string
          : string | undefined
        : number;

/** Every setting, typed from the table. */
export type SettingValues = { readonly [K in keyof typeof SETTINGS]: ValueOf<(typeof SETTINGS)[K]> };

/** The one object of settings; also the token under which Nest injects it. */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: instances come from loadSettings only, which fills in every property.
export abstract class Settings {}
export interface Settings extends SettingValues {}
