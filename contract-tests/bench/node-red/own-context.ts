/** What the nodes of the flow find that works by Node-RED's own means: code tables, and ajv over the model's schema. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { packageRoot } from '../../../model/paths';
import { bareValidator } from '../../../model/testing/bare-ajv';
import { messageSchema, transactionOf } from '../../../model/validate';

const tableOf = (name: string): Readonly<Record<string, string>> =>
  parse(readFileSync(join(packageRoot, 'mappings/codes', `${name}.yaml`), 'utf8')).entries;

export const states = tableOf('sap-order-status');
export const units = tableOf('sap-unit');
/** Compiled once. */
export const isMessage = bareValidator(messageSchema(transactionOf('Process', 'OperationsSchedule')!));
