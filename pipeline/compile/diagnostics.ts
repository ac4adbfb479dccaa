/** One finding about a pipeline. Data only; the text with source line and caret is made last, by `render-diagnostics.ts`. */
export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  /** Step path of the definition (`route/refund/approve`), or `''` for the document. */
  readonly path: string;
  /** JSON pointer into the document, in IR names. */
  readonly pointer: string;
  readonly position?: Position;
  readonly hint?: string;
}

/** `line` and `column` from 1; the column counts UTF-16 units. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export type DiagnosticCode =
  | 'V-Y1'
  | 'V-Y2'
  | 'V-Y3'
  | 'V-Y4'
  | 'V-N1'
  | 'V-A1'
  | 'V-A6'
  | 'V-A7'
  | 'V-E1'
  | 'V-E2'
  | 'V-E4'
  | 'V-T3'
  | 'V-T4'
  | 'TEMPLATE-001'
  | 'V-X1'
  | 'V-H1'
  | 'V-H2'
  | 'V-U1'
  | 'V-U2'
  | 'V-I6';
