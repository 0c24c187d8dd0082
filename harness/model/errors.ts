/** Exit codes of the command line; a contract with CI jobs. */
export const exitCode = {
  ok: 0,
  /** Ran, but an expectation or a gate did not hold, or a regression was found. */
  notHeld: 1,
  /** The command or a file was invalid; nothing was started. */
  usage: 2,
  /** This machine lacks something that was requested. */
  unavailable: 3,
  /** A cell failed or its measurement is invalid; the other cells' results are all there. */
  cellFailed: 4,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/** One issue in a command or a file: which field, what is wrong, how to fix it. */
export interface ValidationIssue {
  field: string;
  message: string;
  hint?: string;
}

/**
 * The only error class of the lab: made at an adapter's boundary, printed once by cli.ts. `code` is stable and for
 * programs, `hint` is one line on how to fix it.
 */
export class HarnessError extends Error {
  readonly code: string;
  readonly hint: string | undefined;
  readonly exitCode: ExitCode;
  readonly issues: readonly ValidationIssue[];

  constructor(
    code: string,
    message: string,
    options: { hint?: string; exitCode?: ExitCode; cause?: unknown; issues?: readonly ValidationIssue[] } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'HarnessError';
    this.code = code;
    this.hint = options.hint;
    this.exitCode = options.exitCode ?? exitCode.cellFailed;
    this.issues = options.issues ?? [];
  }
}

/** Bad input: every issue at once, exit code 2. */
export function validationError(issues: readonly ValidationIssue[]): HarnessError {
  const noun = issues.length === 1 ? 'problem' : 'problems';
  return new HarnessError('BAD_INPUT', `${issues.length} ${noun} with the input; nothing was started`, {
    exitCode: exitCode.usage,
    issues,
  });
}

/** The text of anything thrown, with the cause chain, on one line. */
export function causeText(error: unknown): string {
  const parts: string[] = [];
  for (let e: unknown = error; e !== undefined && parts.length < 5; e = e instanceof Error ? e.cause : undefined) {
    parts.push(e instanceof Error ? e.message : String(e));
  }
  return parts.join(': ');
}
