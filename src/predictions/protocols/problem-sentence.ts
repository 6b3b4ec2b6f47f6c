import type { Problem } from '../../errors/problem.js';

const MAX_PLACES = 5;

/** A problem for protocols whose errors are one text: with the places of the first of several things that are wrong. */
export function problemSentence({ detail, errors }: Problem): string {
  const places = errors.slice(0, MAX_PLACES).map(({ row, column, message }) => {
    const place = [
      row === undefined ? [] : `row ${row}`,
      column === undefined ? [] : `column ${column}`,
    ].flat();
    return place.length === 0 ? [] : `${place.join(', ')}: ${message}`;
  });
  return [detail, ...places.flat()].join(' ');
}
