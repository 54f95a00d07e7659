import { isDone, type OrderExecution } from './execution';
import { isExtraJob, operationOf } from './job-ids';
import type { OperationsPerformance, SegmentResponse } from './shapes';

/*
 * A machine makes of a job the pieces it was begun with. More of them is a further job, `0010+2` beside `0010`. To all
 * others it is one operation still: it is done when its last job is.
 */

/** Whether what a machine says of its jobs may not be what is to be said of the operation. */
export const speaksOfExtraJob = ({ operationsResponse }: OperationsPerformance): boolean =>
  operationsResponse.some(({ segmentResponse }) =>
    segmentResponse.some(({ segmentRequirementId }) => isExtraJob(segmentRequirementId?.[0] ?? '')),
  );

/** What a machine says of jobs, said of their operations: one is not done while another job of it is still to be done. */
export function saidOfOperations(
  performance: OperationsPerformance,
  executions: ReadonlyMap<string, OrderExecution>,
): OperationsPerformance {
  const said = (response: SegmentResponse, order: string | undefined): SegmentResponse => {
    const job = response.segmentRequirementId?.[0];
    if (job === undefined) return response;
    const segmentId = operationOf(job);
    const execution = executions.get(response.operationsRequestId?.[0] ?? order ?? '')?.segments[segmentId];
    const renamed = job === segmentId ? response : { ...response, segmentRequirementId: [segmentId] };
    const { segmentState: state } = response;
    if (execution?.jobs === undefined || state === undefined || isDone(execution.state)) return renamed;
    if (!isDone(state as typeof execution.state)) return renamed;
    const { actualEndTime: _, ...rest } = renamed;
    return { ...rest, segmentState: 'Running' };
  };
  return {
    ...performance,
    operationsResponse: performance.operationsResponse.map((answer) => {
      const order = answer.operationsRequestId?.[0] ?? performance.operationsScheduleId;
      const segmentResponse = answer.segmentResponse.map((response) => said(response, order));
      const same = segmentResponse.every((response, i) => response === answer.segmentResponse[i]);
      return same ? answer : { ...answer, segmentResponse };
    }),
  };
}
