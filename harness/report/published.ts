/** Figures that somebody else published for the experiment of a scenario, shown beside ours. */
export interface Published {
  source: string;
  profiles: readonly [string, string];
  rows: readonly { side: string; state: string; values: readonly [number | null, number | null]; note?: string }[];
}

export const published: Readonly<Record<string, Published>> = {
  'wrk-tomcat': {
    source:
      'published in 2021: Tomcat 8.5 and wrk -c 100 -t 2 -d 300 on two hosts, states by netstat and conntrack -L while it ran',
    profiles: ['tw-reuse-0', 'tw-reuse-1'],
    rows: [
      { side: 'server', state: 'ESTABLISHED', values: [93, 103] },
      { side: 'server', state: 'TIME_WAIT', values: [19_980, 13_628] },
      { side: 'server', state: 'conntrack TIME_WAIT', values: [12_361, null] },
      { side: 'client', state: 'ESTABLISHED', values: [101, 99] },
      { side: 'client', state: 'TIME_WAIT', values: [11_782, 7_018], note: '+1 SYN_SENT; +1 CLOSING' },
      { side: 'client', state: 'conntrack TIME_WAIT', values: [21_081, null] },
    ],
  },
};
