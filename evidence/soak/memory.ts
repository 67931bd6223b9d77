// `pnpm soak:memory [SECONDS] [RATE]`: the real load and its books against a fast server for ten minutes at 2,000 requests/s, and
// what they need of memory. Exits 1 when it is not bounded, or when the load was not the one that was asked for.
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { CLIENT_CLASSES } from '../../loadtest/dist/clients/index.js'
import type { LedgerTotals } from '../../loadtest/dist/ledger/ledger.js'
import type { Profile } from '../../loadtest/dist/inputs/profile/profile.js'
import { run } from '../../loadtest/dist/proof/run.js'
import type { RunHooks } from '../../loadtest/dist/proof/run-options.js'
import { SELF_TEST_PROFILE } from '../../loadtest/dist/proof/self-test/server.js'
import type { RolloutOutcome, Target, TargetListener } from '../../loadtest/dist/targets/target.js'

const SECONDS = Number(process.argv[2] ?? 600)
const RATE = Number(process.argv[3] ?? 2_000)
const SAMPLE_EVERY = 5_000
/** A pod "gets SIGTERM" this often, so that hazard windows are kept book of, too. */
const POD_EVERY = 10_000
const MIB = 1024 * 1024

/** JavaScript's heap after a collection: the last third may be this much above the middle one, and no more. */
const HEAP_SLACK = 4 * MIB
/** What is kept of each request on purpose, in bytes, with the doubling of its columns; and of anything else, at most. */
const PER_REQUEST = 64
const OTHER_BUFFERS = 32 * MIB

interface Sample {
  readonly seconds: number
  readonly heap: number
  readonly buffers: number
  readonly rss: number
  readonly attempts: number
}

const profile: Profile = {
  ...SELF_TEST_PROFILE,
  serverLog: {
    requestId: 'requestId',
    started: { field: 'msg', value: 'start' },
    ended: { field: 'msg', value: 'request' },
    finished: { field: 'outcome', value: 'finished' },
  },
}

/** A server in another process, whose "rollout" is nothing but time. */
class Soak implements Target {
  readonly description = 'a fast server'
  readonly urls: string[] = []
  readonly #hooks: RunHooks
  readonly #server: ChildProcess
  #listener: TargetListener = () => undefined

  constructor(hooks: RunHooks) {
    this.#hooks = hooks
    this.#server = fork(new URL('server.ts', import.meta.url), { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
  }

  async start(listener: TargetListener): Promise<void> {
    this.#listener = listener
    if (this.#server.stdout === null) throw new Error('the server has no stdout')
    const lines = createInterface({ input: this.#server.stdout })
    const [port] = (await once(lines, 'line')) as [string]
    lines.on('line', (line) => this.#hooks.podOutput('server', line))
    this.urls.push(`http://127.0.0.1:${port}`)
  }

  async rollout(signal: AbortSignal): Promise<RolloutOutcome> {
    const end = Date.now() + SECONDS * 1_000
    for (let number = 1; Date.now() < end && !signal.aborted; number += 1) {
      const pod = `pod-${number}`
      this.#listener({ at: Date.now(), type: 'pod-terminating', pod })
      // oxlint-disable-next-line no-await-in-loop -- the time is the purpose
      await sleep(Math.min(POD_EVERY, end - Date.now()), undefined, { signal }).catch(() => undefined)
      this.#listener({ at: Date.now(), type: 'pod-gone', pod, exitCode: 0, killed: false })
    }
    return signal.aborted ? { status: 'interrupted' } : { status: 'finished' }
  }

  async restore(): Promise<undefined> {
    this.#server.kill()
    await once(this.#server, 'exit')
  }
}

const samples: Sample[] = []
let totals = (): LedgerTotals => ({ attempts: 0, answered: 0, drops: 0, inFlight: 0 })
const began = performance.now()

const mib = (bytes: number): string => `${(bytes / MIB).toFixed(1)} MiB`

function sample(): void {
  globalThis.gc?.()
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage()
  const seconds = Math.round((performance.now() - began) / 1_000)
  const taken = { seconds, heap: heapUsed, buffers: arrayBuffers, rss, attempts: totals().attempts }
  samples.push(taken)
  process.stdout.write(
    `${String(seconds).padStart(4)} s  heap ${mib(heapUsed).padStart(11)}  buffers ${mib(arrayBuffers).padStart(11)}  rss ${mib(rss).padStart(11)}  ${taken.attempts} requests, ${totals().inFlight} in flight, ${totals().drops} dropped\n`,
  )
}

const stop = new AbortController()
process.once('SIGINT', () => stop.abort())
let timer: NodeJS.Timeout | undefined
const record = await run({
  role: 'service',
  round: '',
  createTarget: (_role, hooks) => new Soak(hooks),
  profile,
  clients: CLIENT_CLASSES,
  rate: RATE,
  backgroundRate: 20,
  seed: 1,
  limits: { connectMs: 5_000, answerMs: 10_000 },
  warmUpMs: 1_000,
  coolDownMs: 1_000,
  timeoutMs: (SECONDS + 60) * 1_000,
  restoreAfterwards: false,
  signal: stop.signal,
  watcher: {
    phase: (phase, state) => {
      totals = () => state.totals()
      if (phase === 'rolling out') timer = setInterval(sample, SAMPLE_EVERY)
      if (phase === 'cooling down') clearInterval(timer)
    },
  },
})
clearInterval(timer)

const third = Math.floor(samples.length / 3)
const highest = (of: readonly Sample[], what: 'heap' | 'rss'): number => Math.max(...of.map((each) => each[what]))
const middle = samples.slice(third, 2 * third)
const last = samples.slice(2 * third)
const { ledger, self, outcome } = record
const buffers = samples.at(-1)?.buffers ?? 0
const problems = [
  ...(samples.length < 6 ? ['too short to say anything: give it a minute at least'] : []),
  ...(globalThis.gc ? [] : ['run it with node --expose-gc']),
  ...(outcome.status === 'finished' ? [] : [`it ended as ${outcome.status}`]),
  ...(highest(last, 'heap') > highest(middle, 'heap') + HEAP_SLACK
    ? [`the heap grows: ${mib(highest(middle, 'heap'))} in the middle third, ${mib(highest(last, 'heap'))} in the last`]
    : []),
  ...(buffers > ledger.attempts * PER_REQUEST + OTHER_BUFFERS
    ? [`${mib(buffers)} of buffers are more than ${PER_REQUEST} bytes a request`]
    : []),
  // A busy machine may lose a connection now and then; more would be another load than the one that was asked for.
  ...(ledger.outcomes.answered > ledger.attempts * 0.999
    ? []
    : [`not everything was answered: ${JSON.stringify(ledger.outcomes)}`]),
]
process.stdout.write(
  `${ledger.attempts} requests in ${SECONDS} s, ${ledger.outcomes.answered} answered, ${record.serverLog.summary()?.executed ?? 0} in the log; ` +
    `heap after a collection at most ${mib(highest(middle, 'heap'))} in the middle third and ${mib(highest(last, 'heap'))} in the last; ` +
    `buffers ${mib(buffers)} at the end, ${(buffers / ledger.attempts).toFixed(0)} bytes a request; rss at most ${mib(highest(samples, 'rss'))}; ` +
    `started ${self.latenessMs.p99 ?? 0} ms late (p99), ${Math.round(self.cpu * 100)} % of a core\n` +
    `${problems.length === 0 ? 'Bounded.' : `NOT as it should be: ${problems.join('; ')}.`}\n`,
)
process.exitCode = problems.length === 0 ? 0 : 1
