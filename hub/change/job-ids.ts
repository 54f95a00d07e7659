/** Job of an operation at a machine, as orders and reports name it: `0010`, and `0010+2` for the second one. */
export const extraJob = (segmentId: string, number: number): string => `${segmentId}+${number}`;

const pattern = /^(.+)\+(\d+)$/;

export const isExtraJob = (id: string): boolean => pattern.test(id);

/** The operation that a job belongs to. */
export const operationOf = (id: string): string => pattern.exec(id)?.[1] ?? id;

/** 1 for the job that an operation begins with. */
export const jobNumber = (id: string): number => Number(pattern.exec(id)?.[2] ?? 1);
