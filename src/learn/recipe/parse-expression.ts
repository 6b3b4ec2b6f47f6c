import { ExpressionError, type Syntax } from './expression.js';

/**
 * Reads an expression: `or`, `and`, `not`, comparisons, `is [not] null`, `[not] in (…)`, `+ -`, `* / %`, a sign, calls,
 * `case when … then … else … end`, parentheses. Words of the language are the same in any case. Columns are bare names or
 * stand in double quotes, texts in single quotes; a quote inside is doubled. By recursive descent, with limits on length and
 * depth, so that what a stranger writes costs little.
 */

export const MAX_EXPRESSION_LENGTH = 1_000;
const MAX_DEPTH = 32;

interface Token {
  readonly kind: 'number' | 'text' | 'name' | 'column' | 'sign' | 'end';
  readonly text: string;
  /** From 1. */
  readonly at: number;
}

const TOKEN =
  /\s*(?:(?<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|'(?<text>(?:[^']|'')*)'|"(?<column>(?:[^"]|"")+)"|(?<name>[\p{L}_][\p{L}\p{N}_]*)|(?<sign><=|>=|<>|!=|==|[-+*/%(),<>=]))/uy;

const COMPARISONS: Readonly<Record<string, string>> = {
  '=': 'equal',
  '==': 'equal',
  '!=': 'unequal',
  '<>': 'unequal',
  '<': 'less',
  '<=': 'less_or_equal',
  '>': 'greater',
  '>=': 'greater_or_equal',
};
const SUMS: Readonly<Record<string, string>> = { '+': 'add', '-': 'subtract' };
const PRODUCTS: Readonly<Record<string, string>> = { '*': 'multiply', '/': 'divide', '%': 'remainder' };

const RESERVED = ['and', 'or', 'not', 'is', 'in', 'case', 'when', 'then', 'else', 'end'];

/** @throws ExpressionError syntax, too_long, too_deep */
export function parseExpression(source: string): Syntax {
  if (source.length > MAX_EXPRESSION_LENGTH) {
    throw new ExpressionError('too_long', `expected at most ${MAX_EXPRESSION_LENGTH} characters`, 1);
  }
  return new Parser(tokensOf(source)).parse();
}

function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  let position = 0;
  while (source.slice(position).trim() !== '') {
    TOKEN.lastIndex = position;
    const match = TOKEN.exec(source);
    const at = position + 1 + /^\s*/.exec(source.slice(position))![0].length;
    if (match === null) throw new ExpressionError('syntax', 'this character cannot stand here', at);
    const { number, text, column, name, sign } = match.groups!;
    if (number !== undefined) tokens.push({ kind: 'number', text: number, at });
    else if (text !== undefined) tokens.push({ kind: 'text', text: text.replaceAll("''", "'"), at });
    else if (column !== undefined) tokens.push({ kind: 'column', text: column.replaceAll('""', '"'), at });
    else if (name !== undefined) tokens.push({ kind: 'name', text: name, at });
    else tokens.push({ kind: 'sign', text: sign!, at });
    position = TOKEN.lastIndex;
  }
  tokens.push({ kind: 'end', text: '', at: source.length + 1 });
  return tokens;
}

class Parser {
  #next = 0;
  #depth = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  parse(): Syntax {
    const expression = this.#or();
    if (this.#token.kind !== 'end') throw this.#unexpected();
    return expression;
  }

  get #token(): Token {
    return this.tokens[this.#next]!;
  }

  #or(): Syntax {
    let left = this.#and();
    while (this.#isWord('or')) left = this.#binary('or', left, () => this.#and());
    return left;
  }

  #and(): Syntax {
    let left = this.#not();
    while (this.#isWord('and')) left = this.#binary('and', left, () => this.#not());
    return left;
  }

  #not(): Syntax {
    if (!this.#isWord('not')) return this.#comparison();
    const { at } = this.#take();
    return { kind: 'call', name: 'not', arguments: [this.#deeper(() => this.#not())], at };
  }

  #comparison(): Syntax {
    const left = this.#sum();
    const name = this.#token.kind === 'sign' ? COMPARISONS[this.#token.text] : undefined;
    if (name !== undefined) return this.#binary(name, left, () => this.#sum());
    if (this.#isWord('is')) return this.#isNull(left);
    if (!this.#isWord('in') && !this.#isWord('not')) return left;
    const { at } = this.#token;
    const isNegated = this.#takeWord('not');
    this.#expectWord('in');
    const found: Syntax = { kind: 'call', name: 'in', arguments: [left, ...this.#arguments()], at };
    return isNegated ? { kind: 'call', name: 'not', arguments: [found], at } : found;
  }

  #isNull(left: Syntax): Syntax {
    const { at } = this.#take();
    const isNegated = this.#takeWord('not');
    this.#expectWord('null');
    const found: Syntax = { kind: 'call', name: 'is_missing', arguments: [left], at };
    return isNegated ? { kind: 'call', name: 'not', arguments: [found], at } : found;
  }

  #sum(): Syntax {
    return this.#chain(SUMS, () => this.#chain(PRODUCTS, () => this.#signed()));
  }

  /** Behind the word `case`, or behind the value of a `when`: what comes next nests in it. */
  #case(at: number): Syntax {
    this.#expectWord('when');
    const condition = this.#deeper(() => this.#or());
    this.#expectWord('then');
    const value = this.#deeper(() => this.#or());
    let otherwise: Syntax = { kind: 'literal', value: null, at };
    if (this.#isWord('when')) otherwise = this.#deeper(() => this.#case(at));
    else {
      if (this.#takeWord('else')) otherwise = this.#deeper(() => this.#or());
      this.#expectWord('end');
    }
    return { kind: 'call', name: 'if', arguments: [condition, value, otherwise], at };
  }

  #chain(operators: Readonly<Record<string, string>>, operand: () => Syntax): Syntax {
    let left = operand();
    // Each link nests the tree by one, so it counts as depth.
    const depth = this.#depth;
    for (;;) {
      const name = this.#token.kind === 'sign' ? operators[this.#token.text] : undefined;
      if (name === undefined) break;
      this.#enter();
      left = this.#binary(name, left, operand);
    }
    this.#depth = depth;
    return left;
  }

  #binary(name: string, left: Syntax, right: () => Syntax): Syntax {
    const { at } = this.#take();
    return { kind: 'call', name, arguments: [left, this.#deeper(right)], at };
  }

  #signed(): Syntax {
    if (this.#isSign('-')) {
      const { at } = this.#take();
      return { kind: 'call', name: 'negate', arguments: [this.#deeper(() => this.#signed())], at };
    }
    return this.#primary();
  }

  #primary(): Syntax {
    const token = this.#take();
    const { at } = token;
    if (token.kind === 'number') return { kind: 'literal', value: Number(token.text), at };
    if (token.kind === 'text') return { kind: 'literal', value: token.text, at };
    if (token.kind === 'column') return { kind: 'name', name: token.text, at };
    if (token.kind === 'name') return this.#word(token);
    if (token.text !== '(') throw this.#unexpected(token);
    const inner = this.#deeper(() => this.#or());
    this.#expect(')');
    return inner;
  }

  #word({ text, at }: Token): Syntax {
    const word = text.toLowerCase();
    if (word === 'case') return this.#case(at);
    if (RESERVED.includes(word)) throw this.#unexpected({ at });
    if (this.#isSign('(')) return { kind: 'call', name: word, arguments: this.#arguments(), at };
    if (word === 'true' || word === 'false') return { kind: 'literal', value: word === 'true', at };
    if (word === 'null') return { kind: 'literal', value: null, at };
    return { kind: 'name', name: text, at };
  }

  #arguments(): Syntax[] {
    this.#expect('(');
    const found: Syntax[] = [];
    while (!this.#isSign(')')) {
      if (found.length > 0) this.#expect(',');
      found.push(this.#deeper(() => this.#or()));
    }
    this.#expect(')');
    return found;
  }

  #deeper<Result>(parse: () => Result): Result {
    this.#enter();
    const result = parse();
    this.#depth--;
    return result;
  }

  #enter(): void {
    if (++this.#depth > MAX_DEPTH) {
      throw new ExpressionError('too_deep', `expected at most ${MAX_DEPTH} levels`, this.#token.at);
    }
  }

  #take(): Token {
    const token = this.#token;
    if (token.kind !== 'end') this.#next++;
    return token;
  }

  #isSign(text: string): boolean {
    return this.#token.kind === 'sign' && this.#token.text === text;
  }

  #isWord(text: string): boolean {
    return this.#token.kind === 'name' && this.#token.text.toLowerCase() === text;
  }

  #takeWord(text: string): boolean {
    const isThere = this.#isWord(text);
    if (isThere) this.#next++;
    return isThere;
  }

  #expectWord(text: string): void {
    if (!this.#takeWord(text)) throw this.#unexpected();
  }

  #expect(sign: string): void {
    if (!this.#isSign(sign)) throw this.#unexpected();
    this.#next++;
  }

  #unexpected({ at }: { at: number } = this.#token): ExpressionError {
    return new ExpressionError('syntax', 'the expression cannot go on like this', at);
  }
}
