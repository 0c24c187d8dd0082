export * from './cell.ts';
export * from './errors.ts';
export * from './journal.ts';
export * from './protocol.ts';
export * from './report.ts';
export * from './scenario.ts';
export * from './vocabulary.ts';
