/**
 * The inner loops that plain JavaScript cannot vectorise, in AssemblyScript with 128-bit SIMD. Everything works on
 * places (byte offsets) of the module's memory; nothing is allocated. See ../dense-kernels.ts for what each one
 * means, how its operands lie, and in which order it sums: the order never depends on the values.
 */

export { distances } from './distances';
export { addRows, dots, lessRows, multiplyRows } from './dots';
export { gemm } from './gemm';
export { addSparse32, boxDistances, scores32, selectBelow32 } from './nearby';
export { findPartner, movePulls, rowTimesColumns } from './pairs';
export { expAll, logisticRows, reluAll, reluSlopes, softmaxColumns } from './probability';
export { offerRounded, openRounded } from './rounded';
export { visitTube } from './tube';
