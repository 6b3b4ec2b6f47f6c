import { loadSettings, SettingsError } from './config/load-settings.js';
import { EmbeddedDatabaseError } from './database/embedded/index.js';
import { MigrationError } from './database/migrate.js';
import { type Service, startService } from './service.js';

/** Failures whose sentence is all that an operator needs; anything else is shown with its stack. */
function explain(error: unknown): string {
  if (error instanceof SettingsError || error instanceof EmbeddedDatabaseError) return error.message;
  if (error instanceof MigrationError) return error.message;
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    return 'The port is taken. Set PORT or EMBEDDED_DATA_SERVER_PORT to another, or to 0 for a free one.';
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** The first signal ends the service in an orderly way, also when it comes during the start; the second at once. */
function stopOnSignal(service: Promise<Service>): void {
  let stopping = false;
  const onSignal = () => {
    if (stopping) process.exit(130);
    stopping = true;
    service
      .then((started) => started.stop())
      .then(
        () => process.exit(0),
        () => process.exit(1),
      );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}

async function main(): Promise<void> {
  const service = startService(loadSettings(process.env));
  stopOnSignal(service);
  await service;
}

main().catch((error: unknown) => {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(1);
});
