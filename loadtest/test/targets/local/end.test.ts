import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import {
  WAIT,
  FIXTURES,
  POD,
  temporaryFolder,
  manifestsWith,
  make,
  start,
  roll,
  ofType,
  get,
  isAlive,
  stillOpen,
} from '../../fixtures/local-target.ts'

describe.concurrent('the end of a local target', () => {
  test('restore ends every process after, during and before a rollout', async (context) => {
    const [after, middle, before] = [
      make(context, { seed: 11 }),
      make(context, { seed: 12 }),
      make(context, { seed: 13 }),
    ]
    await Promise.all([after, middle].map(start))
    await roll(after)
    const abort = new AbortController()
    const rolling = middle.target.rollout(abort.signal)
    const starting = start(before).catch((error: unknown) => error)
    await context.expect.poll(() => ofType(middle.events, 'pod-terminating').length, WAIT).toBe(1)
    abort.abort()
    expect(await rolling).toEqual({ status: 'interrupted' })
    const restored = [after, middle, before].map(({ target }) => target.restore({ kept: false }))
    expect(await Promise.all(restored)).toEqual([undefined, undefined, undefined])
    await starting
    const pods = [after, middle, before].flatMap(({ events }) => ofType(events, 'pod-created').map(({ pod }) => pod))
    expect(pods.length).toBeGreaterThan(9)
    expect(await Promise.all([after, middle].map(({ output }) => stillOpen(output)))).toEqual([[], []])
    await expect(get(after.target.urls[0] ?? '')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  test('restore does not replace the processes that it ends', async (context) => {
    const mark = `restored-${process.pid}`
    const run = make(context, { command: [process.execPath, POD, mark] })
    await start(run)
    const marked = (): string[] =>
      execFileSync('ps', ['-A', '-o', 'args='], { encoding: 'utf8' })
        .split('\n')
        .filter((line) => line.includes(mark))
    expect(marked().length).toBe(3)
    await run.target.restore({ kept: false })
    // Long enough for a controller to start replacements.
    await sleep(1_000)
    expect(marked()).toEqual([])
  })

  test('restore during the start fails the start and leaves no process', async (context) => {
    const run = make(context)
    const starting = start(run).catch((error: unknown) => error)
    await context.expect.poll(() => run.output.length, WAIT).toBeGreaterThan(0)
    await run.target.restore({ kept: false })
    expect(await starting).toMatchObject({ name: 'HarnessError' })
    expect(await stillOpen(run.output)).toEqual([])
  })

  test('log files contain the output of each pod to its end', async (context) => {
    const logDirectory = temporaryFolder(context)
    const run = make(context, { logDirectory, manifests: manifestsWith(context, { 'replicas: 3': 'replicas: 1' }) })
    await start(run)
    await roll(run)
    await run.target.restore({ kept: false })
    const [old] = ofType(run.events, 'pod-gone')
    expect(readFileSync(join(logDirectory, `${old?.pod}.log`), 'utf8')).toMatch(/listens on \d+\nSIGTERM in /u)
  })

  test.for(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)(
    'no process outlives a harness that dies of %s',
    async (signal, context) => {
      const harness = fork(join(FIXTURES, 'programs/harness.js'), [], {
        execArgv: [],
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      })
      const [pids] = (await once(harness, 'message')) as [number[]]
      expect(pids.length).toBe(3)
      expect(pids.every(isAlive)).toBe(true)
      harness.kill(signal)
      await once(harness, 'exit')
      await context.expect.poll(() => pids.filter(isAlive), WAIT).toEqual([])
    },
  )
})
