import { readdirSync, readFileSync } from 'node:fs';
import { residentMiB } from '../support/memory.js';

const TICKS_PER_SECOND = 100;

interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  readonly cpuSeconds: number;
}

/** CPU seconds (user and system, all threads) that a process and everything below it has used so far. */
export function treeCpuSeconds(pid: number): number {
  return treeOf(pid).reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
}

/** The sum of the highest resident sizes of a process and everything below it, in MiB. */
export function treePeakMiB(pid: number): number {
  return treeOf(pid).reduce((sum, { pid: member }) => sum + residentMiB(member, 'VmHWM'), 0);
}

/** A process and everything below it. */
export function treePids(pid: number): number[] {
  return treeOf(pid).map((member) => member.pid);
}

function treeOf(root: number): ProcessStat[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => statOf(Number(name)) ?? []);
  const members = all.filter(({ pid }) => pid === root);
  for (let at = 0; at < members.length; at++) {
    members.push(...all.filter(({ parent }) => parent === (members[at] as ProcessStat).pid));
  }
  return members;
}

function statOf(pid: number): ProcessStat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name may hold anything; what is counted comes after its closing parenthesis.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[11]) + Number(fields[12]);
    return { pid, parent: Number(fields[1]), cpuSeconds: ticks / TICKS_PER_SECOND };
  } catch {
    return undefined;
  }
}
