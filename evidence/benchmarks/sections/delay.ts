import { measured, OURS, type Contender } from '../../contenders/contenders.ts'
import { missingAddress } from '../limits.ts'
import { Source, type Counts } from '../load/source.ts'
import type { Effort, Findings, Section } from '../section.ts'
import { Server, type Ending, type ServerSettings } from '../server.ts'
import { mulberry32 } from '../../../loadtest/dist/base/random.js'
import { quantile } from '../../base/statistics.ts'

const FIXED = 5_000
/** The library's default with this budget. */
const ADAPTIVE = { min: 2_000, expected: 10_000, max: 15_000 }
const BUDGET = 25_000
/** The nodes of the cluster. Each sends the same load to the pod. */
const addresses = ['127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5']
const RATE = 20
const KEEP_ALIVE = 3
/** How long the nodes send before the signal, in ms. */
const BEFORE = 4_000

interface Entrant {
  readonly name: string
  readonly contender: Contender
  readonly settings: ServerSettings
}

/** The distribution of the switch times of a node's proxy, in ms after the signal. */
interface Scenario {
  readonly name: string
  readonly switchAfter: (random: () => number) => number
}

const scenarios: readonly Scenario[] = [
  { name: 'kube-proxy, 1 s sync (0.2–1.7 s)', switchAfter: (next) => 200 + next() * 1_500 },
  { name: 'kube-proxy, 10 s sync (0.5–10 s)', switchAfter: (next) => 500 + next() * 9_500 },
]

const seconds = FIXED / 1_000

/** The library with both kinds of delay, and its peers with a fixed delay: by their option or by a sleep before their shutdown. */
const entrants: readonly Entrant[] = measured.flatMap((contender): Entrant[] => {
  const { name, delay } = contender
  if (name === OURS) {
    return [
      { name: `${name}, adaptive`, contender, settings: { delay: ADAPTIVE, budget: BUDGET } },
      { name: `${name}, ${seconds} s`, contender, settings: { delay: FIXED, budget: BUDGET } },
    ]
  }
  if (delay) return [{ name: `${name}, ${seconds} s`, contender, settings: { delay: FIXED, budget: BUDGET } }]
  const asleep = { delay: FIXED, budget: BUDGET, env: { SLEEP: 'true' } }
  return [
    { name, contender, settings: { budget: BUDGET } },
    { name: `${name}, after a sleep of ${seconds} s`, contender, settings: asleep },
  ]
})

interface Outcome extends Counts {
  readonly ending: Ending
}

async function terminate({ contender, settings }: Entrant, scenario: Scenario, seed: number): Promise<Outcome> {
  const server = await Server.start(contender, settings)
  const next = mulberry32(seed)
  const sources = addresses.map(
    (address) => new Source({ port: server.port, address, rate: RATE, keepAlive: KEEP_ALIVE, random: next }),
  )
  await new Promise((resolve) => void setTimeout(resolve, BEFORE))
  // The same switch times for every entrant.
  const moments = mulberry32(seed)
  for (const source of sources) setTimeout(() => source.leave(), scenario.switchAfter(moments))
  const ending = await server.terminate()
  const counts = await Promise.all(sources.map(async (source) => source.counts()))
  const total = (of: (one: Counts) => number) => counts.reduce((sum, one) => sum + of(one), 0)
  return { ending, answered: total(({ answered }) => answered), lost: total(({ lost }) => lost) }
}

interface Job {
  readonly entrant: Entrant
  readonly scenario: Scenario
  readonly seed: number
}

async function runAll(jobs: readonly Job[], log: Effort['log']): Promise<Map<Job, Outcome>> {
  const queue = [...jobs]
  const outcomes = new Map<Job, Outcome>()
  const worker = async () => {
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
      const outcome = await terminate(job.entrant, job.scenario, job.seed)
      outcomes.set(job, outcome)
      log(`${job.entrant.name}, ${job.scenario.name}: ${outcome.lost} lost, ${Math.round(outcome.ending.ms)} ms`)
    }
  }
  // Jobs mostly wait, so a few of them can run at once.
  await Promise.all(Array.from({ length: 5 }, worker))
  return outcomes
}

async function measure({ quick, log }: Effort): Promise<Findings | string> {
  const missing = await missingAddress(addresses)
  if (missing !== undefined) return missing
  const seeds = quick ? [1] : [1, 2, 3]
  const jobs = entrants.flatMap((entrant) =>
    scenarios.flatMap((scenario) => seeds.map((seed): Job => ({ entrant, scenario, seed }))),
  )
  const outcomes = await runAll(jobs, log)
  const cells = (entrant: Entrant) =>
    scenarios.flatMap((scenario) => {
      const own = jobs.flatMap((job) =>
        job.entrant === entrant && job.scenario === scenario ? [outcomes.get(job)!] : [],
      )
      const exits = own.map(({ ending }) => ending.ms / 1_000)
      return [
        `${lostOf(own)} of ${own.reduce((sum, one) => sum + one.lost + one.answered, 0)}`,
        `${quantile(exits, 0.5).toFixed(1)} (${quantile(exits, 0).toFixed(1)}–${quantile(exits, 1).toFixed(1)})`,
      ]
    })
  return {
    text: [
      `A pod is terminated while ${addresses.length} nodes, each with its own address, send requests to it. Each node opens ${RATE} connections per second at random and`,
      `holds ${KEEP_ALIVE} busy keep-alive connections. It keeps sending to this pod until its proxy switches. The switch times come from ${seeds.length} seeds, the same`,
      `for every contender. "Lost" counts the requests of all ${seeds.length} terminations. "SIGTERM to exit" is the median, with the minimum and the maximum in`,
      `brackets. Peers without an option for a delay run as documented, and once more with a sleep of ${seconds} s before their shutdown.`,
    ].join('\n'),
    head: ['', ...scenarios.flatMap(({ name }) => [`${name}: lost`, 'SIGTERM to exit, s'])],
    rows: entrants.map((entrant) => [entrant.name, ...cells(entrant)]),
    plots: scenarios.map((scenario, index) => ({
      file: `delay-${index + 1}`,
      title: `Requests lost, ${scenario.name}`,
      bars: entrants.map((entrant) => ({
        label: entrant.name,
        value: lostOf(
          jobs.flatMap((job) => (job.entrant === entrant && job.scenario === scenario ? [outcomes.get(job)!] : [])),
        ),
        highlighted: entrant.contender.name === OURS,
      })),
    })),
  }
}

const lostOf = (outcomes: readonly Outcome[]): number => outcomes.reduce((sum, one) => sum + one.lost, 0)

export const delaySection: Section = { id: 'delay', title: 'From SIGTERM to exit while proxies switch', measure }
