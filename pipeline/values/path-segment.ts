/** Percent-encoded in path segments made of branch keys, so that a path has one reading. */
// eslint-disable-next-line no-control-regex -- control characters are among them
const RESERVED = /[%/#@[\]~:\u0000-\u001f\u007f-\u009f]/g;

/** The path segment of a branch; the default branch is `default`. */
export function branchSegment(key: string): string {
  return key.replace(RESERVED, (character) => {
    const code = character.charCodeAt(0);
    // Above 0x7f two bytes of UTF-8.
    return code < 0x80 ? hex(code) : hex(0xc0 | (code >> 6)) + hex(0x80 | (code & 0x3f));
  });
}

function hex(byte: number): string {
  return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}
