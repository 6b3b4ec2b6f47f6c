import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Contract } from './contract.js';
import { ContractClient, type ContractResponse } from './contract-client.js';
import type { RunningService } from './service.js';

export const SERVICE_CONTRACT = new Contract('openapi.yaml');
export const DATA_SERVER_CONTRACT = new Contract('data-server.openapi.yaml');

/** Somebody who is logged in, with a client for either side. */
export interface TestUser {
  readonly id: string;
  readonly name: string;
  readonly password: string;
  readonly authorization: string;
  /** The data server, as this user. */
  readonly records: ContractClient;
  /** Trainyard's public API, as this user. */
  readonly service: ContractClient;
}

/** Trainyard's internal API, as the data server. */
export function internalClient(service: RunningService): ContractClient {
  return new ContractClient(service.url, SERVICE_CONTRACT, `Bearer ${service.serviceToken}`);
}

export function dataServerClient(service: RunningService): ContractClient {
  return new ContractClient(service.dataServerUrl, DATA_SERVER_CONTRACT);
}

/** Registers a user of a name that is not taken and logs them in. */
export async function newUser(service: RunningService): Promise<TestUser> {
  const dataServer = dataServerClient(service);
  const name = `user-${randomBytes(5).toString('hex')}`;
  const password = randomBytes(12).toString('hex');
  const registered = await dataServer.post('/register', { name, email: `${name}@example.org`, password });
  expectStatus(registered, 201);
  const login = await dataServer.post('/login', { name, password });
  expectStatus(login, 200);
  const authorization = `Bearer ${login.body.token}`;
  return {
    id: login.body.user.id,
    name,
    password,
    authorization,
    records: dataServer.as(authorization),
    service: new ContractClient(service.url, SERVICE_CONTRACT, authorization),
  };
}

/** A data-set record; returns its id. */
export async function newDataset(user: TestUser, name = 'Penguins'): Promise<string> {
  const created = await user.records.post('/datasets', { name, format: 'csv' });
  expectStatus(created, 201);
  return created.body.id;
}

/** A model record; returns its id. */
export async function newModel(user: TestUser, name = 'Species'): Promise<string> {
  const created = await user.records.post('/models', { name });
  expectStatus(created, 201);
  return created.body.id;
}

export function fixture(name: string): Promise<Buffer> {
  return readFile(new URL(`../fixtures/data/${name}`, import.meta.url));
}

/** Uploads a CSV as the data set's content. */
export function upload(
  user: TestUser,
  datasetId: string,
  content: Uint8Array | string,
): Promise<ContractResponse> {
  return user.service.request('PUT', `/datasets/${datasetId}/content`, {
    body: content,
    headers: { 'content-type': 'text/csv' },
  });
}

/** Starts a training through the data server; returns the training's id. */
export async function train(user: TestUser, modelId: string, request: object): Promise<string> {
  const started = await user.records.post(`/models/${modelId}/train`, request);
  expectStatus(started, 202);
  return started.body.id;
}

/** Follows a training's events to the last one. */
export async function outcomeOf(
  service: RunningService,
  trainingId: string,
): Promise<Record<string, unknown>[]> {
  const events: Record<string, unknown>[] = [];
  const path = `/internal/trainings/${trainingId}/events`;
  for await (const event of internalClient(service).events(path, 'Training')) events.push(event);
  return events;
}

/** A wrong status with the body that explains it. */
export function expectStatus(response: ContractResponse, status: number): void {
  if (response.status !== status) {
    const explanation = response.body === undefined ? '' : JSON.stringify(response.body);
    throw new Error(`expected ${status}, got ${response.status} ${explanation}`);
  }
}
