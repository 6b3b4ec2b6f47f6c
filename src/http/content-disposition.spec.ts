import { describe, expect, it } from 'vitest';
import { attachmentHeader } from './content-disposition.js';

describe('attachmentHeader', () => {
  it('says a plain name once', () => {
    expect(attachmentHeader('adult census.csv')).toBe('attachment; filename="adult census.csv"');
  });

  it('says other characters exactly, beside a plain stand-in', () => {
    expect(attachmentHeader("naïve (1)'s.csv")).toBe(
      `attachment; filename="na_ve (1)'s.csv"; filename*=UTF-8''na%C3%AFve%20%281%29%27s.csv`,
    );
  });

  it.each([
    ['../../etc/passwd', 'attachment; filename="passwd"'],
    ['C:\\data\\a.csv', 'attachment; filename="a.csv"'],
    ['a\r\nSet-Cookie: x.csv', 'attachment; filename="aSet-Cookie: x.csv"'],
    ['', 'attachment; filename="download"'],
  ])('lets nothing of %j out of its place', (name, header) => {
    expect(attachmentHeader(name)).toBe(header);
  });

  it('survives a broken surrogate pair and quotes', () => {
    const header = attachmentHeader('\ud800"x".csv');
    expect(header).toBe(`attachment; filename="__x_.csv"; filename*=UTF-8''%EF%BF%BD%22x%22.csv`);
  });
});
