import { significant } from '../support/output.js';
import type { Goal, PageLine } from './page-lines.js';

const GOAL_OF_ECHO = 0.5;
const GOAL_OF_FLASK = 20;
const AT_CONNECTIONS = 16;

/** The goals of one-row requests, of what was measured in this run. */
export function requestGoals(
  lines: readonly PageLine[],
  { echo, native }: { readonly echo: string; readonly native: string },
): Goal[] {
  const rate = (side: string) => {
    const line = lines.find((each) => each.side?.startsWith(side) && each.connections === AT_CONNECTIONS);
    return line === undefined ? undefined : Number(line.figures['requestsPerSecond']);
  };
  const ours = rate(native);
  const ratio = (side: string, times: number, goal: string): Goal[] => {
    const theirs = rate(side);
    if (ours === undefined || theirs === undefined || theirs === 0) return [];
    return [{ goal, measured: `${significant(ours / theirs)}`, met: ours >= times * theirs }];
  };
  return [
    ...ratio(echo, GOAL_OF_ECHO, `≥ ${GOAL_OF_ECHO} of the bare echo, ${AT_CONNECTIONS} connections`),
    ...ratio(
      'Flask',
      GOAL_OF_FLASK,
      `≥ ${GOAL_OF_FLASK} times Flask + scikit-learn, ${AT_CONNECTIONS} connections`,
    ),
  ];
}
