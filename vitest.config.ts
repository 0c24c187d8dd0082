import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

/**
 * Tests with real network stacks that run three files at a time: most of the time they wait, and what they assert does
 * not depend on how fast a cell is. The others run alone, because two cores are not enough for more.
 */
const beside = [
  'test/netns/{programs,kernels,advice,mutations,client-mutations,your-program,server-command,loopback}.test.ts',
  'test/netns/{observe-cure,faults,safety,revoked,scenario-files,other-pid-namespace}.test.ts',
  'test/{browser,package,swarm}/**/*.test.ts',
];

function real(name: string, test: TestProjectInlineConfiguration['test']): TestProjectInlineConfiguration {
  return { extends: true, test: { name, testTimeout: 120_000, hookTimeout: 120_000, ...test } };
}

export default defineConfig({
  test: {
    globalSetup: 'test/build-first.ts',
    // Style sheets are imported as text (?raw), which Vitest otherwise makes empty.
    css: true,
    reporters: ['default', './test/closing-line.ts'],
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
      real('beside', { maxWorkers: 3, sequence: { groupOrder: 1 }, include: beside }),
      real('real', {
        fileParallelism: false,
        sequence: { groupOrder: 2 },
        include: ['test/{netns,docker,swarm,browser,package}/**/*.test.ts'],
        exclude: beside,
      }),
    ],
  },
});
