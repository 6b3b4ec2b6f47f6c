import { defineConfig } from 'vitest/config';

/**
 * Two sizes of test. `unit` lives beside the code and starts nothing. `integration` drives the built service:
 * real PostgreSQL, real processes, real sockets; one global set-up starts the database that they share.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.spec.ts', 'test/structure/**/*.spec.ts'],
          environment: 'node',
          testTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/{contract,e2e,faults,medium}/**/*.spec.ts'],
          environment: 'node',
          pool: 'forks',
          maxWorkers: 2,
          testTimeout: 90_000,
          hookTimeout: 90_000,
          sequence: { groupOrder: 1 },
          globalSetup: ['test/support/global-setup.ts'],
        },
      },
    ],
  },
});
