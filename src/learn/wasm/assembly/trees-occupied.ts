/**
 * Which codes occur at a node, as an ascending list. Where a column has no more codes than the node has rows, every code
 * is looked at; else rows set bits in a map (and, for wide columns, in a map of that map's words), and only the words
 * that hold bits are read: a node of ten rows costs ten steps, not 65,535.
 *
 * The list holds no missing code. Maps are zero between searches.
 */
import { occupied, order } from './trees-state';

/** The summary lies behind 1,024 words of 64 bits. */
const SUMMARY: usize = 8_192;

export function note<T>(code: u32): void {
  const at = occupied + ((<usize>(code >> 6)) << 3);
  store<u64>(at, load<u64>(at) | ((<u64>1) << (<u64>(code & 63))));
  if (sizeof<T>() === 2) {
    const above = occupied + SUMMARY + ((<usize>(code >> 12)) << 3);
    store<u64>(above, load<u64>(above) | ((<u64>1) << (<u64>((code >> 6) & 63))));
  }
}

/** Reads and clears the map. @returns how many codes were noted; they are in `order` */
export function listNoted<T>(): i32 {
  let to = order;
  if (sizeof<T>() === 1) {
    for (let word: u32 = 0; word < 4; word++) to = listWord(word, to);
  } else {
    for (let top: u32 = 0; top < 16; top++) {
      const above = occupied + SUMMARY + ((<usize>top) << 3);
      let words = load<u64>(above);
      if (words === 0) continue;
      store<u64>(above, 0);
      while (words !== 0) {
        to = listWord((top << 6) + <u32>ctz(words), to);
        words &= words - 1;
      }
    }
  }
  return <i32>((to - order) >> 2);
}

function listWord(word: u32, to: usize): usize {
  const at = occupied + ((<usize>word) << 3);
  let bits = load<u64>(at);
  if (bits === 0) return to;
  store<u64>(at, 0);
  const base = word << 6;
  while (bits !== 0) {
    store<u32>(to, base + <u32>ctz(bits));
    to += 4;
    bits &= bits - 1;
  }
  return to;
}

export function orderAt(p: i32): i32 {
  return load<i32>(order + ((<usize>p) << 2));
}
