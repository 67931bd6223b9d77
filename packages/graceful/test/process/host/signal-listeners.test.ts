import { EventEmitter, once } from 'node:events'
import { beforeEach, describe, expect, test } from 'vitest'
import { SignalListeners } from '../../../src/process/host/signal-listeners.js'

let process: EventEmitter
let listeners: SignalListeners
let calls: string[]

beforeEach(() => {
  process = new EventEmitter()
  listeners = new SignalListeners(process)
  calls = []
})

const record = (name: string) => {
  const listener = (...args: unknown[]): void => void calls.push([name, ...args].join(' '))
  Object.defineProperty(listener, 'name', { value: name })
  return listener
}
/** Delivers the signal as Node does, in a later turn. */
const deliver = async (): Promise<void> => {
  await new Promise((resolve) => void setImmediate(resolve))
  process.emit('SIGTERM', 'SIGTERM', 15)
}
const callDeferred = (): void => {
  for (const { call } of listeners.deferred('SIGTERM')) call(['SIGTERM', 15])
}

describe('signal listeners that are deferred', () => {
  test.each([
    ['on, before the library', () => process.on('SIGTERM', record('other')), () => {}],
    ['on, after the library', () => {}, () => process.on('SIGTERM', record('other'))],
    ['once, before the library', () => process.once('SIGTERM', record('other')), () => {}],
    ['once, after the library', () => {}, () => process.once('SIGTERM', record('other'))],
    ['prependListener, after the library', () => {}, () => process.prependListener('SIGTERM', record('other'))],
    ['prependOnceListener, after the library', () => {}, () => process.prependOnceListener('SIGTERM', record('other'))],
  ])('are not called by the signal, and later once with its arguments: %s', async (_, before, after) => {
    before()
    listeners.add('SIGTERM', record('library'))
    listeners.defer('SIGTERM')
    after()
    await deliver()
    expect(calls).toEqual(['library SIGTERM 15'])
    callDeferred()
    expect(calls).toEqual(['library SIGTERM 15', 'other SIGTERM 15'])
  })

  test('keep their order, among themselves', async () => {
    process.on('SIGTERM', record('first'))
    listeners.add('SIGTERM', record('library'))
    process.on('SIGTERM', record('second'))
    listeners.defer('SIGTERM')
    process.on('SIGTERM', record('third'))
    process.prependListener('SIGTERM', record('zeroth'))
    await deliver()
    callDeferred()
    expect(calls.map((call) => call.split(' ')[0])).toEqual(['library', 'zeroth', 'first', 'second', 'third'])
  })

  test('look to other code as before', async () => {
    const [first, second] = [record('first'), record('second')]
    listeners.add('SIGTERM', record('library'))
    listeners.defer('SIGTERM')
    process.on('SIGTERM', first)
    process.once('SIGTERM', second)
    await deliver()
    expect(process.listenerCount('SIGTERM')).toBe(3)
    expect(process.listeners('SIGTERM').slice(1)).toEqual([first, second])
    process.off('SIGTERM', first)
    process.off('SIGTERM', second)
    expect(process.listenerCount('SIGTERM')).toBe(1)
    callDeferred()
    expect(calls).toEqual(['library SIGTERM 15'])
  })

  test('of `once` are removed by their call, and the promise of events.once resolves', async () => {
    listeners.add('SIGTERM', record('library'))
    listeners.defer('SIGTERM')
    const received = once(process, 'SIGTERM')
    await deliver()
    callDeferred()
    expect(await received).toEqual(['SIGTERM', 15])
    expect(listeners.deferred('SIGTERM')).toEqual([])
    expect(process.listenerCount('SIGTERM')).toBe(1)
  })

  test('are not called if a listener before them removes them, and not if a listener adds them', async () => {
    listeners.add('SIGTERM', record('library'))
    listeners.defer('SIGTERM')
    const removed = record('removed')
    process.on('SIGTERM', () => {
      process.off('SIGTERM', removed)
      process.on('SIGTERM', record('added'))
    })
    process.on('SIGTERM', removed)
    await deliver()
    callDeferred()
    expect(calls).toEqual(['library SIGTERM 15'])
  })

  test.each([
    ['before the library', (hide: () => void) => hide(), () => {}],
    ['after the library', () => {}, (hide: () => void) => hide()],
  ])('do not include a listener that the runner of the program hides: %s', async (_, before, after) => {
    const hidden = record('hidden')
    const hide = (): void => {
      process.on('SIGTERM', hidden)
      const all = process.listeners.bind(process)
      process.listeners = (event) => all(event).filter((listener) => listener !== hidden)
    }
    before(hide)
    process.on('SIGTERM', record('other'))
    listeners.add('SIGTERM', record('library'))
    listeners.defer('SIGTERM')
    after(hide)
    await deliver()
    expect(calls).toEqual(['library SIGTERM 15', 'hidden SIGTERM 15'])
    expect(listeners.deferred('SIGTERM').map(({ name }) => name)).toEqual(['other'])
  })

  test('have the name of their function and the place of the call that added them', async () => {
    process.on('SIGTERM', record('early'))
    listeners.add('SIGTERM', record('library'))
    listeners.defer('SIGTERM')
    process.on('SIGTERM', () => {})
    await deliver()
    expect(listeners.deferred('SIGTERM').map(({ name, where }) => [name, where])).toEqual([
      ['early', undefined],
      ['anonymous', expect.stringMatching(/signal-listeners\.test\.ts:\d+:\d+/)],
    ])
  })

  test('are back in their place when the last attachment has ended', async () => {
    const other = record('other')
    process.on('SIGTERM', other)
    process.once('SIGTERM', other)
    const before = process.rawListeners('SIGTERM')
    const ends = [1, 2].flatMap((n) => [listeners.add('SIGTERM', record(`library ${n}`)), listeners.defer('SIGTERM')])
    ends.slice(0, 2).forEach((end) => end())
    await deliver()
    expect(calls).toEqual(['library 2 SIGTERM 15'])
    ends.slice(2).forEach((end) => end())
    expect(process.rawListeners('SIGTERM')).toEqual(before)
    expect(process.listenerCount('newListener') + process.listenerCount('removeListener')).toBe(0)
  })
})

test('other code cannot remove the listener of the library', async () => {
  const remove = listeners.add('SIGTERM', record('library'))
  process.on('SIGTERM', record('other'))
  const counts: number[] = []
  // Node itself listens here, and restores the default action of a signal without listeners.
  process.on('removeListener', () => counts.push(process.listenerCount('SIGTERM')))
  process.removeAllListeners('SIGTERM')
  await deliver()
  expect(calls).toEqual(['library SIGTERM 15'])
  expect(Math.min(...counts)).toBe(1)
  remove()
  expect(process.listenerCount('SIGTERM')).toBe(0)
})
