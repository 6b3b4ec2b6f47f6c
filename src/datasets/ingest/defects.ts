import { Problem } from '../../errors/problem.js';

/** A refusal of the file with one defect. */
export function unreadable(code: string, message: string, line?: number, column?: string): Problem {
  const place = line === undefined ? '' : `Line ${line}: `;
  return new Problem('dataset_unreadable', `${place}${message}`, [
    { code, message, ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }) },
  ]);
}
