/** PostgreSQL notifications of this room; the payload is a training's id. */

/** Something that a caller can see has changed. */
export const TRAINING_CHANGED = 'training_changed';
/** Whoever runs it should stop. */
export const TRAINING_CANCEL = 'training_cancel';
