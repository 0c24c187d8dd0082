import * as z from 'zod';

/** One column of `npm run kernels`: how the scenarios ran under one kernel. */
export const KernelColumn = z.strictObject({
  /** As named in --kernels; also the name of its folder. */
  label: z.string(),
  /** As `uname -r` printed it; `null`: it did not boot. */
  kernel: z.string().nullable(),
  /** `native`: the machine's own kernel; `kvm`, `tcg`: a virtual machine; `null`: not started. */
  accelerator: z.enum(['native', 'kvm', 'tcg']).nullable(),
  /** `ran`: all of its reports are there, whatever their verdicts; `failed`: see `reason`. */
  state: z.enum(['ran', 'failed']),
  reason: z.string().nullable(),
  /** Last lines of its console, or of the lab's output inside, where it failed. */
  lastLines: z.array(z.string()),
  /** From the start of QEMU until the first process was ready, ms; `null`: no virtual machine, or it did not boot. */
  bootMs: z.number().nullable(),
  /** How much faster (+) or slower (−) its clock ran than the host's: 0.001 is 1 ms a second. `null`: not known. */
  clockError: z.number().nullable(),
  /** Connections per second in a closed loop, measured before the run; `null`: not measured. */
  capacityPerSec: z.number().nullable(),
  /** Exit code of the run inside; `null`: it did not end. */
  exitCode: z.int().nullable(),
});
export type KernelColumn = z.infer<typeof KernelColumn>;

/** kernels.json, beside the folders of the runs. */
export const KernelsRecord = z.strictObject({
  version: z.literal(1),
  /** Arrivals per second to which open loops were slowed down in every column; `null`: none was. */
  maxRate: z.number().nullable(),
  columns: z.array(KernelColumn),
});
export type KernelsRecord = z.infer<typeof KernelsRecord>;
