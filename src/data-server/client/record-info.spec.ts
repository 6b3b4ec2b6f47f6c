import { describe, expect, it } from 'vitest';
import { readRecordInfo } from './record-info.js';

describe('readRecordInfo', () => {
  const record = { id: '7', name: 'Penguins', ownerId: 'ada' };

  it('takes a record, with or without a format, and passes over what it does not know', () => {
    expect(readRecordInfo(record, '7')).toEqual(record);
    expect(readRecordInfo({ ...record, format: 'csv', colour: 'red' }, '7')).toEqual({
      ...record,
      format: 'csv',
    });
    expect(readRecordInfo({ ...record, format: null }, '7')).toEqual(record);
  });

  it.each([
    ['another record', { ...record, id: '8' }],
    ['a number for an id', { ...record, id: 7 }],
    ['no name', { ...record, name: '' }],
    ['a name without end', { ...record, name: 'x'.repeat(257) }],
    ['no owner', { id: '7', name: 'Penguins' }],
    ['an owner that is a path', { ...record, ownerId: '../ada' }],
    ['a format that is no text', { ...record, format: 1 }],
    ['a list', [record]],
    ['null', null],
    ['text', 'yes'],
  ])('refuses %s', (_what, body) => {
    expect(readRecordInfo(body, '7')).toBeUndefined();
  });
});
