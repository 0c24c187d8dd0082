import { appendFileSync } from 'node:fs';

/** A client program's own counts: a JSON line in its log now and then; the last line is the current one. */
export class Counts {
  attempts = 0;
  ok = 0;
  errors = {};
  #log;
  #writtenAt = 0;

  constructor(log) {
    this.#log = log;
    this.write('running');
  }

  attempt() {
    this.attempts++;
  }

  success() {
    this.ok++;
    if (Date.now() - this.#writtenAt > 100) this.write('running');
  }

  failure(error) {
    const name = error.code ?? error.cause?.code ?? error.name;
    this.errors[name] = (this.errors[name] ?? 0) + 1;
    // At once, so that the log has it however this program ends.
    if (this.errors[name] === 1 || Date.now() - this.#writtenAt > 100) this.write('running');
  }

  write(end) {
    this.#writtenAt = Date.now();
    const { attempts, ok, errors } = this;
    appendFileSync(this.#log, `${JSON.stringify({ attempts, ok, errors, end })}\n`);
  }
}
