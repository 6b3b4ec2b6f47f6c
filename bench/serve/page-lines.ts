/** One line of the page, known by its name. */
export interface PageLine {
  readonly name: string;
  readonly side?: string;
  readonly connections?: number;
  readonly figures: Readonly<Record<string, number | string>>;
}

export interface SideLine extends PageLine {
  readonly side: string;
  readonly connections: number;
}

/** What figures are held against. */
export interface Goal {
  readonly goal: string;
  readonly measured: string;
  readonly met: boolean;
}
