import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

const TESTS = '{packages/*,loadtest,k8s,evidence}/test/**/*.test.ts'

/** These tests stall their own process on purpose, or judge the CPU time that it gets. They run one by one, after all others. */
const ALONE = ['loadtest/test/**/self-watch.test.ts', 'loadtest/test/proof/starved.test.ts']

export default defineConfig({
  test: {
    // Limits that end a hung test, also on a busy machine. No test asserts a duration with them.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'tests',
          include: [TESTS],
          exclude: ALONE,
          // Most tests wait for processes, sockets and timers: two cores serve many files side by side.
          maxWorkers: Math.max(6, availableParallelism()),
        },
      },
      {
        extends: true,
        test: { name: 'alone', include: ALONE, maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
    ],
  },
})
