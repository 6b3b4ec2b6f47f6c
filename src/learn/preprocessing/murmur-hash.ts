const C1 = 0xcc9e2d51;
const C2 = 0x1b873593;
const encoder = new TextEncoder();

/**
 * MurmurHash3 x86 32 bit, seed 0, of the UTF-8 bytes of a text, as a signed integer (Austin Appleby, public domain
 * algorithm). A lone surrogate is hashed as U+FFFD. It is no protection: whoever knows it can make texts collide.
 */
export function murmurHash(text: string): number {
  const bytes = encoder.encode(text);
  const nBlocks = bytes.length >>> 2;
  let h = 0;
  for (let block = 0; block < nBlocks; block++) {
    const at = block * 4;
    const word =
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24);
    h ^= scramble(word);
    h = (h << 13) | (h >>> 19);
    h = (Math.imul(h, 5) + 0xe6546b64) | 0;
  }
  let rest = 0;
  for (let at = bytes.length - 1; at >= nBlocks * 4; at--) rest = (rest << 8) | (bytes[at] as number);
  h ^= scramble(rest);
  h ^= bytes.length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

function scramble(word: number): number {
  const mixed = Math.imul(word, C1);
  return Math.imul((mixed << 15) | (mixed >>> 17), C2);
}
