import type { LoadLatencies } from '../model/journal.ts';

/** For an engine that does not measure latency. */
export const noLatencies: LoadLatencies = {
  connectCallUs: null,
  connectLatencyUs: null,
  requestLatencyUs: null,
  scheduleLagUs: null,
};
