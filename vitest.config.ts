import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{packages/*,loadtest,k8s,evidence}/test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
})
