/**
 * Several regular expressions as one automaton over bytes, so that a cell's spelling is told in one look at each of
 * its bytes, whatever the number of expressions.
 *
 * The expressions are parsed into a tree, the trees into a nondeterministic automaton (Thompson), that into a
 * deterministic one (subset construction). Bytes that no expression tells apart share a class, which keeps the table
 * at some hundred states times some forty classes.
 *
 * Known to the parser: literals, escapes, \d, [a-z], ( ), |, ?, +, *, {n}, {n,}, {n,m}. Everything is ASCII and is
 * matched as a whole.
 */

export interface Automaton {
  /** The class of each byte, 0..nClasses-1; class 0 is "in none of the expressions". */
  readonly classes: Uint8Array;
  readonly nClasses: number;
  /** next[state + class] is the next state; states are multiples of nClasses; state 0 is dead. */
  readonly next: Uint16Array;
  readonly start: number;
  /** accepts[state / nClasses] is the index of the first expression that matches here, or -1. */
  readonly accepts: Int16Array;
}

type Tree =
  | { readonly kind: 'bytes'; readonly bytes: ReadonlySet<number> }
  | { readonly kind: 'sequence'; readonly parts: readonly Tree[] }
  | { readonly kind: 'choice'; readonly parts: readonly Tree[] }
  | { readonly kind: 'repeat'; readonly part: Tree; readonly minimum: number; readonly maximum: number };

interface Node {
  readonly free: number[];
  bytes?: ReadonlySet<number>;
  target: number;
  accept: number;
}

/** Styles are few; automata are never changed. */
const compiled = new Map<string, Automaton>();

/**
 * Cost: the number of deterministic states times classes; some 20 milliseconds for fifty expressions the first time,
 * none when the process has asked for the same ones before.
 */
export function compileAutomaton(expressions: readonly string[]): Automaton {
  const key = expressions.join('\n');
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const automaton = compile(expressions);
  compiled.set(key, automaton);
  return automaton;
}

function compile(expressions: readonly string[]): Automaton {
  const nodes: Node[] = [];
  const start = newNode(nodes);
  for (const [index, expression] of expressions.entries()) {
    const tree = new ExpressionParser(expression).parse();
    const end = newNode(nodes);
    nodes[end]!.accept = index;
    nodes[start]!.free.push(build(nodes, tree, end));
  }
  const { classes, representatives } = byteClasses(nodes);
  return determine(nodes, start, classes, representatives);
}

class ExpressionParser {
  #position = 0;

  constructor(private readonly text: string) {}

  parse(): Tree {
    const tree = this.#choice();
    if (this.#position < this.text.length) throw new SyntaxError(`unexpected ) in ${this.text}`);
    return tree;
  }

  #choice(): Tree {
    const parts = [this.#sequence()];
    while (this.text[this.#position] === '|') {
      this.#position++;
      parts.push(this.#sequence());
    }
    return parts.length === 1 ? parts[0]! : { kind: 'choice', parts };
  }

  #sequence(): Tree {
    const parts: Tree[] = [];
    for (;;) {
      const character = this.text[this.#position];
      if (character === undefined || character === '|' || character === ')')
        return { kind: 'sequence', parts };
      parts.push(this.#repeated(this.#atom()));
    }
  }

  #atom(): Tree {
    const character = this.text[this.#position++]!;
    if (character === '(') {
      const inner = this.#choice();
      if (this.text[this.#position++] !== ')') throw new SyntaxError(`missing ) in ${this.text}`);
      return inner;
    }
    if (character === '[') return { kind: 'bytes', bytes: this.#set() };
    if (character === '\\') return { kind: 'bytes', bytes: escaped(this.text[this.#position++]!) };
    return { kind: 'bytes', bytes: new Set([character.charCodeAt(0)]) };
  }

  #set(): Set<number> {
    const bytes = new Set<number>();
    while (this.text[this.#position] !== ']') {
      const from = this.text.charCodeAt(this.#position++);
      const isRange = this.text[this.#position] === '-' && this.text[this.#position + 1] !== ']';
      const to = isRange ? this.text.charCodeAt(this.#position + 1) : from;
      if (isRange) this.#position += 2;
      for (let byte = from; byte <= to; byte++) bytes.add(byte);
    }
    this.#position++;
    return bytes;
  }

  #repeated(part: Tree): Tree {
    const match = /^(?:[?+*]|\{(\d+)(,?)(\d*)\})/.exec(this.text.slice(this.#position));
    if (match === null) return part;
    this.#position += match[0].length;
    if (match[0] === '?') return { kind: 'repeat', part, minimum: 0, maximum: 1 };
    if (match[0] === '+') return { kind: 'repeat', part, minimum: 1, maximum: Number.POSITIVE_INFINITY };
    if (match[0] === '*') return { kind: 'repeat', part, minimum: 0, maximum: Number.POSITIVE_INFINITY };
    const minimum = Number(match[1]);
    const open = match[3] === '' ? Number.POSITIVE_INFINITY : Number(match[3]);
    return { kind: 'repeat', part, minimum, maximum: match[2] === '' ? minimum : open };
  }
}

function escaped(character: string): Set<number> {
  if (character === 'd') return new Set(Array.from({ length: 10 }, (_, digit) => 0x30 + digit));
  return new Set([character === 't' ? 0x09 : character.charCodeAt(0)]);
}

function newNode(nodes: Node[]): number {
  nodes.push({ free: [], target: -1, accept: -1 });
  return nodes.length - 1;
}

/** Adds the tree in front of `end`; returns where it starts. */
function build(nodes: Node[], tree: Tree, end: number): number {
  switch (tree.kind) {
    case 'bytes': {
      const node = newNode(nodes);
      nodes[node]!.bytes = tree.bytes;
      nodes[node]!.target = end;
      return node;
    }
    case 'sequence':
      return tree.parts.reduceRight((after, part) => build(nodes, part, after), end);
    case 'choice': {
      const node = newNode(nodes);
      for (const part of tree.parts) nodes[node]!.free.push(build(nodes, part, end));
      return node;
    }
    case 'repeat':
      return buildRepeat(nodes, tree, end);
  }
}

function buildRepeat(nodes: Node[], tree: Extract<Tree, { kind: 'repeat' }>, end: number): number {
  let after = end;
  if (tree.maximum === Number.POSITIVE_INFINITY) {
    const loop = newNode(nodes);
    nodes[loop]!.free.push(build(nodes, tree.part, loop), end);
    after = loop;
  } else {
    for (let count = tree.minimum; count < tree.maximum; count++) {
      const optional = newNode(nodes);
      nodes[optional]!.free.push(build(nodes, tree.part, after), end);
      after = optional;
    }
  }
  for (let count = 0; count < tree.minimum; count++) after = build(nodes, tree.part, after);
  return after;
}

/** Bytes that are in the same sets share a class; `representatives` holds one byte of each. */
function byteClasses(nodes: readonly Node[]): { classes: Uint8Array; representatives: number[] } {
  const sets = nodes.flatMap(({ bytes }) => (bytes === undefined ? [] : [bytes]));
  const classes = new Uint8Array(256);
  const known = new Map<string, number>([['', 0]]);
  const representatives = [256];
  for (let byte = 0; byte < 256; byte++) {
    const key = sets.flatMap((set, index) => (set.has(byte) ? [index] : [])).join();
    let found = known.get(key);
    if (found === undefined) {
      found = known.size;
      known.set(key, found);
      representatives.push(byte);
    }
    classes[byte] = found;
  }
  return { classes, representatives };
}

function determine(
  nodes: readonly Node[],
  start: number,
  classes: Uint8Array,
  representatives: readonly number[],
): Automaton {
  const nClasses = representatives.length;
  const members: number[][] = [[], closure(nodes, [start])];
  const known = new Map<string, number>(members.map((ids, state) => [ids.join(), state]));
  const rows: number[][] = [];
  for (let state = 0; state < members.length; state++) {
    const row = representatives.map((byte) => {
      const reached = members[state]!.filter((id) => nodes[id]!.bytes?.has(byte)).map(
        (id) => nodes[id]!.target,
      );
      const ids = closure(nodes, reached);
      const key = ids.join();
      let next = known.get(key);
      if (next === undefined) {
        next = members.push(ids) - 1;
        known.set(key, next);
      }
      return next * nClasses;
    });
    rows.push(row);
  }
  if (members.length * nClasses > 65_535) throw new RangeError('the automaton has too many states');
  const accepts = members.map((ids) => {
    const matched = ids.map((id) => nodes[id]!.accept).filter((accept) => accept >= 0);
    return matched.length === 0 ? -1 : Math.min(...matched);
  });
  return {
    classes,
    nClasses,
    next: Uint16Array.from(rows.flat()),
    start: nClasses,
    accepts: Int16Array.from(accepts),
  };
}

/** The nodes that are reached without a byte, sorted. */
function closure(nodes: readonly Node[], from: readonly number[]): number[] {
  const seen = new Set(from);
  const open = [...from];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const next of nodes[id]!.free) {
      if (seen.has(next)) continue;
      seen.add(next);
      open.push(next);
    }
  }
  return [...seen].sort((left, right) => left - right);
}
