/** How often it looks. */
export const lookMs = 500;
/** An agent answers within milliseconds, however busy its load is: the load runs in threads of its own. */
export const silentMs = 4000;

export interface WatchdogOptions {
  /** How much was heard so far; any change is a sign of life. */
  heard(): number;
  /** Asks for a sign of life. */
  ping(): void;
  /** Called once. */
  onSilent(): void;
}

/**
 * Notices a process that lives and does nothing: stopped by a signal, or in an endless loop. It counts its own looks and
 * not the time, so that a machine or a runner that was suspended is not taken for an agent that is silent, and no clock
 * that jumps matters.
 */
export class Watchdog {
  private readonly options: WatchdogOptions;
  private timer: NodeJS.Timeout | undefined;

  constructor(options: WatchdogOptions) {
    this.options = options;
  }

  start(): void {
    let heard = this.options.heard();
    let looks = 0;
    this.timer = setInterval(() => {
      const now = this.options.heard();
      looks = now === heard ? looks + 1 : 0;
      heard = now;
      if (looks * lookMs >= silentMs) {
        this.stop();
        this.options.onSilent();
      } else if (looks > 0) {
        this.options.ping();
      }
    }, lookMs);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
