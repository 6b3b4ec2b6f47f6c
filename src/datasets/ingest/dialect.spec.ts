import { describe, expect, it } from 'vitest';
import { detectDialect } from './dialect.js';

const detect = (head: string, overrides = {}, format: 'csv' | 'tsv' = 'csv') =>
  detectDialect(head, true, format, overrides);

describe('detectDialect', () => {
  it.each([
    ['comma', 'a,b,c\n1,2,3\n4,5,6\n', ','],
    ['semicolon', 'a;b\n1;2\n', ';'],
    ['semicolon beside decimal commas', '1,5;2,5\n3,5;4,5\n', ';'],
    ['tab', 'a\tb\n1\t2, and more\n', '\t'],
    ['pipe', 'a|b\n1|2\n', '|'],
    ['space, when nothing else splits', 'a b\n1 2\n', ' '],
    ['comma, when spaces are in the text', 'name,said\nAnn,hello there\nBob,good day to you\n', ','],
    ['comma inside quotes does not count', 'a;b\n"x,y";1\n"x,y,z";2\n', ';'],
    ['comma of a ragged file', 'a,b\n1,2\n3\n4,5\n', ','],
    ['one column', 'text\nsome words here\nfewer words\n', ','],
  ])('finds the delimiter: %s', (_name, head, delimiter) => {
    expect(detect(head).delimiter).toBe(delimiter);
  });

  it('takes single quotes only where whole cells are wrapped in them', () => {
    expect(detect("a,b\n'x, y',1\n'z',2\n").quote).toBe("'");
    expect(detect('a,b\n"it\'s",1\n').quote).toBe('"');
  });

  it.each([
    ['names above numbers', 'age,name\n3,Ann\n', true],
    ['numbers from the first line', '1,Ann\n3,Bob\n', false],
    ['text that comes again below', 'red,small\nred,large\nblue,small\n', false],
    ['text that does not', 'colour,size\nred,large\nblue,small\n', true],
    ['missing cells do not vote', 'age,name\nNA,Ann\n?,Bob\n3,Cid\n', true],
    ['a header alone', 'a,b\n', true],
  ])('finds the header: %s', (_name, head, hasHeader) => {
    expect(detect(head).hasHeader).toBe(hasHeader);
  });

  it('lets the caller overrule what it sees', () => {
    expect(detect('a,b;c\n1,2;3\n', { delimiter: ';', hasHeader: false, quote: '' })).toMatchObject({
      delimiter: ';',
      hasHeader: false,
      quote: '',
    });
    expect(detect('a,b\n1,2\n', {}, 'tsv').delimiter).toBe('\t');
  });

  it('does not look at a record that the head cuts off', () => {
    expect(detectDialect('a,b\n1,2\n3', false, 'csv', {}).delimiter).toBe(',');
  });
});
