import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileAutomaton } from './automaton.js';
import { spellingExpressions } from './spelling-kinds.js';

function match(expressions: readonly string[]) {
  const { classes, next, start, accepts, nClasses } = compileAutomaton(expressions);
  return (text: string) => {
    let state = start;
    for (const byte of Buffer.from(text)) state = next[state + classes[byte]!]!;
    return accepts[state / nClasses]!;
  };
}

describe('compileAutomaton', () => {
  const expressions = ['ab?c', '(x|yz)+', '[0-2a]{2,3}', String.raw`\d+\.\d*`, 'q{2}r*', ''];

  it('answers like regular expressions, the first that matches', () => {
    const automaton = match(expressions);
    const naive = expressions.map((expression) => new RegExp(`^(?:${expression})$`));
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'abcxyz012.qré'), maxLength: 6 }), (text) => {
        expect(automaton(text)).toBe(naive.findIndex((expression) => expression.test(text)));
      }),
      { numRuns: 2000 },
    );
  });

  it('does so for the spellings of cells', () => {
    const spellings = spellingExpressions({ decimal: '.', thousands: '' });
    const automaton = match(spellings);
    const naive = spellings.map((expression) => new RegExp(`^(?:${expression})$`));
    const unit = fc.constantFrom(...'0123456789-/.: +eETZNAnatrufls?,%', 'null', '2020-', '12/');
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 12 }), (text) => {
        expect(automaton(text)).toBe(naive.findIndex((expression) => expression.test(text)));
      }),
      { numRuns: 3000 },
    );
  });
});
