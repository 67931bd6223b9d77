import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['packages/*/{test,conformance}/**/*.test.ts', 'loadtest/test/**/*.test.ts', 'k8s/test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
})
