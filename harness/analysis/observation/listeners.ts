import type { ObservedListener } from '../../model/observation.ts';
import type { SocketGroup, SocketLook } from '../../model/socket-look.ts';
import { parsePortList, reservedPortsKey } from '../../model/sysctls.ts';
import { statesOf } from './destinations.ts';
import type { ObservationInput, PortFacts } from './input.ts';
import { type End, timeWait } from './traffic.ts';

/** Kernel memory of a TIME_WAIT at the side that accepted, measured (docs/scenarios/tw-memory.md). Bytes. */
const timeWaitBytes = 285;
const shownClients = 5;

/** Listening ports with what was accepted there; those with most TIME_WAITs first, then by port. */
export function listenersOf(
  { sightings, settings }: ObservationInput,
  ends: readonly End[],
  facts: PortFacts,
  addressText: (hex: string) => string,
): ObservedListener[] {
  const look = sightings.looks.at(-1) as SocketLook;
  const byPort = new Map<number, End>();
  for (const end of ends) if (end.way === 'accepted') byPort.set((end.groups[0] as SocketGroup).port, end);
  const reserved = parsePortList(settings[reservedPortsKey] ?? '');
  const listening = new Map(look.listeners.map((one) => [one.port, one]));
  const ports = new Set([...listening.keys(), ...byPort.keys()]);
  return [...ports]
    .map((port): ObservedListener => {
      const socket = listening.get(port);
      const end = byPort.get(port);
      const timeWaits = end?.states[timeWait] ?? 0;
      const isReserved = reserved.some(({ low, high }) => port >= low && port <= high);
      return {
        address: addressText(socket?.source ?? (end?.groups[0] as SocketGroup).source),
        port,
        process: look.owners?.get(socket?.inode ?? 0) ?? null,
        waiting: socket?.waiting ?? 0,
        states: statesOf(end?.states ?? []),
        acceptedPerSec: end?.perSec ?? (end === undefined ? 0 : null),
        timeWaitPerSec: end?.timeWaitPerSec ?? 0,
        timeWaitBytes: timeWaits * timeWaitBytes,
        clients: clientsOf(end, addressText),
        isInRange: socket !== undefined && port >= facts.range.low && port <= facts.range.high && !isReserved,
      };
    })
    .sort((a, b) => b.timeWaitBytes - a.timeWaitBytes || a.port - b.port);
}

function clientsOf(end: End | undefined, addressText: (hex: string) => string): ObservedListener['clients'] {
  const clients = (end?.groups ?? []).map((group) => {
    const all = group.states.reduce((sum, count) => sum + count, 0);
    const timeWaits = group.states[timeWait] ?? 0;
    return { address: addressText(group.remote), timeWait: timeWaits, open: all - timeWaits };
  });
  return clients.sort((a, b) => b.timeWait - a.timeWait || b.open - a.open).slice(0, shownClients);
}
