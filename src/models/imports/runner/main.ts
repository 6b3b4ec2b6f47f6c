import type { FromModelRunner, ToModelRunner } from '../../../processes/messages.js';
import { endWithParent, OUT_OF_MEMORY_EXIT_CODE, toFailure } from '../../../processes/serve-task.js';
import type { Engine } from '../engine.js';
import type { ForeignModel } from '../foreign-model.js';
import { openEngine } from '../open-engine.js';
import { scoreRows } from '../score-rows.js';

/** The process that runs one imported model: it has its file and nothing else of ours. */

let opened: { engine: Engine; model: ForeignModel } | undefined;

async function answer(message: ToModelRunner): Promise<FromModelRunner> {
  if (message.kind === 'open') {
    const { model, path, maxBytes } = message;
    opened = { engine: await openEngine(model.format, path, maxBytes), model };
    return { kind: 'opened' };
  }
  if (opened === undefined) throw new Error('nothing is open');
  const { engine, model } = opened;
  return { kind: 'outputs', outputs: await scoreRows(engine, model, message.nRows, message.values) };
}

process.on('message', (message: ToModelRunner) => {
  answer(message).then(send, (error: unknown) => {
    if (error instanceof RangeError) process.exit(OUT_OF_MEMORY_EXIT_CODE);
    send({ kind: 'failed', error: toFailure(error) });
  });
});
endWithParent();

function send(message: FromModelRunner): void {
  if (process.connected) process.send?.(message);
}
