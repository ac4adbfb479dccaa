import type { Diagnostic } from '../pipeline/compile/diagnostics.js';

/** Findings in SARIF 2.1.0, which code hosts show beside the lines. */
export function sarifOf(diagnostics: readonly Diagnostic[], file: string): object {
  const codes = [...new Set(diagnostics.map(({ code }) => code))];
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'flujo-validate', rules: codes.map(ruleOf) } },
        results: diagnostics.map((diagnostic) => ({
          ruleId: diagnostic.code,
          level: diagnostic.severity,
          message: { text: diagnostic.message },
          locations: [locationOf(diagnostic, file)],
        })),
      },
    ],
  };
}

function ruleOf(code: Diagnostic['code']) {
  const text = `Finding ${code} of flujo validate`;
  return {
    id: code,
    name: code,
    shortDescription: { text },
    fullDescription: { text },
    helpUri: `docs/diagnostics.md#${code.toLowerCase()}`,
  };
}

function locationOf({ position, path }: Diagnostic, file: string) {
  return {
    physicalLocation: {
      artifactLocation: { uri: position?.file ?? file },
      ...(position && { region: { startLine: position.line, startColumn: position.column } }),
    },
    logicalLocations: [{ fullyQualifiedName: path }],
  };
}
