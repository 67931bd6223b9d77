// The routes of the benchmarks. They do almost nothing, and report the resource usage of their process.
import { print } from '../../packages/graceful/test/fixtures/output.mjs'
import { collectGarbage } from '../base/garbage.ts'

let requests = 0
/** Responds to `/` at once, and to `/N` after N ms. */
export const createRoutes = () => (request, response) => {
  requests += 1
  if (request.url === '/') response.end('hello')
  else setTimeout(() => response.end('hello'), Number(request.url.slice(1)))
}

process.on('message', ({ id, gc, watch }) => {
  if (gc) collectGarbage()
  if (watch) watchBlocks()
  const { rss, heapUsed, external } = process.memoryUsage()
  const { user, system } = process.cpuUsage()
  print({
    measured: id,
    requests,
    cpu: user + system,
    rss,
    heap: heapUsed + external,
    now: performance.now(),
    block: longestBlock,
  })
})
process.channel.unref()

// A timer measures the blocks of the event loop, because monitorEventLoopDelay misses a block during which the process exits.
const TICK = 1
let longestBlock = 0
let last = performance.now()
let ticking
const tick = () => {
  const now = performance.now()
  longestBlock = Math.max(longestBlock, now - last - TICK)
  last = now
}
/** Measures the blocks from now on. */
function watchBlocks() {
  longestBlock = 0
  last = performance.now()
  ticking ??= setInterval(tick, TICK).unref()
}
// The contender decides when a listener of the application runs.
const emit = process.emit.bind(process)
process.emit = function observed(event, ...values) {
  if (event === 'SIGTERM') watchBlocks()
  return emit(event, ...values)
}
process.on('exit', () => {
  tick()
  print({ longestBlock })
})
