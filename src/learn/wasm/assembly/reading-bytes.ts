/** The bytes that JSON is made of. Zeros behind the end of a body end every loop over them. */
export const BLANK: u32 = 0x20;
export const QUOTE: u32 = 0x22;
export const PLUS: u32 = 0x2b;
export const COMMA: u32 = 0x2c;
export const MINUS: u32 = 0x2d;
export const POINT: u32 = 0x2e;
export const ZERO: u32 = 0x30;
export const COLON: u32 = 0x3a;
export const OPEN_LIST: u32 = 0x5b;
export const BACKSLASH: u32 = 0x5c;
export const CLOSE_LIST: u32 = 0x5d;
export const SMALL_E: u32 = 0x65;
export const SMALL_F: u32 = 0x66;
export const SMALL_N: u32 = 0x6e;
export const SMALL_T: u32 = 0x74;
export const OPEN_OBJECT: u32 = 0x7b;
export const CLOSE_OBJECT: u32 = 0x7d;

export function byteAt(at: usize): u32 {
  return <u32>load<u8>(at);
}

function pastBlanks(at: usize): usize {
  while (true) {
    const byte: u32 = byteAt(at);
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at;
    at++;
  }
}

export function skipBlanks(at: usize): usize {
  return byteAt(at) <= BLANK ? pastBlanks(at) : at;
}
