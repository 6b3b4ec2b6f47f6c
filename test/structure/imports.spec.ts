import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type ImportArrow, readImportArrows } from './imports.js';

/** The rooms of the house and what each may import: the table of docs/architecture.md, and no second one here. */
const MAY_IMPORT = readTable(readFileSync(new URL('../../docs/architecture.md', import.meta.url), 'utf8'));

function readTable(page: string): ReadonlyMap<string, readonly string[]> {
  const namesIn = (text: string): string[] => [...text.matchAll(/`([\w/-]+)`/g)].map((match) => match[1]!);
  const platform = namesIn(/^The _platform_ is (.*)$/m.exec(page)?.[1] ?? '');
  const rows = [...page.matchAll(/^\| `src\/([\w/-]+)` +\|[^|]+\| (.+?) +\|$/gm)];
  return new Map(
    rows.map(([, room, allowed]) => [
      room!,
      [...(/^platform\b/.test(allowed!) ? platform : []), ...namesIn(allowed!)],
    ]),
  );
}

/** Rooms that may be taken out, with their line in the root module: nobody else knows them. */
const OPTIONAL = ['easyml'];
/** Where a whole process is put together: it knows every room. */
const COMPOSITION_ROOTS = ['main.ts', 'app.module.ts', 'service.ts'];
/** Types that cross a process border are named in one file, which therefore names every room that has a process. */
const BORDER = 'processes/messages.ts';

const arrows = readImportArrows();

function roomOf(path: string): string {
  const [first, second] = path.split('/');
  return first === 'data-server' ? `${first}/${second}` : (first as string);
}

function breaksTheHouse({ from, to, isOurs, isTypeOnly }: ImportArrow): boolean {
  if (!isOurs || COMPOSITION_ROOTS.includes(from)) return false;
  if (from === BORDER && isTypeOnly) return false;
  const [room, other] = [roomOf(from), roomOf(to)];
  return room !== other && !(MAY_IMPORT.get(room) ?? []).includes(other);
}

const shown = ({ from, to }: ImportArrow): string => `${from} → ${to}`;

/** Those of the arrows that lie on a circle, or lead from one circle to another. */
function circling(all: readonly ImportArrow[]): readonly ImportArrow[] {
  const from = new Set(all.map((arrow) => arrow.from));
  const to = new Set(all.map((arrow) => arrow.to));
  const rest = all.filter((arrow) => from.has(arrow.to) && to.has(arrow.from));
  return rest.length === all.length ? rest : circling(rest);
}

describe('the arrows of the house', () => {
  it('reads the sources', () => {
    expect(arrows.length).toBeGreaterThan(100);
  });

  it('has a line in the table for every room, and for nothing else', () => {
    const rooms = new Set(arrows.map((arrow) => roomOf(arrow.from)));
    for (const root of COMPOSITION_ROOTS) rooms.delete(root);
    const expected = [...MAY_IMPORT.keys()].filter((room) => rooms.has(room) || !OPTIONAL.includes(room));
    expect([...rooms].sort()).toEqual(expected.sort());
    const named = new Set([...MAY_IMPORT.values()].flat());
    expect([...named].filter((room) => !MAY_IMPORT.has(room))).toEqual([]);
  });

  it('has optional rooms that one line of the root module takes in, and nothing else knows', () => {
    for (const room of OPTIONAL) {
      const intoRoom = arrows.filter(
        ({ from, to, isOurs }) => isOurs && roomOf(to) === room && roomOf(from) !== room,
      );
      expect(intoRoom.map(({ from }) => from)).toEqual(intoRoom.length === 0 ? [] : ['app.module.ts']);
      const root = readFileSync(new URL('../../src/app.module.ts', import.meta.url), 'utf8');
      const lines = root.split('\n').filter((line) => line.toLowerCase().includes(room));
      expect(lines.length).toBeLessThanOrEqual(1);
    }
  });

  it('lets a room import only what its line names', () => {
    expect(arrows.filter(breaksTheHouse).map(shown)).toEqual([]);
  });

  it('has no circle of files that need each other at run time', () => {
    expect(circling(arrows.filter(({ isOurs, isTypeOnly }) => isOurs && !isTypeOnly)).map(shown)).toEqual([]);
  });

  it('keeps the core free of packages and of I/O; threads live in learn/parallel alone', () => {
    const outside = arrows.filter(({ from, isOurs }) => roomOf(from) === 'learn' && !isOurs);
    const allowed = ({ from, to }: ImportArrow): boolean =>
      from.startsWith('learn/parallel/') &&
      ['node:worker_threads', 'node:url', 'node:timers/promises'].includes(to);
    expect(outside.filter((arrow) => !allowed(arrow)).map(shown)).toEqual([]);
  });

  it('keeps controllers away from SQL: only services use repositories', () => {
    const wrong = arrows.filter(
      ({ from, to, isOurs }) =>
        isOurs &&
        from.endsWith('.controller.ts') &&
        (to.endsWith('.repository.ts') || roomOf(to) === 'database'),
    );
    expect(wrong.map(shown)).toEqual([]);
  });

  it("keeps features out of each other's tables", () => {
    const wrong = arrows.filter(
      ({ from, to, isOurs }) => isOurs && to.endsWith('.repository.ts') && roomOf(from) !== roomOf(to),
    );
    expect(wrong.map(shown)).toEqual([]);
  });
});
