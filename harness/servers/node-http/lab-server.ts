import { Appointments, closeAtHeader } from '../../sockets/appointment.ts';
import type { Connection, ConnectionOwner, Listener, Transport } from '../../sockets/transport.ts';
import type { NodeHttpParameters } from './traits.ts';

/** What the lab's own server does with its connections. It misbehaves only on request. */
export interface LabServerOptions extends Omit<NodeHttpParameters, 'transport'> {
  address: string;
  ports: readonly number[];
}

const bodies = { 200: 'ok\n', 404: 'not found\n' } as const;
const reasons = { 200: 'OK', 404: 'Not Found' } as const;

/**
 * The server `node-http`: a minimal HTTP/1.1 responder with explicit control over how it closes. It has no stream layer
 * and no router, so that the kernel, not the server, limits a client engine on the other core.
 */
export async function startLabServer(
  transport: Transport,
  options: LabServerOptions,
): Promise<{ close(): Promise<void> }> {
  const appointments = new Appointments();
  const listeners: Listener[] = [];
  for (const port of options.ports) {
    listeners.push(
      await transport.listen({
        address: options.address,
        port,
        backlog: options.backlog,
        accept: (connection) => new Served(connection, options, appointments),
      }),
    );
  }
  return { close: async () => void (await Promise.all(listeners.map((listener) => listener.close()))) };
}

class Served implements ConnectionOwner {
  private readonly connection: Connection;
  private readonly options: LabServerOptions;
  private readonly appointments: Appointments;
  private text = '';
  private answers = 0;
  private hasAppointment = false;
  private idle: NodeJS.Timeout | undefined;

  constructor(connection: Connection, options: LabServerOptions, appointments: Appointments) {
    this.connection = connection;
    this.options = options;
    this.appointments = appointments;
  }

  connected(): void {}

  data(bytes: Uint8Array): void {
    clearTimeout(this.idle);
    this.text += Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
    // GET requests without a body: an empty line ends each.
    for (let end = this.text.indexOf('\r\n\r\n'); end >= 0; end = this.text.indexOf('\r\n\r\n')) {
      const head = this.text.slice(0, end + 2);
      this.text = this.text.slice(end + 4);
      if (this.options.delayMs > 0) setTimeout(() => this.answer(head), this.options.delayMs);
      else this.answer(head);
    }
  }

  private answer(head: string): void {
    this.answers++;
    const { options, connection } = this;
    const isLast = this.answers === options.maxRequestsPerConnection;
    const closes = options.afterAnswer === 'close' || isLast || asksToClose(head);
    connection.write(answerText(options.status, closes));
    const closeAt = head.indexOf(closeAtHeader);
    if (closeAt >= 0) {
      this.hasAppointment = true;
      const at = Number.parseInt(head.slice(closeAt + closeAtHeader.length + 1), 10) / 1000;
      this.appointments.keep(at, () => connection.close());
    } else if (options.afterAnswer === 'reset' || head.includes('\r\nX-Close: rst')) {
      connection.reset();
    } else if (closes) {
      connection.close();
    } else if (options.keepAliveTimeoutMs > 0) {
      clearTimeout(this.idle);
      this.idle = setTimeout(() => connection.close(), options.keepAliveTimeoutMs);
    }
  }

  ended(): void {
    clearTimeout(this.idle);
    const { onClientFin, closeDelayMs } = this.options;
    if (onClientFin === 'leak' || this.hasAppointment) return;
    if (closeDelayMs > 0) setTimeout(() => this.connection.close(), closeDelayMs);
    else this.connection.close();
  }

  failed(): void {
    clearTimeout(this.idle);
    // Reset by the client or a failed write: counted by the client and the kernel.
  }
}

/** Like Node's own server: an HTTP/1.0 client that does not ask for keep-alive waits for the end of the connection. */
function asksToClose(head: string): boolean {
  const connection = /\r\nconnection:[ \t]*([^\r]*)/i.exec(head)?.[1]?.toLowerCase() ?? '';
  if (connection.includes('close')) return true;
  return head.slice(0, head.indexOf('\r\n')).endsWith('HTTP/1.0') && !connection.includes('keep-alive');
}

const answers = new Map<string, string>();

function answerText(status: 200 | 404, closes: boolean): string {
  const key = `${status}${closes}`;
  let text = answers.get(key);
  if (text === undefined) {
    const body = bodies[status];
    const connection = closes ? 'close' : 'keep-alive';
    text = `HTTP/1.1 ${status} ${reasons[status]}\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\nConnection: ${connection}\r\n\r\n${body}`;
    answers.set(key, text);
  }
  return text;
}
