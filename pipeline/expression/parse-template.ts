import type { Json } from '../values/json.js';
import type { Chain, Expr, Parsed, Template, TemplatePart, TextFinding, Use } from './ast.js';
import { ExpressionReader, toFinding } from './parse.js';
import { SyntaxFault, nextToken } from './tokens.js';

/** Arguments of each filter. */
const FILTERS: { readonly [name: string]: 0 | 1 } = { upper: 0, lower: 0, trim: 0, length: 0, join: 1, json: 0, default: 1 };
const MAX_LENGTH = 65_536;
const MAX_DEPTH = 32;
const EACH_NAMES = ['this', 'index'];

/** Parses a template: literal text, `{{ holes }}`, `{{#if}}` and `{{#each}}` blocks. Offsets are those of the whole text. */
export function parseTemplate(source: string): Parsed<Template> {
  const reader = new TemplateReader(source);
  return reader.parse();
}

interface Block {
  readonly kind: 'if' | 'each';
  readonly chain: Chain;
  readonly offset: number;
  readonly parts: TemplatePart[];
  otherwise: TemplatePart[] | null;
}

class TemplateReader {
  readonly #source: string;
  readonly #findings: TextFinding[] = [];
  readonly #uses: Use[] = [];
  readonly #root: TemplatePart[] = [];
  readonly #blocks: Block[] = [];

  constructor(source: string) {
    this.#source = source;
  }

  parse(): Parsed<Template> {
    try {
      this.#read();
    } catch (error) {
      if (!(error instanceof SyntaxFault)) throw error;
      this.#findings.push(toFinding(error));
    }
    return { ast: this.#findings.length === 0 ? this.#root : null, findings: this.#findings, uses: this.#uses };
  }

  get #parts(): TemplatePart[] {
    const block = this.#blocks.at(-1);
    return block ? (block.otherwise ?? block.parts) : this.#root;
  }

  #read(): void {
    const source = this.#source;
    if (source.length > MAX_LENGTH) throw new SyntaxFault('V-E4', 'Template too long', 0);
    let text = '';
    let at = 0;
    while (at < source.length) {
      if (source.startsWith('\\{{', at)) {
        text += '{{';
        at += 3;
      } else if (source.startsWith('{{', at)) {
        this.#text(text);
        text = '';
        at = this.#tag(at);
      } else {
        if (source.startsWith('{%', at))
          this.#findings.push({ code: 'TEMPLATE-001', detail: 'Control tags are not supported', offset: at });
        text += source[at++]!;
      }
    }
    this.#text(text);
    const open = this.#blocks.at(-1);
    if (open) throw new SyntaxFault('V-E1', `{{#${open.kind}}} is never closed`, open.offset);
  }

  #text(text: string): void {
    if (text !== '') this.#parts.push(text);
  }

  /** Reads what stands in braces from `start` on; gives the offset behind it. */
  #tag(start: number): number {
    const word = /^\{\{\s*(#if|#each|else|\/if|\/each)(?=[\s}])/.exec(this.#source.slice(start, start + 64));
    if (!word) {
      if (/^\{\{\s*[#/]/.test(this.#source.slice(start, start + 64)))
        throw new SyntaxFault('V-E1', 'unknown block', start, 'Blocks are {{#if …}} and {{#each …}}');
      const [chain, end] = this.#chain(start + 2, true, start);
      this.#parts.push(['hole', chain]);
      return end;
    }
    const after = start + word[0].length;
    if (word[1] === '#if' || word[1] === '#each') return this.#open(word[1] === '#if' ? 'if' : 'each', start, after);
    const end = this.#closeBraces(after, start);
    if (word[1] === 'else') this.#else(start);
    else this.#close(word[1] === '/if' ? 'if' : 'each', start);
    return end;
  }

  #open(kind: 'if' | 'each', start: number, after: number): number {
    if (this.#blocks.length >= MAX_DEPTH) throw new SyntaxFault('V-E4', 'Template too deep', start);
    const [chain, end] = this.#chain(after, false, start);
    this.#blocks.push({ kind, chain, offset: start, parts: [], otherwise: null });
    return end;
  }

  #else(offset: number): void {
    const block = this.#blocks.at(-1);
    if (!block || block.otherwise) throw new SyntaxFault('V-E1', '{{else}} outside a block', offset);
    block.otherwise = [];
  }

  #close(kind: 'if' | 'each', offset: number): void {
    const block = this.#blocks.at(-1);
    if (block?.kind !== kind) throw new SyntaxFault('V-E1', `{{/${kind}}} closes nothing`, offset);
    this.#blocks.pop();
    this.#parts.push([kind, block.chain, block.parts, block.otherwise ?? []]);
  }

  #closeBraces(at: number, start: number): number {
    const { type, text, offset } = nextToken(this.#source, at);
    if (this.#source.startsWith('}}', offset)) return offset + 2;
    const isOpen = type === 'end' || text === '}' || text === '{';
    throw isOpen ? new SyntaxFault('V-E1', '{{ is never closed', start) : new SyntaxFault('V-E1', `unexpected '${text}'`, offset);
  }

  #isInEach(): boolean {
    return this.#blocks.some(({ kind, otherwise }) => kind === 'each' && otherwise === null);
  }

  #chain(start: number, hasFilters: boolean, braces: number): [Chain, number] {
    const of: [string, Expr][] = [];
    for (let at = start; ;) {
      const reader = new ExpressionReader(this.#source, at, this.#isInEach() ? EACH_NAMES : []);
      const expr = reader.read();
      this.#findings.push(...reader.findings);
      this.#uses.push(...reader.uses);
      const { token } = reader;
      of.push([this.#source.slice(at, token.offset).trim(), expr]);
      at = token.end;
      if (token.type === 'name' && token.text === 'or') continue;
      if (token.text === '|' && hasFilters) return this.#filters(of, at, braces);
      if (token.text === '}') return [{ of }, this.#closeBraces(token.offset, braces)];
      if (token.type === 'end') throw new SyntaxFault('V-E1', '{{ is never closed', braces);
      throw new SyntaxFault('V-E1', `unexpected '${token.text}'`, token.offset);
    }
  }

  #filters(of: Chain['of'], start: number, braces: number): [Chain, number] {
    const filters: (readonly [string, Json?])[] = [];
    for (let at = start; ;) {
      const name = /^\s*([A-Za-z_][A-Za-z0-9_]*)/.exec(this.#source.slice(at, at + 256));
      if (!name) throw new SyntaxFault('V-E1', 'expected the name of a filter', at);
      const offset = at + name[0].length - name[1]!.length;
      at += name[0].length;
      const argument = this.#argument(at);
      if (argument) at = argument.end;
      this.#checkFilter(name[1]!, argument !== null, offset);
      filters.push(argument ? [name[1]!, argument.value] : [name[1]!]);
      const more = /^\s*\|/.exec(this.#source.slice(at, at + 256));
      if (!more) return [{ of, filters }, this.#closeBraces(at, braces)];
      at += more[0].length;
    }
  }

  /** A filter takes one literal. */
  #argument(at: number): { value: Json; end: number } | null {
    const open = /^\s*\(/.exec(this.#source.slice(at, at + 256));
    if (!open) return null;
    const reader = new ExpressionReader(this.#source, at + open[0].length);
    const expr = reader.read();
    const { token } = reader;
    if (expr[0] !== 'lit' || token.text !== ')') throw new SyntaxFault('V-E1', 'a filter takes one literal', at);
    return { value: expr[1], end: token.end };
  }

  #checkFilter(name: string, hasArgument: boolean, offset: number): void {
    if (!Object.hasOwn(FILTERS, name)) {
      this.#findings.push({
        code: 'V-T3',
        detail: `Unknown template filter: ${name}`,
        offset,
        hint: `Filters are ${Object.keys(FILTERS).join(', ')}`,
      });
    } else if ((FILTERS[name] === 1) !== hasArgument) {
      this.#findings.push({ code: 'V-E1', detail: `filter ${name} takes ${FILTERS[name] === 1 ? 'one argument' : 'no argument'}`, offset });
    }
  }
}
