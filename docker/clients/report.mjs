// Counts of a client program, as the lab reads them from its stdout (docs/your-program.md): a JSON object a line.

/** Printed at most this often, and at the end. */
const everyMs = 100;

const interval = { attempts: 0, completed: 0, answers: 0 };
let failures = new Map();
let inFlight = 0;
let printedAt = performance.now();

const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

function flush() {
  printedAt = performance.now();
  print({ type: 'interval', ...interval, inFlight, failures: [...failures.values()] });
  Object.assign(interval, { attempts: 0, completed: 0, answers: 0 });
  failures = new Map();
}

function failed(error, phase) {
  const cause = error.cause ?? error;
  const errno = cause.code ?? 'EUNKNOWN';
  const one = { errno, phase: cause.syscall === 'connect' ? 'connect' : phase, count: 0 };
  const key = `${one.phase}/${errno}`;
  failures.set(key, { ...one, count: (failures.get(key)?.count ?? 0) + 1 });
}

/** Counts one call of `work`. A failure is data: it is counted, and the program goes on. `phase` of a failed one may be a function. */
export async function call(work, phase = () => 'response') {
  interval.attempts++;
  inFlight++;
  try {
    await work();
    interval.completed++;
    interval.answers++;
  } catch (error) {
    failed(error, phase(error));
  }
  inFlight--;
  if (performance.now() - printedAt > everyMs) flush();
}

/** Ends the load. The program and its connections stay until the lab closes its stdin. */
export function end() {
  flush();
  print({ type: 'end', version: `node ${process.version}` });
  process.stdin.resume().on('end', () => process.exit(0));
}
