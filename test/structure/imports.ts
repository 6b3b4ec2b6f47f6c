import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** One import of one file of `src/`: from where to what. Paths are relative to `src/`, with forward slashes. */
export interface ImportArrow {
  readonly from: string;
  /** A path inside `src/` (ending in .ts), or a package or `node:` name. */
  readonly to: string;
  readonly isOurs: boolean;
  /** `import type`, or nothing but `type` names: gone at run time. */
  readonly isTypeOnly: boolean;
}

const SOURCE_DIR = fileURLToPath(new URL('../../src', import.meta.url));

/** Every import, re-export and dynamic import of a constant in `src/`; specs and their helpers, which are not built, left out. */
export function readImportArrows(): ImportArrow[] {
  return readdirSync(SOURCE_DIR, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.spec.ts') && !path.includes('/testing/'))
    .flatMap((path) => arrowsOf(path.split(sep).join('/')));
}

function arrowsOf(from: string): ImportArrow[] {
  const text = readFileSync(join(SOURCE_DIR, from), 'utf8');
  const source = ts.createSourceFile(from, text, ts.ScriptTarget.Latest);
  const arrows: ImportArrow[] = [];
  const visit = (node: ts.Node): void => {
    const specifier = specifierOf(node);
    if (specifier !== undefined) arrows.push(arrow(from, specifier, isTypeOnly(node)));
    ts.forEachChild(node, visit);
  };
  visit(source);
  return arrows;
}

function specifierOf(node: ts.Node): string | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
    const { moduleSpecifier } = node;
    return moduleSpecifier !== undefined && ts.isStringLiteral(moduleSpecifier)
      ? moduleSpecifier.text
      : undefined;
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    const [argument] = node.arguments;
    return argument !== undefined && ts.isStringLiteral(argument) ? argument.text : undefined;
  }
  return undefined;
}

function isTypeOnly(node: ts.Node): boolean {
  if (ts.isExportDeclaration(node)) return node.isTypeOnly;
  if (!ts.isImportDeclaration(node)) return false;
  const clause = node.importClause;
  if (clause === undefined) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const bindings = clause.namedBindings;
  return (
    clause.name === undefined &&
    bindings !== undefined &&
    ts.isNamedImports(bindings) &&
    bindings.elements.every((element) => element.isTypeOnly)
  );
}

function arrow(from: string, specifier: string, typeOnly: boolean): ImportArrow {
  const isOurs = specifier.startsWith('.');
  const to = isOurs
    ? relative(SOURCE_DIR, join(SOURCE_DIR, dirname(from), specifier))
        .split(sep)
        .join('/')
        .replace(/\.js$/, '.ts')
    : specifier;
  return { from, to, isOurs, isTypeOnly: typeOnly };
}
