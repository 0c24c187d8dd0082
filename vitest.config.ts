import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: 'test/build-first.ts',
    // Style sheets are imported as text (?raw), which Vitest otherwise makes empty.
    css: true,
    reporters: ['default', './test/closing-line.ts'],
    // Real stacks share two cores: side by side they would disturb each other.
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          // Most start programs, which a busy machine makes wait.
          testTimeout: 20_000,
          include: ['{harness,scenarios,scripts}/**/*.test.ts', 'test/{pipeline,programs,project}/**/*.test.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'real',
          include: ['test/{netns,docker,swarm,browser,package}/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
