/** The words of an expression, with their places. Offsets count UTF-16 units from 0. */
export interface Token {
  readonly type: 'number' | 'string' | 'name' | 'symbol' | 'end';
  readonly text: string;
  /** Of a number or a string. */
  readonly value?: number | string;
  readonly offset: number;
}

/** What is wrong with a text, and where. */
export class SyntaxFault extends Error {
  constructor(
    readonly code: 'V-E1' | 'V-E2' | 'V-E4',
    message: string,
    readonly offset: number,
    readonly hint?: string,
  ) {
    super(message);
  }
}

const SPACE = /[ \t\r\n]+/y;
const NUMBER = /(\d+(\.\d+)?|\.\d+)([eE][+-]?\d+)?/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
/** Longest first. */
const SYMBOL = /&&|\|\||==|!=|<=|>=|\.\?|[-+*/%<>!?:.,()[\]{}=|]/y;

const ESCAPES: { readonly [letter: string]: string } = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  '0': '\0',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '`': '`',
};

/** Reads words from `start` on, one at a time; a template reads on where an expression has ended. */
export function nextToken(source: string, start: number): Token & { readonly end: number } {
  const offset = match(SPACE, source, start)?.end ?? start;
  if (offset >= source.length) return { type: 'end', text: 'the end', offset, end: offset };
  const first = source[offset]!;
  if (first === "'" || first === '"') return readString(source, offset, first);
  const number = match(NUMBER, source, offset);
  if (number) return readNumber(number.text, offset, number.end, source);
  const name = match(NAME, source, offset);
  if (name) return { type: 'name', text: name.text, offset, end: name.end };
  const symbol = match(SYMBOL, source, offset);
  if (symbol) return { type: 'symbol', text: symbol.text, offset, end: symbol.end };
  throw new SyntaxFault('V-E1', `unexpected character ${JSON.stringify(String.fromCodePoint(source.codePointAt(offset)!))}`, offset);
}

function match(pattern: RegExp, source: string, at: number): { text: string; end: number } | null {
  pattern.lastIndex = at;
  const text = pattern.exec(source)?.[0];
  return text === undefined ? null : { text, end: at + text.length };
}

function readNumber(text: string, offset: number, end: number, source: string): Token & { end: number } {
  const value = Number(text);
  if (/[A-Za-z_0-9.]/.test(source[end] ?? '')) throw new SyntaxFault('V-E1', `malformed number '${text}${source[end]}'`, offset);
  if (!Number.isFinite(value)) throw new SyntaxFault('V-E1', `number '${text}' is too large`, offset);
  return { type: 'number', text, value, offset, end };
}

function readString(source: string, offset: number, quote: string): Token & { end: number } {
  let value = '';
  for (let index = offset + 1; index < source.length; index++) {
    const character = source[index]!;
    if (character === quote) return { type: 'string', text: source.slice(offset, index + 1), value, offset, end: index + 1 };
    if (character === '\n') break;
    if (character !== '\\') {
      value += character;
      continue;
    }
    const letter = source[++index];
    if (letter === 'u') {
      const digits = /^[0-9a-fA-F]{4}/.exec(source.slice(index + 1, index + 5))?.[0];
      if (!digits) throw new SyntaxFault('V-E1', 'an escape \\u needs four hexadecimal digits', index - 1);
      value += String.fromCharCode(parseInt(digits, 16));
      index += 4;
    } else if (letter !== undefined && Object.hasOwn(ESCAPES, letter)) value += ESCAPES[letter];
    else throw new SyntaxFault('V-E1', `unknown escape \\${letter ?? ''}`, index - 1);
  }
  throw new SyntaxFault('V-E1', 'unterminated string', offset);
}
