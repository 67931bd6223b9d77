import { existsSync } from 'node:fs'
import { execFile, spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { isStarved, watchStarvation } from '../../../src/base/machine/starvation.ts'
import type { CpuCounters } from '../../../src/base/machine/starvation.ts'

/** A machine with scripted counters. */
function machine(): { read: () => CpuCounters; after: (ms: number, waited: number, pressure: number) => void } {
  let [waited, pressure] = [1_000, 70_000]
  return {
    read: () => ({ waited, pressure }),
    after: (ms, more, any) => {
      for (let passed = 0; passed < ms; passed += 100) {
        waited += more * 100
        pressure += any * 100
        vi.advanceTimersByTime(100)
      }
    },
  }
}

describe('the starvation watch', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] }))
  afterEach(() => void vi.useRealTimers())

  it('separates the time in which this process waited for a CPU from the rest', () => {
    const { read, after } = machine()
    const begin = performance.now()
    const watch = watchStarvation(read)
    after(10_000, 0.01, 0.3)
    after(10_000, 0.7, 0.3)
    after(10_000, 0.01, 0.3)
    const at = (seconds: number): number => begin + seconds * 1_000
    expect(watch.starved(at(0), at(9))).toBe(false)
    expect(watch.starved(at(11), at(19))).toBe(true)
    expect(watch.starved(at(4), at(14))).toBe(false)
    expect(watch.starved(at(8), at(18))).toBe(true)
    expect(watch.starved(at(21), at(29))).toBe(false)
    expect(watch.stop()).toEqual({ own: 0.24, any: 0.3 })
  })

  it('treats a machine on which a process always waits as starved, and one on which a process often waits as busy', () => {
    const { read, after } = machine()
    const begin = performance.now()
    const watch = watchStarvation(read)
    after(10_000, 0.02, 0.97)
    after(10_000, 0.02, 0.6)
    expect(watch.starved(begin, begin + 10_000)).toBe(true)
    expect(watch.starved(begin + 10_000, begin + 20_000)).toBe(false)
  })

  it('relies on the event loop if the system has no counters', () => {
    const begin = performance.now()
    const watch = watchStarvation(() => ({ waited: undefined, pressure: undefined }))
    vi.advanceTimersByTime(5_000)
    expect(watch.starved(begin, begin + 5_000)).toBe(false)
    expect(watch.stop()).toEqual({ own: 0, any: null })
  })
})

describe('a process whose event loop is blocked', () => {
  it('is starved, whatever the system counts', async () => {
    const watch = watchStarvation(() => ({ waited: undefined, pressure: undefined }))
    const begin = performance.now()
    await sleep(600)
    const until = performance.now() + 2_500
    while (performance.now() < until);
    await sleep(10)
    expect(watch.starved(begin + 600, performance.now())).toBe(true)
    expect(isStarved(watch.stop())).toBe(true)
  })
})

const PROGRAM = fileURLToPath(new URL('../../fixtures/programs/niced.js', import.meta.url))
const HOG = "require('node:os').setPriority(10); const end = Date.now() + 20_000; while (Date.now() < end);"

describe('a process that gets less CPU than it needs', () => {
  // Only Linux has this counter.
  it.runIf(existsSync('/proc/thread-self/schedstat'))('is starved, although its event loop continues', async () => {
    const hogs = Array.from({ length: availableParallelism() * 2 }, () => spawn(process.execPath, ['-e', HOG]))
    try {
      const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM])
      expect(JSON.parse(stdout)).toMatchObject({ starved: true })
    } finally {
      for (const hog of hogs) hog.kill('SIGKILL')
    }
  })
})
