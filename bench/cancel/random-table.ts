import { Random } from '../../src/learn/random.js';

export interface TableShape {
  readonly nRows: number;
  readonly nFeatures: number;
}

/** How far a class pulls each of its features off the middle: little, so that no solver is done soon. */
const PULL = 0.3;
const N_CLASSES = 8;

/** A CSV of normal numbers `f0`, `f1`, …, a class `label` that they tell a little about, and a number `value`. */
export function randomTable({ nRows, nFeatures }: TableShape): string {
  const random = new Random(7);
  const lines = [`${Array.from({ length: nFeatures }, (_, j) => `f${j}`).join(',')},label,value`];
  for (let i = 0; i < nRows; i++) {
    const code = random.below(N_CLASSES);
    let value = 0;
    let line = '';
    for (let j = 0; j < nFeatures; j++) {
      const x = random.normal() + (j % N_CLASSES === code ? PULL : 0);
      value += j % 3 === 0 ? Math.sin(x) : 0;
      line += `${x.toFixed(4)},`;
    }
    lines.push(`${line}class ${code},${(value + random.normal()).toFixed(4)}`);
  }
  return `${lines.join('\n')}\n`;
}
