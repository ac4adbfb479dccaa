import { utf8Bytes } from '../values/canonical.js';

/** 256 KiB, in UTF-8. */
export const MAX_BYTES = 262_144;

interface Undecodable {
  readonly detail: string;
  /** The text that was readable before the fault, so that it can be located. */
  readonly before: string;
}

/** Decodes UTF-8 strictly: the first byte that is none is named, nothing is replaced. A byte order mark is dropped. */
export function decode(bytes: Uint8Array): string | Undecodable {
  if (bytes.length > MAX_BYTES) return tooLarge();
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    return { detail: 'the file is encoded in UTF-16 (byte 0); save it as UTF-8', before: '' };
  }
  const parts: string[] = [];
  let index = 0;
  while (index < bytes.length) {
    const length = sequenceLength(bytes, index);
    if (length === 0) return { detail: `byte ${index} is not valid UTF-8`, before: withoutMark(parts.join('')) };
    parts.push(String.fromCodePoint(codePoint(bytes, index, length)));
    index += length;
  }
  return withoutMark(parts.join(''));
}

/** The same bounds for text that was decoded elsewhere. */
export function checkText(text: string): string | Undecodable {
  if (text.length > MAX_BYTES || utf8Bytes(text) > MAX_BYTES) return tooLarge();
  return withoutMark(text);
}

function tooLarge(): Undecodable {
  return { detail: `more than ${MAX_BYTES / 1024} KiB`, before: '' };
}

function withoutMark(text: string): string {
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}

/** Length of the well-formed sequence at `index`, 0 when there is none: no overlong forms, no surrogates, nothing over U+10FFFF. */
function sequenceLength(bytes: Uint8Array, index: number): 0 | 1 | 2 | 3 | 4 {
  const first = bytes[index] ?? 0;
  if (first < 0x80) return 1;
  const length = first >= 0xc2 && first <= 0xdf ? 2 : first >= 0xe0 && first <= 0xef ? 3 : first >= 0xf0 && first <= 0xf4 ? 4 : 0;
  for (let n = 1; n < length; n++) {
    if (((bytes[index + n] ?? 0) & 0xc0) !== 0x80) return 0;
  }
  const second = bytes[index + 1] ?? 0;
  if ((first === 0xe0 && second < 0xa0) || (first === 0xed && second > 0x9f)) return 0;
  if ((first === 0xf0 && second < 0x90) || (first === 0xf4 && second > 0x8f)) return 0;
  return length;
}

function codePoint(bytes: Uint8Array, index: number, length: number): number {
  const first = bytes[index] ?? 0;
  let code = length === 1 ? first : first & (0xff >> (length + 1));
  for (let n = 1; n < length; n++) code = (code << 6) | ((bytes[index + n] ?? 0) & 0x3f);
  return code;
}
