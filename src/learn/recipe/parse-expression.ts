import { ExpressionError, type Syntax } from './expression.js';

/**
 * Reads an expression: `or`, `and`, `not`, comparisons, `+ -`, `* / %`, a sign, calls, parentheses. Columns are bare names or
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
    const left = this.#chain(SUMS, () => this.#chain(PRODUCTS, () => this.#signed()));
    const name = this.#token.kind === 'sign' ? COMPARISONS[this.#token.text] : undefined;
    if (name === undefined) return left;
    return this.#binary(name, left, () =>
      this.#chain(SUMS, () => this.#chain(PRODUCTS, () => this.#signed())),
    );
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
    if (this.#isSign('(')) return { kind: 'call', name: text, arguments: this.#arguments(), at };
    if (text === 'true' || text === 'false') return { kind: 'literal', value: text === 'true', at };
    if (text === 'null') return { kind: 'literal', value: null, at };
    if (['and', 'or', 'not'].includes(text)) throw this.#unexpected({ at });
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
    return this.#token.kind === 'name' && this.#token.text === text;
  }

  #expect(sign: string): void {
    if (!this.#isSign(sign)) throw this.#unexpected();
    this.#next++;
  }

  #unexpected({ at }: { at: number } = this.#token): ExpressionError {
    return new ExpressionError('syntax', 'the expression cannot go on like this', at);
  }
}
