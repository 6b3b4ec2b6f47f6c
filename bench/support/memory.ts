import { readFileSync, writeFileSync } from 'node:fs';

const KIB_PER_MIB = 1024;

/** Resident memory of a process in MiB, as Linux counts it now (`VmRSS`) or at its highest (`VmHWM`). */
export function residentMiB(pid: number, kind: 'VmRSS' | 'VmHWM' = 'VmRSS'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const match = new RegExp(`^${kind}:\\s+(\\d+) kB$`, 'm').exec(status);
  if (match === null) throw new Error(`no ${kind} for this process: the bench needs Linux`);
  return Number(match[1]) / KIB_PER_MIB;
}

/** Sets the high-water mark back to the present level, so that the next reading is the peak of what follows. */
export function resetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}
