import { join } from 'node:path';
import { packageRoot } from '../../model/paths';

export const projectDir = join(packageRoot, 'contract-tests/bench/plant');
