/** The kinds of value a setting may have, with the text that says what is expected. */
type SettingKind = 'text' | 'integer' | 'bytes' | 'seconds' | 'choice' | 'boolean' | 'list';

/** Declares one setting: the environment variable, its kind, unit, default and one sentence. */
export interface SettingDefinition {
  readonly variable: string;
  readonly kind: SettingKind;
  readonly default: string | number | boolean | undefined;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly choices?: readonly string[];
  /** Of each item of a list, in characters. */
  readonly minimumLength?: number;
  /** Never printed. */
  readonly secret?: boolean;
  readonly description: string;
}

/** The settings of one concern, by the names of their properties of Settings. */
export type SettingTable = Readonly<Record<string, SettingDefinition>>;

export const MIB = 1024 * 1024;
