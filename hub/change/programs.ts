/**
 * Parameters of an operation that name what the machine runs rather than a value of it: the NC program and its version.
 * ISA-95 has no field for them in an operations segment.
 */
export const NC_PROGRAM = 'NCProgram';
export const NC_PROGRAM_VERSION = 'NCProgramVersion';

export const isProgram = (parameterId: string | undefined): boolean =>
  parameterId === NC_PROGRAM || parameterId === NC_PROGRAM_VERSION;
