import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CATALOGUE } from '../../src/errors/catalogue.js';
import { ContractClient } from '../support/contract-client.js';
import { type RunningService, startService } from '../support/service.js';
import { SERVICE_CONTRACT } from '../support/users.js';

describe('the contract', () => {
  let service: RunningService;
  let anyone: ContractClient;

  beforeAll(async () => {
    service = await startService();
    anyone = new ContractClient(service.url, SERVICE_CONTRACT);
  });
  afterAll(() => service?.stop());

  it('names every error code, and no other', () => {
    expect([...SERVICE_CONTRACT.enumOf('ErrorCode')].sort()).toEqual(Object.keys(CATALOGUE).sort());
  });

  it('is served as it lies in the repository, and as a page with a strict policy', async () => {
    const file = await anyone.get('/openapi.yaml');
    expect(file.bytes.toString('utf8')).toBe(SERVICE_CONTRACT.text);
    const page = await anyone.get('/docs');
    const policy = page.headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(page.bytes.toString('utf8')).not.toMatch(/https?:\/\//);
    for (const [, address] of page.bytes.toString('utf8').matchAll(/(?:src|href)="([^"]+)"/g)) {
      expect((await fetch(new URL(address!, service.url))).status).toBe(200);
    }
    expect((await fetch(new URL('/docs/assets/package.json', service.url))).status).toBe(404);
  });

  it('has an anchor for the type of every problem', async () => {
    const page = (await anyone.get('/docs/errors')).bytes.toString('utf8');
    for (const code of Object.keys(CATALOGUE)) expect(page).toContain(`id="${code}"`);
  });
});
