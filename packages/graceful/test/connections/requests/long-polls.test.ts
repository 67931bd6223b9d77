import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { isLongPoll, whenOnlyLongPolls } from '../../../src/connections/requests/long-polls.js'
import { FakeRuntime } from '../../harness/fake-runtime.js'

test.each([
  ['GET', '/socket.io/?EIO=4&transport=polling&t=abc&sid=def', true],
  ['GET', '/own/path?sid=def&EIO=3&transport=polling', true],
  ['POST', '/socket.io/?EIO=4&transport=polling&sid=def', false],
  ['GET', '/socket.io/?EIO=4&transport=websocket&sid=def', false],
  ['GET', '/report?transport=polling', false],
  ['GET', '/report', false],
])('%s %s is a long poll: %s', (method, url, expected) => {
  expect(isLongPoll({ method, url })).toBe(expected)
})

const request = (url: string): IncomingMessage =>
  Object.assign(new IncomingMessage(new Socket()), { method: 'GET', url })

test('whenOnlyLongPolls waits for other requests and other protocols, calls its function once, and can be stopped', async () => {
  const runtime = new FakeRuntime()
  const poll = request('/socket.io/?EIO=4&transport=polling')
  let inFlight: (IncomingMessage | undefined)[] = [poll, request('/report')]
  let calls = 0
  const stop = whenOnlyLongPolls(
    runtime,
    () => inFlight,
    () => void (calls += 1),
  )
  await runtime.advance(1_000)
  inFlight = [poll, undefined]
  await runtime.advance(1_000)
  inFlight = []
  await runtime.advance(1_000)
  expect(calls).toBe(0)
  inFlight = [poll, poll]
  await runtime.advance(1_000)
  expect(calls).toBe(1)
  expect(runtime.timers).toBe(0)

  inFlight = []
  stop()
  whenOnlyLongPolls(
    runtime,
    () => inFlight,
    () => void (calls += 1),
  )()
  expect(runtime.timers).toBe(0)
})
