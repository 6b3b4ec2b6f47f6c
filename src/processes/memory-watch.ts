import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const execFileAsync = promisify(execFile);
const IS_LINUX = process.platform === 'linux';
/** Reading /proc is cheap; `ps` is a process of its own. */
const INTERVAL_MS = IS_LINUX ? 50 : 500;

/**
 * Calls `onExceeded` once when the process holds more than `limitMb` MiB of memory. V8's own limit does not count typed
 * arrays and native memory, where nearly all of ours lies, so the resident size is watched from outside.
 * Returns the way to stop.
 */
export function watchMemory(pid: number, limitMb: number, onExceeded: () => void): () => void {
  let stopped = false;
  let timer: NodeJS.Timeout;
  const look = async () => {
    const residentKib = await residentSizeKib(pid);
    if (stopped) return;
    if (residentKib > limitMb * 1024) {
      stopped = true;
      onExceeded();
      return;
    }
    timer = setTimeout(look, INTERVAL_MS);
  };
  timer = setTimeout(look, INTERVAL_MS);
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}

/** Resident memory of a process in KiB; 0 when it has just ended. */
async function residentSizeKib(pid: number): Promise<number> {
  try {
    if (IS_LINUX) {
      const status = await readFile(`/proc/${pid}/status`, 'utf8');
      return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0);
    }
    const { stdout } = await execFileAsync('ps', ['-o', 'rss=', '-p', String(pid)]);
    return Number(stdout.trim()) || 0;
  } catch {
    return 0;
  }
}
