import { parseArgs } from 'node:util'
import { CLIENT_CLASSES } from '../../loadtest/dist/clients/index.js'
import type { LedgerTotals } from '../../loadtest/dist/ledger/ledger.js'
import type { Profile } from '../../loadtest/dist/inputs/profile/profile.js'
import type { RunRecord } from '../../loadtest/dist/verdict/story/run-record.js'
import { run as runLoad } from '../../loadtest/dist/proof/run.js'
import { SELF_TEST_PROFILE } from '../../loadtest/dist/proof/self-test/server.js'
import { wholeNumber } from '../base/flags.ts'
import { collectGarbage } from '../base/garbage.ts'
import { memoryOf, mib, overloaded, unbounded, type Sample } from './samples.ts'
import { TimedTarget } from './timed-target.ts'

export const usage = `pnpm evidence soak:memory [flags]
  --seconds N   how long the load lasts; default: 600
  --rate N      requests per second; default: 2000`

const CHECK_EVERY = 1_000
/** A sample is taken at every fifth check. */
const CHECKS_PER_SAMPLE = 5
/** A busy machine may lose a connection now and then. With more losses the load would not be the requested one. */
const ANSWERED_SHARE = 0.999

const profile: Profile = {
  ...SELF_TEST_PROFILE,
  serverLog: {
    requestId: 'requestId',
    started: { field: 'msg', value: 'start' },
    ended: { field: 'msg', value: 'request' },
    finished: { field: 'outcome', value: 'finished' },
  },
}

/** What is collected during the load. */
interface Soak {
  readonly samples: Sample[]
  /** Why the load was ended early. */
  overload?: string | undefined
}

/** Exit codes: 0 means that memory is bounded and the load was the requested one, 1 that one of them is not so. */
export async function run(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { seconds: { type: 'string', default: '600' }, rate: { type: 'string', default: '2000' } },
  })
  const seconds = wholeNumber('--seconds', values.seconds)
  const soak: Soak = { samples: [] }
  const record = await underLoad(seconds, wholeNumber('--rate', values.rate), soak)
  const problems = soak.overload === undefined ? problemsOf(record, soak.samples) : [soak.overload]
  if (soak.overload === undefined) console.log(summary(record, soak.samples, seconds))
  console.log(problems.length === 0 ? 'Memory is bounded.' : `Failed: ${problems.join('; ')}.`)
  return problems.length === 0 ? 0 : 1
}

async function underLoad(seconds: number, rate: number, soak: Soak): Promise<RunRecord> {
  const began = performance.now()
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort())
  let timer: NodeJS.Timeout | undefined
  let checks = 0
  const check = (totals: LedgerTotals): void => {
    const time = Math.round((performance.now() - began) / 1_000)
    soak.overload ??= overloaded(totals.inFlight, rate, time)
    checks += 1
    if (soak.overload !== undefined) stop.abort()
    else if (checks % CHECKS_PER_SAMPLE === 0) soak.samples.push(sample(time, totals))
  }
  try {
    return await runLoad({
      role: 'service',
      round: '',
      createTarget: (_role, hooks) => new TimedTarget(seconds * 1_000, hooks),
      profile,
      clients: CLIENT_CLASSES,
      rate,
      backgroundRate: 20,
      seed: 1,
      limits: { connectMs: 5_000, answerMs: 10_000 },
      warmUpMs: 1_000,
      coolDownMs: 1_000,
      timeoutMs: (seconds + 60) * 1_000,
      restoreAfterwards: false,
      signal: stop.signal,
      watcher: {
        phase: (phase, state) => {
          if (phase === 'warming up') timer = setInterval(() => check(state.totals()), CHECK_EVERY)
          if (phase === 'cooling down') clearInterval(timer)
        },
      },
    })
  } finally {
    clearInterval(timer)
  }
}

/** Takes a sample after a collection, and prints it. */
function sample(seconds: number, { attempts, inFlight, drops }: LedgerTotals): Sample {
  collectGarbage()
  const { heapUsed: heap, arrayBuffers: buffers, rss } = process.memoryUsage()
  const [heapText, buffersText, rssText] = [heap, buffers, rss].map((bytes) => mib(bytes).padStart(11))
  console.log(
    `${String(seconds).padStart(4)} s  heap ${heapText}  buffers ${buffersText}  rss ${rssText}  ` +
      `${attempts} requests, ${inFlight} in flight, ${drops} dropped`,
  )
  return { seconds, heap, buffers, rss, attempts }
}

function problemsOf({ ledger, outcome }: RunRecord, samples: readonly Sample[]): string[] {
  return [
    ...(outcome.status === 'finished' ? [] : [`the run ended with the status ${outcome.status}`]),
    ...unbounded(samples, ledger.attempts),
    ...(ledger.outcomes.answered > ledger.attempts * ANSWERED_SHARE
      ? []
      : [`too many requests without a response: ${JSON.stringify(ledger.outcomes)}`]),
  ]
}

function summary({ ledger, self, serverLog }: RunRecord, samples: readonly Sample[], seconds: number): string {
  const { middle, last, rss, buffers } = memoryOf(samples)
  return [
    `${ledger.attempts} requests in ${seconds} s, ${ledger.outcomes.answered} answered, ${serverLog.summary()?.executed ?? 0} in the log`,
    `heap after a collection at most ${mib(middle)} in the middle third and ${mib(last)} in the last`,
    `buffers ${mib(buffers)} at the end, ${(buffers / ledger.attempts).toFixed(0)} bytes a request`,
    `rss at most ${mib(rss)}`,
    `started ${self.latenessMs.p99 ?? 0} ms late (p99), ${Math.round(self.cpu * 100)} % of a core`,
  ].join('; ')
}
