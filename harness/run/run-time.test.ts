import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { LoadResult, RunTime } from '../model/journal.ts';
import { AgentMeasurement } from '../model/protocol.ts';
import { toRunTime } from './run-time.ts';

/** A value of the schema: times are `time`, every other number is 0. */
function sampleOf(schema: z.core.$ZodType, time: number): unknown {
  if (schema === RunTime) return time;
  if (schema instanceof z.ZodObject) {
    return Object.fromEntries(
      Object.entries(schema.shape as z.core.$ZodShape).map(([name, field]) => [name, sampleOf(field, time)]),
    );
  }
  if (schema instanceof z.ZodArray) return [sampleOf(schema.element, time)];
  if (schema instanceof z.ZodNullable || schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) {
    return sampleOf(schema.def.innerType, time);
  }
  if (schema instanceof z.ZodRecord) {
    return { [String(sampleOf(schema.keyType, time))]: sampleOf(schema.valueType, time) };
  }
  if (schema instanceof z.ZodUnion) return sampleOf(schema.options[0] as z.core.$ZodType, time);
  if (schema instanceof z.ZodBoolean) return true;
  if (schema instanceof z.ZodLiteral) return schema.value;
  if (schema instanceof z.ZodEnum) return schema.options[0];
  return schema instanceof z.ZodString ? 'text' : 0;
}

describe('toRunTime', () => {
  it.each(
    AgentMeasurement.options.map((option) => [option.shape.type.value, option] as const),
  )('moves every time of a %s event and nothing else', (_, option) => {
    const event = AgentMeasurement.parse(sampleOf(option, 1000));
    expect(toRunTime(event, 500)).toEqual(sampleOf(option, 1500));
  });

  it('moves every time of a load result', () => {
    const result = LoadResult.parse(sampleOf(LoadResult, 1000));
    expect(toRunTime(result, -250)).toEqual(sampleOf(LoadResult, 750));
  });

  it('keeps null for what has not happened yet', () => {
    const sockets = [{ localPort: 1, createdAt: 10, lastSeenAt: 20, goneAt: null }];
    expect(toRunTime({ type: 'lifetimes', t: 30, sockets }, 5)).toEqual({
      type: 'lifetimes',
      t: 35,
      sockets: [{ localPort: 1, createdAt: 15, lastSeenAt: 25, goneAt: null }],
    });
  });
});
