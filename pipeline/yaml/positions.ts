import type { Position } from '../compile/diagnostics.js';

export type Positions = (offset: number) => Position;

/** Line and column (from 1, in UTF-16 units) of offsets into `text`. Lines end with LF, CRLF or CR, and with nothing else. */
export function createPositions(text: string, file: string): Positions {
  const starts = [0];
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 10 || (code === 13 && text.charCodeAt(index + 1) !== 10)) starts.push(index + 1);
  }
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { file, line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
}
