import { type ProgramCase, programCase } from '../program-case.ts';

/** `--trace-errors`: the lab counts exactly what the program counts, and sees a bind(2) that fails too. */
const traced = (given: Parameters<typeof programCase>[0], needs: ProgramCase['needs']) =>
  programCase({ ...given, traced: true, seconds: 8, needs: [...needs, 'strace'] });

export const tracedPrograms: readonly ProgramCase[] = [
  traced(
    {
      name: 'traced: C, 8 threads, blocking connect()',
      command: '{clients}/connect {address} {port} 8 1500 blocking {log}',
      ranOut: true,
      verdicts: ['exhausted'],
    },
    ['cc'],
  ),
  traced(
    {
      name: 'traced: C, 4 threads, non-blocking connect()',
      command: '{clients}/connect {address} {port} 4 1500 non-blocking {log}',
      ranOut: true,
      verdicts: ['exhausted'],
    },
    ['cc'],
  ),
  traced(
    {
      name: 'traced: static Go, net.Dial()',
      command: '{clients}/dial {address} {port} dial 1500 {log}',
      triesPerAttempt: 3,
      ranOut: true,
      verdicts: ['exhausted'],
    },
    ['go'],
  ),
  traced(
    {
      name: 'traced: Python, bind() before connect()',
      command: '{python} {clients}/bind-first.py {address} {port} 1500 plain {log}',
      ranOut: true,
      verdicts: ['exhausted'],
    },
    ['python3'],
  ),
  traced(
    {
      name: 'traced: Python, 900 connections in all',
      command: '{python} {clients}/raw-loop.py {address} {port} {log} --count 900 --per-second 3000',
      ranOut: false,
      // It ends on the way to the last port, with 900 of 1,000 in use.
      verdicts: ['inconclusive'],
    },
    ['python3'],
  ),
];
