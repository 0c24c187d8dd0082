import pino, { type Logger } from 'pino';

/** Logs go to stderr: readable lines on a TTY, JSON lines for programs. stdout carries only the result. */
export async function openLog(level: string): Promise<Logger> {
  if (process.stderr.isTTY !== true) return pino({ level }, pino.destination({ fd: 2, sync: true }));
  const { default: pretty } = await import('pino-pretty');
  return pino({ level }, pretty({ destination: 2, sync: true, colorize: !process.env.NO_COLOR }));
}
