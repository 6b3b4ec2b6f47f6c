// Completes package-lock.json with the optional packages of other platforms. A registry mirror that holds only this
// platform's builds makes npm leave them out, and `npm ci` then refuses the lock everywhere, here as well.
// Run it after any change of dependencies: node .ci/complete-lock.mjs
import { readFileSync, writeFileSync } from 'node:fs';

const OPERATING_SYSTEMS = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
];
const ALIASES = { windows: 'win32', macos: 'darwin' };
const CPUS = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'ppc64le', 'riscv64', 's390x', 'x64'];

const path = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(path, 'utf8'));
const packages = lock.packages;

/** The platform that a package's name speaks of: `@biomejs/cli-linux-x64-musl`. */
function platformOf(name) {
  const words = name.split(/[-/.]/).map((word) => ALIASES[word] ?? word);
  const os = words.filter((word) => OPERATING_SYSTEMS.includes(word));
  const cpu = words
    .map((word) => (word === 'arm' || word === 'armv7' ? 'arm' : word))
    .filter((word) => CPUS.includes(word));
  const libc = words.includes('musl') ? ['musl'] : words.includes('gnu') ? ['glibc'] : [];
  return {
    ...(cpu.length > 0 ? { cpu } : {}),
    ...(os.length > 0 ? { os } : {}),
    ...(libc.length > 0 ? { libc } : {}),
  };
}

/** Whether a package at `from` finds `name` in its own or an enclosing node_modules. */
function isResolved(from, name) {
  for (let dir = from; ; dir = dir.slice(0, Math.max(0, dir.lastIndexOf('node_modules/') - 1))) {
    if (packages[`${dir === '' ? '' : `${dir}/`}node_modules/${name}`] !== undefined) return true;
    if (dir === '') return false;
  }
}

const added = {};
for (const [from, entry] of Object.entries(packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (isResolved(from, name)) continue;
    const platform = platformOf(name);
    if (platform.os === undefined && platform.cpu === undefined) continue;
    const exact = /^[~^]?(\d.*)$/.exec(version)?.[1];
    if (exact === undefined) throw new Error(`${name}: no single version in the range ${version}`);
    added[`node_modules/${name}`] = {
      version: exact,
      ...(entry.dev ? { dev: true } : {}),
      optional: true,
      ...platform,
    };
  }
}
const sorted = Object.fromEntries(
  Object.entries({ ...packages, ...added }).sort(([a], [b]) => (a < b ? -1 : 1)),
);
lock.packages = sorted;
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
process.stdout.write(`${Object.keys(added).length} packages of other platforms added\n`);
