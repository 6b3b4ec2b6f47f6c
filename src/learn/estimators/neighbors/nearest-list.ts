/**
 * The k nearest rows found so far: a list sorted by distance, equal distances by row number. Because the order is
 * total, the list does not depend on the order in which rows were offered, so every search gives the same one.
 * Insertion is linear in k, which for the usual k below 50 beats a heap.
 */
export class NearestList {
  readonly distances: Float64Array;
  readonly rows: Uint32Array;
  /** A row farther than this cannot enter. Infinity until the list is full. */
  limit = Number.POSITIVE_INFINITY;
  private size = 0;

  constructor(readonly capacity: number) {
    this.distances = new Float64Array(capacity);
    this.rows = new Uint32Array(capacity);
  }

  clear(): void {
    this.size = 0;
    this.limit = Number.POSITIVE_INFINITY;
  }

  /** Becomes list i of full, sorted ones that lie one after the other. */
  takeOver(distances: Float64Array, rows: Uint32Array, i: number): void {
    const { capacity } = this;
    for (let n = 0, from = i * capacity; n < capacity; n++, from++) {
      this.distances[n] = distances[from] as number;
      this.rows[n] = rows[from] as number;
    }
    this.size = capacity;
    this.limit = this.distances[capacity - 1] as number;
  }

  /** Takes the row if it is among the nearest. */
  offer(distance: number, row: number): void {
    const { distances, rows, capacity } = this;
    if (this.size === capacity && !isBefore(distance, row, this.limit, rows[capacity - 1] as number)) return;
    let at = this.size < capacity ? this.size++ : capacity - 1;
    while (at > 0 && isBefore(distance, row, distances[at - 1] as number, rows[at - 1] as number)) {
      distances[at] = distances[at - 1] as number;
      rows[at] = rows[at - 1] as number;
      at--;
    }
    distances[at] = distance;
    rows[at] = row;
    if (this.size === capacity) this.limit = distances[capacity - 1] as number;
  }
}

function isBefore(distance: number, row: number, otherDistance: number, otherRow: number): boolean {
  return distance < otherDistance || (distance === otherDistance && row < otherRow);
}
