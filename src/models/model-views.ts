import type { Model, ModelVersion } from './model-types.js';

/** The Model of the API. */
export function toModelView(model: Model) {
  const { current } = model;
  return {
    id: model.id,
    name: model.name,
    ownerId: model.ownerId,
    version: current?.version ?? null,
    algorithm: current?.algorithm ?? null,
    task: current?.task ?? null,
    signature: current?.signature ?? null,
    nBytes: current?.nBytes ?? null,
    sha256: current?.sha256 ?? null,
    trainedAt: current?.createdAt ?? null,
    summary: current?.summary ?? null,
  };
}

/** A record of the data server under which nothing was trained yet. */
export function toUntrainedView({ id, name, ownerId }: { id: string; name: string; ownerId: string }) {
  return toModelView({ id, name, ownerId, createdAt: new Date(0), updatedAt: new Date(0), current: null });
}

/** The ModelVersion of the API: everything but where the file lies. */
export function toVersionView({ bundleKey: _, createdAt, ...version }: ModelVersion) {
  return { ...version, imported: version.trainingId === null, createdAt };
}
