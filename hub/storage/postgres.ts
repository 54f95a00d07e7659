import type { PoolConfig } from 'pg';
import type { Engine } from './engine';
export async function openPostgres(_config: PoolConfig, _leaseMs: number): Promise<Engine> {
  throw new Error('not yet');
}
