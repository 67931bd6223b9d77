import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

const ALL = ['{packages/*,loadtest,k8s,evidence}/test/**/*.test.ts']

/** Tests that stall their own process on purpose, or whose result needs a machine with CPU time to spare. */
const TIMING = ['self-watch', 'self-test', 'high-rate', 'reports', 'report-schema'].map(
  (name) => `loadtest/test/**/${name}.test.ts`,
)

/** Tests that prove whole rollouts of real processes, for minutes. */
const ROLLOUTS = ['planted', 'interrupt', 'margin-run'].map((name) => `{loadtest,evidence}/test/**/${name}.test.ts`)

/** Tests of whole runs, whose result needs a machine with CPU time to spare, and tests of packed and installed packages. */
const RUNS = [
  'loadtest/test/**/{starved,runs,browser}.test.ts',
  '{loadtest,packages/graceful}/test/package/*.test.ts',
  'evidence/test/action.test.ts',
]

const CORES = availableParallelism()

// Most tests wait for processes, sockets and timers, so a core serves several files side by side. The projects run one after
// the other. `pnpm test` runs the first two, `.ci/run` all four.
const PROJECTS = [
  {
    name: 'tests',
    include: ALL,
    exclude: [...TIMING, ...ROLLOUTS, ...RUNS],
    maxWorkers: 4 * CORES,
    maxConcurrency: 12,
  },
  { name: 'timing', include: TIMING, maxWorkers: CORES },
  { name: 'rollouts', include: ROLLOUTS, maxWorkers: CORES, maxConcurrency: CORES },
  { name: 'runs', include: RUNS, maxWorkers: CORES },
]

export default defineConfig({
  test: {
    // These limits end a hung test, also on a busy machine. No test measures a duration with them.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 60_000 } },
    projects: PROJECTS.map((project, groupOrder) => ({
      extends: true,
      test: { ...project, sequence: { groupOrder } },
    })),
  },
})
