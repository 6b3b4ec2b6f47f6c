import { type BookType, utils, write } from '@e965/xlsx';

export type PredictedValue = string | number | boolean;

/** The predictions as a file of one column, in one of the formats that are taken in: what pandas would write. */
export function writePredictions(
  format: string,
  name: string,
  values: readonly PredictedValue[],
): string | Uint8Array {
  switch (format) {
    case 'json':
      return JSON.stringify({
        columns: [name],
        index: [...values.keys()],
        data: values.map((value) => [value]),
      });
    case 'xls':
    case 'xlsx':
    case 'ods':
      return workbook(format, name, values);
    default:
      return `${[name, ...values.map(pythonText)].map(quoted).join('\n')}\n`;
  }
}

function workbook(
  format: 'xls' | 'xlsx' | 'ods',
  name: string,
  values: readonly PredictedValue[],
): Uint8Array {
  const types: Readonly<Record<string, BookType>> = { xls: 'biff8', xlsx: 'xlsx', ods: 'ods' };
  const sheet = utils.aoa_to_sheet([[name], ...values.map((value) => [value])]);
  const book = utils.book_new();
  utils.book_append_sheet(book, sheet, 'Sheet1');
  return write(book, { type: 'buffer', bookType: types[format]! }) as Uint8Array;
}

function pythonText(value: PredictedValue): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return String(value);
}

function quoted(text: string): string {
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
