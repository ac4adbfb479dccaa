import { describe, expect, it } from '@jest/globals';
import { outputText, resultText } from '../../../cli/result-text.js';
import { progressText } from '../../../cli/follow.js';
import { agentStep, conditionalStep, pipelineOf, valueStep } from '../../support/documents.js';
import { costs, runEngine } from '../../support/run-engine.js';

const document = pipelineOf([agentStep('classify'), conditionalStep('route', 'true', { true: [valueStep('inner', '{"a": 1}')] })]);
const { result } = runEngine(document, { agents: { classify: [{ output: 'x', usage: costs(412, 0.0003), latency: 400 }] } });

describe('the text of a result', () => {
  it('has output, totals, steps of all levels and the context', async () => {
    const text = await resultText(result!, { isSummary: false, format: 'auto' });
    expect(text).toMatch(/^Final output:\n\{\n {2}"a": 1\n\}\n\nTotal cost: \$0\.0003\nTotal tokens: 412\nSteps executed: 2\n\nStep /);
    expect(text).toMatch(/classify +agent +completed +1 +0\.4 s +\$0\.0003 +412/);
    expect(text).toMatch(/route\/true\/inner +expression +completed/);
    expect(text).toMatch(/Final Context:\n\{/);
  });

  it('29.4 is without steps and context in a summary', async () => {
    const text = await resultText(result!, { isSummary: true, format: 'auto' });
    expect(text).not.toMatch(/Steps executed|Final Context:|classify/);
  });

  it.each<[format: 'auto' | 'raw' | 'json' | 'yaml', output: string]>([
    ['auto', '{\n  "a": [\n    1\n  ]\n}'],
    ['json', '{\n  "a": [\n    1\n  ]\n}'],
    ['raw', '{"a":[1]}'],
    ['yaml', 'a:\n  - 1'],
  ])('has the output as %s', async (format, output) => expect(await outputText({ a: [1] }, format)).toBe(output));

  it('has a text as it is, and as JSON where that is asked for', async () => {
    expect(await outputText('two\nlines', 'auto')).toBe('two\nlines');
    expect(await outputText('two\nlines', 'json')).toBe('"two\\nlines"');
    expect(await outputText('\u001b[31m', 'auto')).toBe('\\u001b[31m');
  });
});

describe('a line of progress', () => {
  it('has sign, path, try, time, cost and tokens of a step that paid', () => {
    expect(progressText({ type: 'step', result: result!.steps[0]! })).toBe('✓ classify  try 1  0.4 s  $0.0003  412 tokens');
  });

  it('has the reason of a step that failed, on one line', () => {
    const failed = runEngine(pipelineOf([valueStep('v', 'input.a.b')])).result!.steps[0]!;
    expect(progressText({ type: 'step', result: { ...failed, feedback: 'one\n\u001b[2Jtwo' } })).toMatch(
      /^✗ v {2}try \d {2}0\.0 s {2}one \\u001b\[2Jtwo$/,
    );
  });
});
