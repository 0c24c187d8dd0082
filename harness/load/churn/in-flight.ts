import type { Exchange } from './exchange.ts';

/** The exchanges in flight, longest waiting first. An intrusive linked list, because a Set would hash each one. */
export class InFlight {
  size = 0;
  private first: Exchange | null = null;
  private last: Exchange | null = null;

  add(exchange: Exchange): void {
    exchange.earlier = this.last;
    if (this.last === null) this.first = exchange;
    else this.last.later = exchange;
    this.last = exchange;
    this.size++;
  }

  remove(exchange: Exchange): void {
    const { earlier, later } = exchange;
    if (earlier === null) this.first = later;
    else earlier.later = later;
    if (later === null) this.last = earlier;
    else later.earlier = earlier;
    exchange.earlier = null;
    exchange.later = null;
    this.size--;
  }

  get oldest(): Exchange | null {
    return this.first;
  }
}
