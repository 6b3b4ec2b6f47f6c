/** What grows best first: the node whose split gains most comes next, the older of two equals. */
export interface HeapItem {
  readonly node: number;
  readonly split: { readonly gain: number };
}

function comesBefore(a: HeapItem, b: HeapItem): boolean {
  return a.split.gain > b.split.gain || (a.split.gain === b.split.gain && a.node < b.node);
}

/** Adds to a binary heap with the largest gain on top. */
export function pushBest<Item extends HeapItem>(heap: Item[], item: Item): void {
  let at = heap.length;
  heap.push(item);
  while (at > 0) {
    const parent = (at - 1) >>> 1;
    if (!comesBefore(item, heap[parent] as Item)) break;
    heap[at] = heap[parent] as Item;
    at = parent;
  }
  heap[at] = item;
}

/** Takes the largest gain from a heap that is not empty. */
export function popBest<Item extends HeapItem>(heap: Item[]): Item {
  const top = heap[0] as Item;
  const last = heap.pop() as Item;
  if (heap.length === 0) return top;
  let at = 0;
  for (let child = 1; child < heap.length; child = 2 * at + 1) {
    if (child + 1 < heap.length && comesBefore(heap[child + 1] as Item, heap[child] as Item)) child++;
    if (!comesBefore(heap[child] as Item, last)) break;
    heap[at] = heap[child] as Item;
    at = child;
  }
  heap[at] = last;
  return top;
}
