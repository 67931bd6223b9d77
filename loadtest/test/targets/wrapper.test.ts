import { describe, expect, it } from 'vitest'
import { wrapperIn } from '../../src/targets/wrapper.ts'

describe('the program that takes SIGTERM', () => {
  it.each([
    [['npm start'], 'npm'],
    [['npm', 'run', 'serve'], 'npm'],
    [['/usr/bin/node', '/usr/lib/node_modules/npm/bin/npm-cli.js', 'start'], 'npm'],
    [['npm exec node server.js'], 'npx'],
    [['npx', 'tsx', 'server.ts'], 'npx'],
    [['pnpm', 'start'], 'pnpm'],
    [['node', '/usr/local/bin/pnpm.cjs', 'start'], 'pnpm'],
    [['node', '/opt/yarn/bin/yarn.js', 'start'], 'yarn'],
    [['sh', '-c', 'node server.js'], 'sh -c'],
    [['/bin/bash', '-ec', 'migrate && exec node server.js'], 'bash -c'],
    [['/bin/sh', './start.sh'], 'sh'],
    [['go', 'run', 'main.go'], 'go run'],
  ])('%j: %s starts the service as its child', (argv, wrapper) => {
    expect(wrapperIn(argv)).toBe(wrapper)
  })

  it.each([
    [['node', 'server.js']],
    [['node', '--import', 'register', '/app/npm.js']],
    [['sh', '-c', 'exec node server.js']],
    [['go', 'build']],
    [['python3', '-m', 'http.server']],
    [['/app/server']],
    [['sh']],
    [[]],
  ])('%j is the service itself', (argv) => {
    expect(wrapperIn(argv)).toBeUndefined()
  })
})
