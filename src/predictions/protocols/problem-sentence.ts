import type { Problem } from '../../errors/problem.js';

const MAX_PLACES = 5;

/** Where the other places are, in protocols that have a place for them. */
const ELSEWHERE = '; see errors[]';

/** A problem for protocols whose errors are one text: with the places of the first of several things that are wrong. */
export function problemSentence({ detail, errors }: Problem): string {
  const places = errors.slice(0, MAX_PLACES).map(({ row, column, message }) => {
    const place = [
      row === undefined ? [] : `row ${row}`,
      column === undefined ? [] : `column ${column}`,
    ].flat();
    if (place.length === 0) return [];
    return [message, `${message}.`].includes(detail)
      ? `In ${place.join(', ')}.`
      : `${place.join(', ')}: ${message}`;
  });
  const nMore = errors.length - MAX_PLACES;
  const rest = nMore > 0 ? [`And ${nMore} more.`] : [];
  return [detail.replace(ELSEWHERE, ''), ...places.flat(), ...rest].join(' ');
}
