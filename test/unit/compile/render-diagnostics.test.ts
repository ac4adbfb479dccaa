import { expect, test } from '@jest/globals';
import { compile } from '../../../pipeline/compile/compile.js';
import type { Diagnostic } from '../../../pipeline/compile/diagnostics.js';
import { renderDiagnostics } from '../../../pipeline/compile/render-diagnostics.js';
import { loadYaml } from '../../../pipeline/yaml/load.js';

const finding: Diagnostic = { code: 'V-U2', severity: 'warning', message: 'No price', path: 'a/b', pointer: '/steps/0' };

test('a finding is one line', () => {
  expect(renderDiagnostics([finding])).toBe('- [V-U2] a/b: No price');
});

test('a hint is a suggestion', () => {
  expect(renderDiagnostics([{ ...finding, hint: 'Do' }])).toBe('- [V-U2] a/b: No price -> Suggestion: Do');
});

test('26.1 a finding with a place shows the line and a caret below it', () => {
  const text = 'name: p\r\nagents: {w: {model: "m:n"}}\r\nsteps:\r\n  - kind: agent\r\n    name: s\r\n    agent: w\r\n    retries: 3\r\n';
  const { diagnostics } = compile(loadYaml(text, { file: 'p.yaml' }));
  expect(renderDiagnostics(diagnostics, { sources: { 'p.yaml': text } }).split('\n')).toEqual([
    expect.stringMatching(
      /^- \[V-Y2\] s: Unknown key 'retries' in agent step 's'\. Did you mean 'max_retries'\? -> Suggestion: Known keys: /,
    ),
    '  at p.yaml:7:5',
    '        retries: 3',
    '        ^',
  ]);
});

test('findings of the document name its file; without its text there is no caret', () => {
  const { diagnostics } = loadYaml('', { file: 'p.yaml' });
  expect(renderDiagnostics(diagnostics)).toBe('- [V-Y1] p.yaml: Invalid YAML at line 1, column 1: the document is empty\n  at p.yaml:1:1');
});

test('of a long line the part around the caret is shown', () => {
  const text = `${'x'.repeat(500)}HERE${'y'.repeat(500)}`;
  const rendered = renderDiagnostics([{ ...finding, position: { file: 'f', line: 1, column: 501 } }], { sources: { f: text } });
  const [, , line = '', caret = ''] = rendered.split('\n');
  expect(line.slice(caret.indexOf('^'), caret.indexOf('^') + 4)).toBe('HERE');
  expect(line.length).toBeLessThan(120);
});

test('colour is for terminals that asked for it', () => {
  expect(renderDiagnostics([finding], { color: true })).toContain('\u001b[33mV-U2\u001b[0m');
});

test('Y19 nothing in a message can steer a terminal', () => {
  const message = 'a\u001b[2Jb\u202ec';
  const position = { file: 'f', line: 1, column: 1 };
  const text = renderDiagnostics([{ ...finding, message, hint: message, position }], { sources: { f: message } });
  expect(text).not.toContain('\u001b');
  expect(text).not.toContain('\u202e');
});
