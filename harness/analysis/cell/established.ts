/** A reading of CLOSE_WAIT by a state dump. */
export interface CloseWaitReading {
  t: number;
  closeWait: number;
}

/**
 * ESTABLISHED at every sample. The kernel's gauge Tcp.CurrEstab includes CLOSE_WAIT (RFC 4022 tcpCurrEstab,
 * net/ipv4/tcp.c tcp_set_state), so the larger CLOSE_WAIT of the dumps before and after is subtracted: an estimate, too
 * low where sockets entered CLOSE_WAIT only after the sample. The sampler takes a dump at every new height.
 * `null` where nothing was read, or no dump has a CLOSE_WAIT count. Both time series must be ascending. Pure.
 */
export function establishedOf(
  t: readonly number[],
  currEstab: readonly (number | null | undefined)[],
  dumps: readonly CloseWaitReading[],
): (number | null)[] {
  let next = 0;
  return t.map((at, i) => {
    while (next < dumps.length && (dumps[next] as CloseWaitReading).t <= at) next++;
    const around = [dumps[next - 1], dumps[next]].flatMap((dump) => dump?.closeWait ?? []);
    const gauge = currEstab[i] ?? null;
    return gauge === null || around.length === 0 ? null : Math.max(0, gauge - Math.max(...around));
  });
}
