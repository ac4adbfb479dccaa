/** The part of the Standard Schema interface (version 1) that is used: zod, valibot, arktype and others carry it. */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}
export type SchemaResult<Output> = { readonly value: Output; readonly issues?: undefined } | { readonly issues: readonly SchemaIssue[] };
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

export type SchemaInput<S> = S extends StandardSchema<infer Input, unknown> ? Input : never;
export type SchemaOutput<S> = S extends StandardSchema<infer _Input, infer Output> ? Output : never;

/** `$.items[2].id: Invalid input; …`, in the schema's order. */
export function formatIssues(issues: readonly SchemaIssue[]): string {
  return issues.map((issue) => `${formatPath(issue.path ?? [])}: ${issue.message}`).join('; ');
}

function formatPath(path: NonNullable<SchemaIssue['path']>): string {
  const keys = path.map((segment) => (typeof segment === 'object' ? segment.key : segment));
  return '$' + keys.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
}
