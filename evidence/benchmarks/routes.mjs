// The application of the benchmarks, in place of the conformance suite's: it does next to nothing, and measures its process.
import { collectGarbage } from '../base/garbage.ts'

export const print = (fields) => process.stdout.write(`${JSON.stringify(fields)}\n`)

let requests = 0
/** Answers at once, or after `/N` ms. */
export const createRoutes = () => (request, response) => {
  requests += 1
  if (request.url === '/') response.end('hello')
  else setTimeout(() => response.end('hello'), Number(request.url.slice(1)))
}

process.on('message', ({ id, gc }) => {
  if (gc) collectGarbage()
  const { rss, heapUsed, external } = process.memoryUsage()
  const { user, system } = process.cpuUsage()
  print({ measured: id, requests, cpu: user + system, rss, heap: heapUsed + external, now: performance.now() })
})
process.channel.unref()

// From the signal on, by a timer of our own: perf_hooks' monitorEventLoopDelay does not see the block that the process ends in.
const TICK = 1
let longestBlock = 0
let last = performance.now()
const tick = () => {
  const now = performance.now()
  longestBlock = Math.max(longestBlock, now - last - TICK)
  last = now
}
process.prependListener('SIGTERM', () => {
  last = performance.now()
  setInterval(tick, TICK).unref()
})
process.on('exit', () => {
  tick()
  print({ longestBlock })
})
