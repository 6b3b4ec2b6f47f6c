/** What the demo prints with: no library, so that its output looks the same in a terminal, a log and the README. */

const BAR_WIDTH = 28;

/** Prints one line. */
export function print(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** Prints the heading of a step: who acts, and what they do. */
export function heading(actor: string, deed: string): void {
  print();
  print(`── ${actor}: ${deed}`);
}

/** Prints rows under each other, columns padded to equal width; numbers to the right. */
export function printTable(rows: readonly (readonly (string | number)[])[], indent = '   '): void {
  const texts = rows.map((row) => row.map(String));
  const widths = (texts[0] ?? []).map((_, j) => Math.max(...texts.map((row) => (row[j] ?? '').length)));
  for (let i = 0; i < texts.length; i++) {
    const cells = (texts[i] as string[]).map((text, j) =>
      typeof rows[i]?.[j] === 'number'
        ? text.padStart(widths[j] as number)
        : text.padEnd(widths[j] as number),
    );
    print((indent + cells.join('  ')).trimEnd());
  }
}

/** A number with three digits after the point, or a dash where the metric is not defined. */
export function decimal(value: unknown): string {
  return typeof value === 'number' ? value.toFixed(3) : '–';
}

/** 32561 → 32,561. */
export function grouped(value: number): string {
  return value.toLocaleString('en-US');
}

/** A horizontal bar of up to `width` cells for a share between 0 and 1. */
export function bar(share: number, width = BAR_WIDTH): string {
  const filled = Math.round(Math.max(0, Math.min(1, share)) * width);
  return '█'.repeat(filled) + '░'.repeat(width - filled);
}

/**
 * A progress bar that redraws its line in a terminal; elsewhere (a file, a pipe) it writes one line a phase, so
 * that a log stays readable.
 */
export class ProgressBar {
  private lastPhase = '';

  constructor(private readonly stream: NodeJS.WriteStream = process.stdout) {}

  update(phase: string, fraction: number, etaSeconds: number | null): void {
    const percent = String(Math.round(fraction * 100)).padStart(3);
    const eta = etaSeconds === null ? '' : `  ETA ${etaSeconds.toFixed(0)} s`;
    const line = `   ${bar(fraction)} ${percent} %  ${phase.padEnd(10)}${eta}`;
    if (this.stream.isTTY) {
      this.stream.write(`\r\u001b[2K${line}`);
    } else if (phase !== this.lastPhase) {
      this.stream.write(`${line}\n`);
    }
    this.lastPhase = phase;
  }

  end(): void {
    if (this.stream.isTTY) this.stream.write('\n');
  }
}
