/** What a command ends with; the numbers are part of the interface. */
export const EXIT = { ok: 0, failed: 1, usage: 2, unreadable: 3, invalid: 4, interrupted: 130 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends the command with a message and a code. The message is for people: one line where one is enough, never a stack. */
export class CommandError extends Error {
  constructor(
    readonly code: ExitCode,
    message: string,
  ) {
    super(message);
  }
}

/** Errors of the parts below, by name, and how a command ends on them. */
const CODES: { readonly [name: string]: ExitCode } = {
  ConfigError: EXIT.usage,
  PriceError: EXIT.usage,
  NoServerError: EXIT.usage,
  InvalidConnectionError: EXIT.usage,
  WorkerStartError: EXIT.usage,
  ServerNotFoundError: EXIT.usage,
  PortBusyError: EXIT.usage,
  ServerRunningError: EXIT.usage,
  RunExistsError: EXIT.usage,
  InvalidRunInputError: EXIT.usage,
  RegistryError: EXIT.unreadable,
  ScriptError: EXIT.usage,
};

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommandError) return error.code;
  return (error instanceof Error && CODES[error.name]) || EXIT.failed;
}

/** What went wrong, for people. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
