/**
 * What one gate adds to the final line.
 * A gate that is a command counts as one. A gate of jest counts its tests; a suite that could not run counts as one failure,
 * as do a run without a report, one without tests, and one that jest calls failed although no test did.
 *
 * @typedef {{ numTotalTests: number, numPassedTests: number, numFailedTests: number, numPendingTests: number, numRuntimeErrorTestSuites: number }} JestReport
 * @param {{ kind: 'command', succeeded: boolean } | { kind: 'jest', succeeded: boolean, report: JestReport | undefined }} outcome
 * @returns {{ passed: number, failed: number, remark: string }}
 */
export function countGate(outcome) {
  if (outcome.kind === 'command') return { passed: outcome.succeeded ? 1 : 0, failed: outcome.succeeded ? 0 : 1, remark: '' };
  const { report, succeeded } = outcome;
  if (report === undefined) return { passed: 0, failed: 1, remark: 'jest wrote no report' };
  const passed = report.numPassedTests;
  const failed = report.numFailedTests + report.numRuntimeErrorTestSuites;
  const tests = `${passed} passed${report.numPendingTests > 0 ? `, ${report.numPendingTests} skipped` : ''}`;
  if (failed > 0) return { passed, failed, remark: `${tests}, ${failed} failed` };
  if (passed === 0) return { passed, failed: 1, remark: 'no test ran' };
  if (!succeeded) return { passed, failed: 1, remark: `${tests}, but jest failed` };
  return { passed, failed: 0, remark: tests };
}
