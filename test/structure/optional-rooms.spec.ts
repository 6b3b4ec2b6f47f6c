import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What the compiler says of the build when a room and the lines of the root module that name it are not there. */
function buildWithout(room: string): readonly string[] {
  const { config } = ts.readConfigFile(`${root}tsconfig.build.json`, ts.sys.readFile);
  const { options, fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const folder = `${root}src/${room}/`;
  const host = ts.createCompilerHost({ ...options, noEmit: true, incremental: false });
  const { readFile, fileExists } = host;
  host.fileExists = (path) => !path.startsWith(folder) && fileExists(path);
  host.readFile = (path) => {
    if (path.startsWith(folder)) return undefined;
    const text = readFile(path);
    if (path !== `${root}src/app.module.ts`) return text;
    return text
      ?.split('\n')
      .filter((line) => !line.includes(`./${room}/`))
      .join('\n');
  };
  const rootNames = fileNames.filter((path) => !path.startsWith(folder));
  expect(rootNames.length).toBeLessThan(fileNames.length);
  const program = ts.createProgram({ rootNames, options: { ...options, noEmit: true }, host });
  return ts.getPreEmitDiagnostics(program).map((found) => {
    const text = ts.flattenDiagnosticMessageText(found.messageText, ' ');
    return `${found.file?.fileName.slice(root.length) ?? ''}: ${text}`;
  });
}

describe('rooms that may be taken out', () => {
  it('leave a green build: src/easyml and its one line of the root module', { timeout: 180_000 }, () => {
    const lines = readFileSync(`${root}src/app.module.ts`, 'utf8').split('\n');
    expect(lines.filter((line) => line.includes('./easyml/'))).toHaveLength(1);
    expect(buildWithout('easyml')).toEqual([]);
  });
});
