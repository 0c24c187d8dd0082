/**
 * What a test needs from the machine. If it is missing the test is skipped with the reason; if
 * TIMEWAIT_LAB_REQUIRE names it (`netns,docker,browser`), a skip is a failure.
 */
export function requireOrSkip(
  name: string,
  missing: string | null,
  context: { skip(note?: string): never | undefined },
): void {
  if (missing === null) return;
  const required = (process.env.TIMEWAIT_LAB_REQUIRE ?? '').split(',').map((word) => word.trim());
  if (required.includes(name)) throw new Error(`${name} is required here and missing: ${missing}`);
  context.skip(`${name}: ${missing}`);
}
