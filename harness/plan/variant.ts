import { Scenario } from '../model/scenario.ts';

/** A scenario as each of its variants, or itself where it has none. Those that are not valid are left out (plan.ts). Pure. */
export function variantsOf(scenario: Scenario): Scenario[] {
  const changes = Object.values(scenario.variants ?? {});
  if (changes.length === 0) return [scenario];
  return changes.flatMap((one) => Scenario.safeParse(mergeDeep(scenario, one)).data ?? []);
}

/** Merges `changes` into `base`: objects are merged, everything else (arrays too) is replaced; null removes. Pure. */
export function mergeDeep(base: unknown, changes: unknown): unknown {
  if (!isPlainObject(base) || !isPlainObject(changes)) return changes;
  // A discriminated union must not keep fields of its other shape.
  if ('loop' in changes && changes.loop !== base.loop) return changes;
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(changes)) {
    // Named like this it would replace what the object inherits.
    if (key === '__proto__') continue;
    if (value === null) delete merged[key];
    else merged[key] = Object.hasOwn(base, key) ? mergeDeep(base[key], value) : value;
  }
  return merged;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
