import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProgressTracker } from './progress.js';
import { TRAINING_PHASES } from './training-spec.js';

describe('ProgressTracker', () => {
  it('never goes back and stays within 0..1, whatever is reported', () => {
    const report = fc.tuple(
      fc.constantFrom(...TRAINING_PHASES, 'dancing'),
      fc.oneof(fc.double(), fc.double({ min: 0, max: 1 })),
      fc.nat(1000),
    );
    fc.assert(
      fc.property(fc.array(report, { maxLength: 60 }), (reports) => {
        let now = 0;
        let last = 0;
        let lastPhase = 0;
        const tracker = new ProgressTracker(() => now);
        for (const [phase, fraction, waitMs] of reports) {
          now += waitMs;
          tracker.report(phase, fraction);
          expect(tracker.progress).toBeGreaterThanOrEqual(last);
          expect(tracker.progress).toBeLessThanOrEqual(1);
          const phaseIndex = TRAINING_PHASES.indexOf(tracker.phase);
          expect(phaseIndex).toBeGreaterThanOrEqual(lastPhase);
          last = tracker.progress;
          lastPhase = phaseIndex;
        }
      }),
    );
  });

  it('tells at most four steps a second, and the beginning of a phase at once', () => {
    let now = 0;
    const tracker = new ProgressTracker(() => now);
    expect(tracker.report('loading', 0)).toEqual({ phase: 'loading', progress: 0 });
    let nTold = 0;
    for (; now < 1000; now += 10) if (tracker.report('loading', now / 1000)) nTold++;
    expect(nTold).toBeLessThanOrEqual(4);
    expect(tracker.report('encoding', 0)?.phase).toBe('encoding');
  });

  it('reaches 1 at the end of the last phase', () => {
    const tracker = new ProgressTracker(() => 0);
    expect(tracker.report('bundling', 1)?.progress).toBeCloseTo(1, 12);
  });
});
