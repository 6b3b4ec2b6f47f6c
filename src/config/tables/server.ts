import type { SettingTable } from '../setting-definition.js';

/** The process itself: its role, its port, its files, its log. */
export const SERVER_SETTINGS = {
  role: {
    variable: 'ROLE',
    kind: 'choice',
    default: 'all',
    choices: ['all', 'api', 'worker'],
    description: 'What this process does: answer requests, run trainings, or both.',
  },
  processes: {
    variable: 'PROCESSES',
    kind: 'integer',
    default: 1,
    minimum: 1,
    maximum: 64,
    description:
      'How many processes answer requests on the one port. With more than one, trainings and recurring work run in the process that starts the others.',
  },
  host: { variable: 'HOST', kind: 'text', default: '127.0.0.1', description: 'The address to listen on.' },
  port: {
    variable: 'PORT',
    kind: 'integer',
    default: 3000,
    minimum: 0,
    maximum: 65535,
    description: 'The port to listen on; 0 takes a free one.',
  },
  storageDir: {
    variable: 'STORAGE_DIR',
    kind: 'text',
    default: 'storage',
    description: 'The folder of the local object store, the embedded database and the generated secrets.',
  },
  logLevel: {
    variable: 'LOG_LEVEL',
    kind: 'choice',
    default: 'info',
    choices: ['fatal', 'error', 'warn', 'info', 'debug', 'silent'],
    description: 'The least important log line that is written.',
  },
} as const satisfies SettingTable;
