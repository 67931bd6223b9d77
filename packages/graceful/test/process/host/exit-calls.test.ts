import { EventEmitter } from 'node:events'
import { beforeEach, describe, expect, test } from 'vitest'
import { ExitCalls, type EndingProcess } from '../../../src/process/host/exit-calls.js'

let effects: unknown[]
let process: EndingProcess
let isEnd: boolean
let exits: ExitCalls

const exit = (...args: unknown[]): void => void effects.push(['exit', ...args])

beforeEach(() => {
  effects = []
  isEnd = true
  process = Object.assign(new EventEmitter(), {
    pid: 7,
    exitCode: undefined,
    exit: exit as EndingProcess['exit'],
    kill: (...args: unknown[]): true => {
      effects.push(['kill', ...args])
      return true
    },
  })
  exits = new ExitCalls(process, () => {}, {
    isHandled: (signal) => signal === 'SIGTERM',
    isEnd: (signal) => isEnd && signal === 'SIGTERM',
    onCall: (call) => void effects.push(call),
  })
})

const nextTurn = async (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))
const call = (code?: number | string | null): void => void (code === undefined ? process.exit() : process.exit(code))

describe('process.exit()', () => {
  test('works as before until it is deferred, and after that', () => {
    const restore = exits.install()
    call()
    call(3)
    const release = exits.hold()
    release()
    call(4)
    restore()
    expect(effects).toEqual([['exit'], ['exit', 3], ['exit', 4]])
    expect(process).toHaveProperty('exit', exit)
  })

  test('returns while it is deferred, and is recorded with its caller', () => {
    exits.install()
    exits.hold()
    call(0)
    expect(exits.calls).toEqual([{ method: 'exit', code: 0, caller: expect.stringContaining('exit-calls.test.ts') }])
    expect(effects).toEqual(exits.calls)
  })

  test.each([
    ['3', '3', 3],
    ['null, with exitCode 4', null, 4],
    ['nothing, with exitCode 4', undefined, 4],
    ['an invalid code', 'x', 1],
  ])('takes %s', (_, code, expected) => {
    process.exitCode = 4
    exits.install()
    exits.hold()
    call(code)
    expect(exits.calls).toMatchObject([{ code: expected }])
  })

  test.each([
    [[0], undefined],
    [[143], undefined],
    [[130], 130],
    [[0, 143, 5, 6], 5],
  ])('with the codes %j fails with %s', async (codes, failure) => {
    exits.install()
    exits.hold()
    for (const code of codes) {
      call(code)
      // oxlint-disable-next-line no-await-in-loop -- a call in the same turn would be ignored
      await nextTurn()
    }
    expect(exits.failure).toBe(failure)
  })

  test('ends the turn for its caller: a second call in the same turn is ignored', () => {
    exits.install()
    exits.hold()
    call(0)
    call(1)
    expect(exits.calls).toMatchObject([{ code: 0 }])
  })

  test('records at most 20 calls, and every failure', async () => {
    exits.install()
    exits.hold()
    for (let n = 0; n < 25; n++) {
      call(n === 24 ? 9 : 0)
      // oxlint-disable-next-line no-await-in-loop -- as above
      await nextTurn()
    }
    expect(exits.calls).toHaveLength(20)
    expect(exits.failure).toBe(9)
  })

  test('by the library exits at once', () => {
    exits.install()
    exits.hold()
    exits.exit(130)
    expect(effects).toEqual([['exit', 130]])
  })
})

describe('process.kill() for the process itself', () => {
  test.each([['SIGTERM'], [15], [undefined]])('with %s is deferred', (signal) => {
    exits.install()
    exits.hold()
    expect(process.kill(7, signal)).toBe(true)
    expect(effects).toMatchObject([{ method: 'kill', code: 0 }])
  })

  test.each([
    ['another signal', 7, 'SIGUSR2'],
    ['SIGKILL', 7, 'SIGKILL'],
    ['signal 0', 7, 0],
    ['another process', 8, 'SIGTERM'],
  ])('is not deferred: %s', (_, pid, signal) => {
    exits.install()
    exits.hold()
    process.kill(pid, signal)
    expect(effects).toEqual([['kill', pid, signal]])
  })

  test('is a signal as any other before the listeners of other code have run', () => {
    exits.install()
    exits.hold()
    isEnd = false
    process.kill(7, 'SIGTERM')
    expect(effects).toEqual([['kill', 7, 'SIGTERM']])
  })
})
