import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { node } from '../harness/service.js'

const fixture = fileURLToPath(new URL('../fixtures/memory.mjs', import.meta.url))

test('after a shutdown and uninstall(), no server stays in memory', async () => {
  const { stdout } = await promisify(execFile)(node, ['--expose-gc', fixture])
  const inMemory = JSON.parse(stdout) as Record<string, number>
  expect(Object.keys(inMemory)).toHaveLength(10)
  expect(inMemory).toEqual(Object.fromEntries(Object.keys(inMemory).map((kind) => [kind, 0])))
})
