export { type CaseResult, caseIssues, type MappingCase, runCases } from './cases';
export { type CheckOptions, checkMappings } from './check';
export type { ApplyOptions, CompiledMapping, MappedRecord, ReadOutcome, WriteOutcome } from './compiled';
export { invertMapping, type Loss } from './invert';
export { checkLaws, type LawResult } from './laws';
export { findMappingFiles, loadMapping, loadMappings, type MappingSet } from './load';
export type { CheckIssue, Mapping, MappingContext, Rule } from './mapping';
export type { TraceEntry } from './run';
export { transforms } from './transforms';
