import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execFileAsync = promisify(execFile);

/** The training process of a service; it has one at a time. */
export async function trainingProcessOf(servicePid: number): Promise<number> {
  const [pid] = await trainingProcessesOf(servicePid);
  if (pid === undefined) throw new Error('no training process runs');
  return pid;
}

export function trainingProcessesOf(servicePid: number): Promise<number[]> {
  return processesOf(servicePid, 'training/process/main.js');
}

/** The processes that a service has started with an entry below dist/. */
export async function processesOf(servicePid: number, entry: string): Promise<number[]> {
  const { stdout } = await execFileAsync('ps', ['-A', '-o', 'pid=,ppid=,args=']);
  return stdout
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
    .filter((found) => Number(found?.[2]) === servicePid && found?.[3]?.includes(entry))
    .map((found) => Number(found?.[1]));
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
