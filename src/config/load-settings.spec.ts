import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadSettings, SettingsError, withSettings } from './load-settings.js';
import { MIB, type SettingTable } from './setting-definition.js';
import { SETTINGS } from './settings.js';

function linesFor(env: Record<string, string>): readonly string[] {
  try {
    loadSettings(env);
  } catch (error) {
    if (error instanceof SettingsError) return error.lines;
    throw error;
  }
  return [];
}

describe('SETTINGS', () => {
  it('joins the tables of all concerns, each setting and each variable once', async () => {
    const folder = new URL('./tables/', import.meta.url);
    const modules = await Promise.all(
      readdirSync(folder).map((file): Promise<Record<string, SettingTable>> => import(`${folder}${file}`)),
    );
    const tables = modules.flatMap((module) => Object.values(module));
    const names = tables.flatMap((table) => Object.keys(table));
    expect(names.sort()).toEqual(Object.keys(SETTINGS).sort());
    const variables = Object.values(SETTINGS).map(({ variable }) => variable);
    expect(new Set(variables).size).toBe(variables.length);
  });
});

describe('loadSettings', () => {
  it('takes every default from the table', () => {
    const settings = loadSettings({});
    expect(settings.port).toBe(SETTINGS.port.default);
    expect(settings.databaseUrl).toBeUndefined();
    expect(settings.serviceTokens).toEqual([]);
    expect(Object.keys(settings).sort()).toEqual(Object.keys(SETTINGS).sort());
  });

  it('counts an empty variable as not set', () => {
    expect(loadSettings({ PORT: ' ', DATABASE_URL: '' })).toEqual(loadSettings({}));
  });

  it.each([
    ['1048576', MIB],
    ['16MiB', 16 * MIB],
    ['1.5 GiB', 1536 * MIB],
    ['4096kib', 4 * MIB],
  ])('reads %s as bytes', (text, nBytes) => {
    expect(loadSettings({ UPLOAD_MAX_BYTES: text }).uploadMaxBytes).toBe(nBytes);
  });

  it('reads lists, choices and numbers', () => {
    const token = 't'.repeat(32);
    const settings = loadSettings({ SERVICE_TOKENS: ` ${token}, ${token}x ,`, ROLE: 'worker', PORT: '0' });
    expect(settings.serviceTokens).toEqual([token, `${token}x`]);
    expect(settings.role).toBe('worker');
    expect(settings.port).toBe(0);
  });

  it('names every bad setting at once, with what was expected', () => {
    const lines = linesFor({ PORT: '70000', ROLE: 'boss', UPLOAD_MAX_BYTES: '5MB', RETENTION_DAYS: '1.5' });
    expect(lines).toEqual([
      'ROLE is not valid: expected one of all, api, worker',
      'PORT is not valid: expected a whole number, at least 0 and at most 65535',
      'UPLOAD_MAX_BYTES is not valid: expected a number of bytes such as 1048576, 512KiB or 16MiB, at least 1',
      'RETENTION_DAYS is not valid: expected a whole number, at least 1',
    ]);
  });

  it('never prints a value', () => {
    const [line] = linesFor({ SERVICE_TOKENS: 'short-secret' });
    expect(line).toContain('SERVICE_TOKENS');
    expect(line).not.toContain('short-secret');
  });

  it('replaces single settings in a copy that cannot be changed', () => {
    const settings = loadSettings({});
    const changed = withSettings(settings, { port: 1 });
    expect([settings.port, changed.port, changed.host]).toEqual([SETTINGS.port.default, 1, settings.host]);
    expect(() => Object.assign(changed, { port: 2 })).toThrow(TypeError);
  });
});
