import { BARE, layers, OURS, type Contender } from '../../contenders/contenders.ts'
import { throughput, type Mode, type Throughput } from '../load/throughput.ts'
import type { Bar } from '../plot.ts'
import type { Effort, Findings, Section } from '../section.ts'
import { Server, type ServerSettings } from '../server.ts'
import { freePorts } from '../../../packages/graceful/test/harness/free-ports.ts'
import { quantile, summary, type Summary } from '../../base/statistics.ts'

const CONTROL = 'server.close(), again'

/** A server whose cost is measured. The first one of a section is the baseline, and the second one is the baseline again. */
interface Entrant {
  readonly name: string
  readonly start: () => Promise<Server>
}

const entrant = (contender: Contender, name = contender.name, settings: ServerSettings = {}): Entrant => ({
  name,
  start: async () => Server.start(contender, settings),
})

const bare = layers.filter(({ name }) => name === BARE)
const contenders: readonly Entrant[] = [
  ...bare.map((contender) => entrant(contender)),
  ...bare.map((contender) => entrant(contender, CONTROL)),
  ...layers.filter(({ name }) => name !== BARE).map((contender) => entrant(contender)),
]

const ours = layers.find(({ name }) => name === OURS)!
const ALONE = new URL('../../contenders/programs/alone.mjs', import.meta.url)

/** The same program, without code for its shutdown. */
async function startAlone(env: Readonly<Record<string, string>>): Promise<Server> {
  const [port] = await freePorts(1)
  return Server.start({ ...ours, fixture: ALONE }, { env: { PORT: `${port}`, ...env } })
}

/** The delay of the preload by default. For such a delay, the library counts the connections of each source. */
const ADAPTIVE = { min: 2_000, expected: 10_000, max: 15_000 }

const waysIn: readonly Entrant[] = [
  { name: 'no library', start: async () => startAlone({}) },
  { name: 'no library, again', start: async () => startAlone({}) },
  entrant(ours, 'createGraceful in the code', { delay: ADAPTIVE }),
  {
    name: 'the preload',
    start: async () => startAlone({ NODE_OPTIONS: ours.preload!, GRACEFUL_ADMIN_PORT: '0' }),
  },
]

/** The share of the rounds with the lowest CPU time. Other load on the machine only adds CPU time, so these were disturbed least. */
const UNDISTURBED = 0.1

type Round = ReadonlyMap<string, Throughput>

/** How long a contender is under load at a time, in ms. Other load on the machine rarely changes within this time. */
const SLICE = 400

async function run(mode: Mode, measured: readonly Entrant[], { quick, log }: Effort): Promise<Round[]> {
  const [generations, roundsEach] = quick ? [1, 4] : [4, 10]
  const rounds: Round[] = []
  for (let generation = 0; generation < generations; generation++) {
    const servers = new Map<string, Server>()
    for (const { name, start } of measured) servers.set(name, await start())
    // During the first round, V8 compiles the hot code.
    await oneRound(mode, servers, 0)
    for (let round = 0; round < roundsEach; round++) rounds.push(await oneRound(mode, servers, round))
    for (const server of servers.values()) await server.kill()
    log(`${mode}: ${rounds.length} of ${generations * roundsEach} rounds`)
  }
  return rounds
}

/** Rotates the order (A B C, B C A, C A B …), so that no contender is always the first. */
async function oneRound(mode: Mode, servers: ReadonlyMap<string, Server>, turn: number): Promise<Round> {
  const seen = new Map<string, Throughput>()
  const all = [...servers]
  for (const index of all.keys()) {
    const [name, server] = all[(index + turn) % all.length]!
    seen.set(name, await throughput(server, mode, SLICE))
  }
  return seen
}

interface Cost {
  readonly name: string
  readonly cpu: Summary
  readonly cpuRatio: Summary
  readonly undisturbed: number
  readonly rateRatio: Summary
}

/** Compares each server with the first one. */
function costs(measured: readonly Entrant[], rounds: readonly Round[]): Cost[] {
  const base = measured[0]!.name
  const ratios = (name: string, of: (one: Throughput) => number) =>
    summary(rounds.map((round) => of(round.get(name)!) / of(round.get(base)!)))
  const cpuOf = (name: string) => rounds.map((round) => round.get(name)!.cpuPerRequest)
  return measured.map(({ name }) => ({
    name,
    cpu: summary(cpuOf(name)),
    cpuRatio: ratios(name, ({ cpuPerRequest }) => cpuPerRequest),
    undisturbed: quantile(cpuOf(name), UNDISTURBED) / quantile(cpuOf(base), UNDISTURBED),
    rateRatio: ratios(name, ({ requestsPerSecond }) => requestsPerSecond),
  }))
}

const head = ['', 'CPU µs per request', 'ratio to bare', 'least disturbed tenth', 'requests/s, ratio to bare']

const cells = ({ name, cpu, cpuRatio, undisturbed, rateRatio }: Cost, suffix = ''): string[] => [
  `${name}${suffix}`,
  cpu.median.toFixed(1),
  `${cpuRatio.median.toFixed(3)} (${range(cpuRatio)})`,
  undisturbed.toFixed(3),
  `${rateRatio.median.toFixed(3)} (${range(rateRatio)})`,
]

const howToRead = (control: Cost, rounds: readonly Round[]): string[] => [
  `Each server runs for ${SLICE} ms in each of ${rounds.length} rounds, in several generations of processes; each ratio compares two results of the`,
  `same round. The table shows medians, with quartiles in brackets. The bare server runs twice in each round: the ratio of`,
  `"${control.name}" (× ${range(control.cpuRatio)}) shows the noise of the machine. The column "least disturbed tenth" compares the tenth of`,
  `the rounds with the lowest CPU time, because other load on the machine only increases it.`,
]

function findings(mode: Mode, rounds: readonly Round[]): Findings {
  const all = costs(contenders, rounds)
  const control = all.find(({ name }) => name === CONTROL)!
  const kind = mode === 'keep-alive' ? 'that stay open' : 'and a new connection for each request'
  const bars = all.map(({ name, cpuRatio }): Bar => ({
    label: name,
    value: cpuRatio.median,
    range: [cpuRatio.low, cpuRatio.high],
    text: `× ${cpuRatio.median.toFixed(3)}`,
    highlighted: name === OURS,
  }))
  return {
    text: [
      `CPU time of the server process (user and system) per request, and requests per second, under autocannon with 50 connections ${kind}.`,
      `"Bare" is "${BARE}", which does nothing before the signal.`,
      ...howToRead(control, rounds),
    ].join('\n'),
    head,
    rows: all.map((cost) => cells(cost)),
    plots: [{ file: `cpu-${mode}`, title: `Server CPU per request, ratio to bare (${mode})`, bars }],
  }
}

const range = ({ low, high }: { low: number; high: number }): string => `${low.toFixed(3)}–${high.toFixed(3)}`

export const keepAliveSection: Section = {
  id: 'cpu',
  title: 'Cost of a request before the signal',
  measure: async (effort) => findings('keep-alive', await run('keep-alive', contenders, effort)),
}

export const newConnectionSection: Section = {
  id: 'cpu-new',
  title: 'Cost of a connection before the signal',
  measure: async (effort) => findings('new-connections', await run('new-connections', contenders, effort)),
}

export const preloadSection: Section = {
  id: 'preload',
  title: 'Cost of the preload before the signal',
  async measure(effort) {
    const kept = await run('keep-alive', waysIn, effort)
    const fresh = await run('new-connections', waysIn, effort)
    const all = costs(waysIn, kept)
    return {
      text: [
        `The same program without the library ("bare"), with \`createGraceful\` in its code, and with the preload: CPU time of the process (user and`,
        `system) per request, and requests per second, under autocannon with 50 connections that stay open, and with 50 connections and a new one`,
        `for each request. Both have the adaptive delay of the preload, for which the library counts the connections of each source.`,
        ...howToRead(all[1]!, kept),
      ].join('\n'),
      head,
      rows: [
        ...all.map((cost) => cells(cost)),
        ...costs(waysIn, fresh).map((cost) => cells(cost, ', new connections')),
      ],
      plots: [],
    }
  },
}
