import { existsSync } from 'node:fs';
import { HubError } from '../../model/errors';
import { compileMapping } from './apply';
import { casesFileOf, openCases } from './cases';
import type { CompiledMapping } from './compiled';
import { lintMapping } from './lint';
import { findMappingFiles, loadCodes, loadNativeSchemas } from './load';
import type { CheckIssue } from './mapping';
import { parseMapping } from './parse';

export interface CheckOptions {
  /** Which files are checked; the others are there for their tables and schemas. */
  readonly only?: (file: string) => boolean;
}

/**
 * Everything that can be wrong with the mappings of these folders before any record has been seen.
 * Reads files only; throws nothing for what is wrong in them.
 */
export function checkMappings(dirs: readonly string[], options: CheckOptions = {}): CheckIssue[] {
  const files = findMappingFiles(dirs);
  const issues: CheckIssue[] = [];
  const attempt = <T>(run: () => T): T | undefined => {
    try {
      return run();
    } catch (error) {
      issues.push(fileIssue(error));
      return undefined;
    }
  };
  const codes = new Map(files.codes.flatMap((file) => [...(attempt(() => loadCodes([file])) ?? [])]));
  const schemas = new Map(
    files.schemas.flatMap((file) => [...(attempt(() => loadNativeSchemas([file])) ?? [])]),
  );
  for (const file of files.mappings) {
    if (options.only && !options.only(file)) continue;
    const compiled = attempt(() => compileMapping(parseMapping(file), codes, schemas));
    if (!compiled) continue;
    for (const issue of lintMapping(compiled, schemas, codes)) issues.push(issue);
    for (const issue of caseFileIssues(compiled)) issues.push(issue);
  }
  return issues;
}

function fileIssue(error: unknown): CheckIssue {
  const { message, at = '' } = error as HubError;
  const [, file = at, line = '1'] = /^(.*):(\d+)$/.exec(at) ?? [];
  const text = message.startsWith(`${at}: `) ? message.slice(at.length + 2) : message;
  if (!(error instanceof HubError)) throw error;
  return { code: 'bad-mapping', file, line: Number(line), path: '', message: text };
}

function caseFileIssues(mapping: CompiledMapping): CheckIssue[] {
  const file = casesFileOf(mapping);
  if (!existsSync(file)) {
    const message = `there are no cases beside it: write ${file}`;
    return [{ code: 'no-cases', file: mapping.source.file, line: 1, path: '', message }];
  }
  const { cases, defect } = openCases(file);
  const message = defect ?? (cases.length === 0 ? 'it holds no cases' : undefined);
  return message === undefined ? [] : [{ code: 'no-cases', file, line: 1, path: '', message }];
}
