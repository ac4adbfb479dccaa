import type { BinaryOperator, EachMacro, Expr, Parsed, TextFinding, Use } from './ast.js';
import { FUNCTIONS, METHODS, checkArity, wrongCount } from './signatures.js';
import { SyntaxFault, nextToken, type Token } from './tokens.js';

const MAX_LENGTH = 4096;
const MAX_NODES = 300;
const MAX_DEPTH = 32;
/** Parentheses and operators in a row, which make no depth of the tree: a bound for the parser's own recursion. */
const MAX_NESTING = 200;

/** Parses one expression. All that is wrong with a syntax tree is found at once; a syntax error ends the reading. */
export function parseExpression(source: string): Parsed<Expr> {
  const reader = new ExpressionReader(source, 0);
  return collect(() => {
    if (source.length > MAX_LENGTH) throw new SyntaxFault('V-E4', 'Expression too complex', 0);
    const ast = reader.read();
    reader.expectEnd();
    return ast;
  }, reader);
}

function collect(read: () => Expr, reader: ExpressionReader): Parsed<Expr> {
  try {
    const ast = read();
    return { ast: reader.findings.length === 0 ? ast : null, findings: reader.findings, uses: reader.uses };
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error;
    return { ast: null, findings: [...reader.findings, toFinding(error)], uses: reader.uses };
  }
}

export function toFinding({ code, message, offset, hint }: SyntaxFault): TextFinding {
  return { code, detail: message, offset, ...(hint !== undefined && { hint }) };
}

/** Weakest first; operators of one level group to the left. */
const LEVELS: readonly (readonly string[])[] = [['||'], ['&&'], ['==', '!='], ['<', '<=', '>', '>=', 'in'], ['+', '-'], ['*', '/', '%']];
const MACROS: readonly string[] = ['all', 'exists', 'filter', 'map'];
/** What names nothing, except as a key. */
const WORDS: readonly string[] = ['null', 'true', 'false', 'in'];

/** Reads an expression out of a text, from an offset on. */
export class ExpressionReader {
  readonly findings: TextFinding[] = [];
  readonly uses: Use[] = [];
  readonly #source: string;
  readonly #bound: string[];
  #token!: Token & { end: number };
  #end: number;
  readonly #start: number;
  #nodes = 0;
  #nesting = 0;

  /** `bound` are names that the surroundings define. */
  constructor(source: string, offset: number, bound: readonly string[] = []) {
    this.#source = source;
    this.#bound = [...bound];
    this.#start = offset;
    this.#end = offset;
  }

  /** The word after the expression. */
  get token(): Token & { end: number } {
    return this.#token;
  }

  read(): Expr {
    this.#advance();
    return this.#conditional().expr;
  }

  expectEnd(): void {
    if (this.#token.type !== 'end') this.#unexpected();
  }

  #advance(): void {
    if (this.#end - this.#start > MAX_LENGTH) this.#refuseComplex();
    this.#token = nextToken(this.#source, this.#end);
    this.#end = this.#token.end;
  }

  #unexpected(wanted?: string): never {
    const { type, text, offset } = this.#token;
    throw new SyntaxFault('V-E1', `unexpected ${type === 'end' ? 'end' : `'${text}'`}${wanted ? `, expected ${wanted}` : ''}`, offset);
  }

  #refuseComplex(): never {
    throw new SyntaxFault('V-E4', 'Expression too complex', this.#start);
  }

  #is(text: string): boolean {
    return this.#token.text === text && (this.#token.type === 'symbol' || this.#token.type === 'name');
  }

  #accept(text: string): boolean {
    if (!this.#is(text)) return false;
    this.#advance();
    return true;
  }

  #expect(text: string): void {
    if (!this.#accept(text)) this.#unexpected(`'${text}'`);
  }

  /** A node, counted; its depth is one more than its deepest part's. */
  #node(expr: Expr, ...parts: Node[]): Node {
    const depth = 1 + Math.max(0, ...parts.map((part) => part.depth));
    if (++this.#nodes > MAX_NODES || depth > MAX_DEPTH) this.#refuseComplex();
    return { expr, depth };
  }

  #conditional(): Node {
    if (++this.#nesting > MAX_NESTING) this.#refuseComplex();
    const condition = this.#binary(0);
    if (!this.#accept('?')) {
      this.#nesting--;
      return condition;
    }
    const then = this.#conditional();
    this.#expect(':');
    const otherwise = this.#conditional();
    this.#nesting--;
    return this.#node(['if', condition.expr, then.expr, otherwise.expr], condition, then, otherwise);
  }

  #binary(level: number): Node {
    if (level === LEVELS.length) return this.#unary();
    let left = this.#binary(level + 1);
    for (let operator = this.#operator(level); operator !== null; operator = this.#operator(level)) {
      this.#advance();
      const right = this.#binary(level + 1);
      left = this.#node(binary(operator, left.expr, right.expr), left, right);
    }
    return left;
  }

  #operator(level: number): string | null {
    return LEVELS[level]!.find((operator) => this.#is(operator)) ?? null;
  }

  #unary(): Node {
    const signs: ('not' | 'neg')[] = [];
    for (; this.#is('!') || this.#is('-'); this.#advance()) signs.push(this.#is('!') ? 'not' : 'neg');
    let node = this.#postfix();
    for (const sign of signs.reverse()) {
      // A literal's sign belongs to it.
      if (sign === 'neg' && node.expr[0] === 'lit' && typeof node.expr[1] === 'number')
        node = { expr: ['lit', 0 - node.expr[1]], depth: 1 };
      else node = this.#node(sign === 'not' ? ['not', node.expr] : ['neg', node.expr], node);
    }
    return node;
  }

  #postfix(): Node {
    const start = this.#token.offset;
    const isSteps = this.#token.type === 'name' && this.#token.text === 'steps' && !this.#bound.includes('steps');
    let node = this.#primary();
    if (isSteps && !['.', '.?', '['].some((symbol) => this.#is(symbol))) this.#refuseBareSteps(start);
    for (let isRoot = true; ; isRoot = false) {
      const { offset } = this.#token;
      if (this.#accept('[')) {
        const key = this.#conditional();
        this.#expect(']');
        if (isRoot) this.#noteUse(node.expr, key.expr[0] === 'lit' && typeof key.expr[1] === 'string' ? key.expr[1] : null, offset);
        node = this.#node(['index', node.expr, key.expr], node, key);
      } else if (this.#is('.') || this.#is('.?')) {
        const isOptional = this.#is('.?');
        this.#advance();
        const name = this.#token;
        if (name.type !== 'name') this.#unexpected('a name');
        this.#advance();
        if (!isOptional && this.#is('(')) {
          if (isRoot && isSteps) this.#refuseBareSteps(start);
          node = this.#method(node, name);
          continue;
        }
        if (isRoot) this.#noteUse(node.expr, name.text, name.offset);
        node = this.#node(isOptional ? ['ask', node.expr, name.text] : ['field', node.expr, name.text], node);
      } else return node;
    }
  }

  #refuseBareSteps(offset: number): void {
    this.findings.push({ code: 'V-E1', detail: 'steps is read by name, as steps.{name}.output', offset });
  }

  #noteUse(root: Expr, key: string | null, offset: number): void {
    if (root[0] !== 'name' || this.#bound.includes(root[1])) return;
    if (root[1] === 'steps') this.uses.push({ kind: 'step', name: key, offset });
    if (root[1] === 'context' && key !== null) this.uses.push({ kind: 'context', name: key, offset });
  }

  #method(receiver: Node, name: Token): Node {
    this.#advance();
    if (MACROS.includes(name.text)) return this.#each(name, receiver);
    const args = this.#list(')', () => this.#conditional());
    this.#checkCall(METHODS, name, args.length);
    return this.#node(['call', name.text, [receiver.expr, ...args.map((arg) => arg.expr)]], receiver, ...args);
  }

  #each(macro: Token, list: Node): Node {
    const variable = this.#token;
    if (this.#is(')')) this.#refuseCount(macro, 2, 0);
    if (variable.type !== 'name' || WORDS.includes(variable.text)) this.#unexpected('a name');
    this.#advance();
    if (this.#is(')')) this.#refuseCount(macro, 2, 1);
    this.#expect(',');
    this.#bound.push(variable.text);
    const [body, ...rest] = this.#list(')', () => this.#conditional());
    this.#bound.pop();
    if (!body || rest.length > 0) this.#refuseCount(macro, 2, body ? 2 + rest.length : 1);
    return this.#node(['each', macro.text as EachMacro, list.expr, variable.text, body.expr], list, body);
  }

  #refuseCount(name: Token, wanted: number, count: number): never {
    throw new SyntaxFault('V-E2', wrongCount(name.text, wanted, count), name.offset);
  }

  #checkCall(table: typeof FUNCTIONS, name: Token, count: number): void {
    const finding = checkArity(table, name.text, count);
    if (finding) this.findings.push({ code: 'V-E2', offset: name.offset, ...finding });
  }

  #list<T>(end: string, item: () => T): T[] {
    const items: T[] = [];
    while (!this.#is(end)) {
      items.push(item());
      if (!this.#accept(',')) break;
    }
    this.#expect(end);
    return items;
  }

  #primary(): Node {
    const token = this.#token;
    if (token.type === 'number' || token.type === 'string') {
      this.#advance();
      return this.#node(['lit', token.value!]);
    }
    if (this.#accept('(')) {
      const inner = this.#conditional();
      this.#expect(')');
      return inner;
    }
    if (this.#accept('[')) {
      const items = this.#list(']', () => this.#conditional());
      return this.#node(['list', items.map((item) => item.expr)], ...items);
    }
    if (this.#accept('{')) return this.#map();
    if (token.type !== 'name' || token.text === 'in') this.#unexpected('a value');
    this.#advance();
    if (this.#is('(')) return this.#function(token);
    if (token.text === 'null') return this.#node(['lit', null]);
    if (token.text === 'true' || token.text === 'false') return this.#node(['lit', token.text === 'true']);
    if (!this.#bound.includes(token.text)) this.uses.push({ kind: 'name', name: token.text, offset: token.offset });
    return this.#node(['name', token.text]);
  }

  #map(): Node {
    const parts: Node[] = [];
    const pairs = this.#list('}', () => {
      const key = this.#conditional();
      this.#expect(':');
      const value = this.#conditional();
      parts.push(key, value);
      return [key.expr, value.expr] as const;
    });
    return this.#node(['map', pairs], ...parts);
  }

  #function(name: Token): Node {
    this.#advance();
    if (name.text === 'has') return this.#has(name);
    const args = this.#list(')', () => this.#conditional());
    this.#checkCall(FUNCTIONS, name, args.length);
    return this.#node(['call', name.text, args.map((arg) => arg.expr)], ...args);
  }

  #has(name: Token): Node {
    const args = this.#list(')', () => this.#conditional());
    if (args.length !== 1) this.#refuseCount(name, 1, args.length);
    const { expr, depth } = args[0]!;
    if (expr[0] !== 'field' && expr[0] !== 'ask') throw new SyntaxFault('V-E1', 'has() takes a field, as has(a.b)', name.offset);
    return { expr: ['has', expr[1], expr[2]], depth };
  }
}

interface Node {
  readonly expr: Expr;
  readonly depth: number;
}

function binary(operator: string, left: Expr, right: Expr): Expr {
  if (operator === '&&') return ['and', left, right];
  if (operator === '||') return ['or', left, right];
  return ['op', operator as BinaryOperator, left, right];
}
