import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { afterEach, expect, test } from 'vitest'
import { probePath } from '../../src/admin/probes.js'

const workers: Worker[] = []
afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.terminate()
})

test.each([
  [undefined, '/'],
  ['', ''],
  ['/', '/'],
  ['///', '/'],
  ['/livez', '/livez'],
  ['/livez///', '/livez'],
  ['/livez/?verbose=/', '/livez'],
  ['//livez//x', '//livez//x'],
])('the path of %o is %o', (url, path) => {
  expect(probePath(url)).toBe(path)
})

test('a path of a million slashes takes linear time', async () => {
  // A quadratic search takes 10^12 steps. It runs in a worker, which the test can terminate.
  const probes = JSON.stringify(new URL('../../dist/admin/probes.js', import.meta.url))
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads')
     import(${probes}).then(({ probePath }) => parentPort.postMessage(probePath('/'.repeat(2 ** 20) + 'x').length))`,
    { eval: true },
  )
  workers.push(worker)
  expect(await once(worker, 'message')).toEqual([2 ** 20 + 1])
})
