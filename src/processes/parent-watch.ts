import { workerData } from 'node:worker_threads';

/** A thread that ends its process when the parent is gone, however busy the main thread is. */
const INTERVAL_MS = 250;
const { parentPid } = workerData as { parentPid: number };

setInterval(() => {
  if (process.ppid !== parentPid) process.kill(process.pid, 'SIGKILL');
}, INTERVAL_MS);
