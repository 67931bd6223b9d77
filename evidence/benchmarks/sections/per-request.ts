import { BARE, layers, OURS, type Contender } from '../../contenders/contenders.ts'
import { throughput, type Mode, type Throughput } from '../load/throughput.ts'
import type { Bar } from '../plot.ts'
import type { Effort, Findings, Section } from '../section.ts'
import { Server } from '../server.ts'
import { quantile, summary } from '../../base/statistics.ts'

const CONTROL = 'server.close(), again'

const bare = layers.filter(({ name }) => name === BARE)
const measured: readonly Contender[] = [
  ...bare,
  ...bare.map((contender) => ({ ...contender, name: CONTROL })),
  ...layers.filter(({ name }) => name !== BARE),
]

/** The share of the rounds with the lowest CPU time. Other load on the machine only adds CPU time, so these were disturbed least. */
const UNDISTURBED = 0.1

type Round = ReadonlyMap<string, Throughput>

/** How long a contender is under load at a time, in ms. Other load on the machine rarely changes within this time. */
const SLICE = 400

async function run(mode: Mode, { quick, log }: Effort): Promise<Round[]> {
  const [generations, roundsEach] = quick ? [1, 4] : [4, 10]
  const rounds: Round[] = []
  for (let generation = 0; generation < generations; generation++) {
    const servers = new Map<string, Server>()
    for (const contender of measured) servers.set(contender.name, await Server.start(contender))
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
  for (const index of measured.keys()) {
    const { name } = measured[(index + turn) % measured.length]!
    seen.set(name, await throughput(servers.get(name)!, mode, SLICE))
  }
  return seen
}

function findings(mode: Mode, rounds: readonly Round[]): Findings {
  const ratios = (name: string, of: (one: Throughput) => number) =>
    summary(rounds.map((round) => of(round.get(name)!) / of(round.get(BARE)!)))
  const cpuOf = (name: string) => rounds.map((round) => round.get(name)!.cpuPerRequest)
  const all = measured.map(({ name }) => ({
    name,
    cpu: summary(cpuOf(name)),
    cpuRatio: ratios(name, ({ cpuPerRequest }) => cpuPerRequest),
    undisturbed: quantile(cpuOf(name), UNDISTURBED) / quantile(cpuOf(BARE), UNDISTURBED),
    rateRatio: ratios(name, ({ requestsPerSecond }) => requestsPerSecond),
  }))
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
      `Each contender runs for ${SLICE} ms in each of ${rounds.length} rounds, in several generations of processes. "Bare" is "${BARE}", which does`,
      `nothing before the signal; each ratio compares two results of the same round. The table shows medians, with quartiles in brackets. The bare`,
      `server runs twice in each round: the ratio of "${CONTROL}" (× ${range(control.cpuRatio)}) shows the noise of the machine. The column "least`,
      `disturbed tenth" compares the tenth of the rounds with the lowest CPU time, because other load on the machine only increases it.`,
    ].join('\n'),
    head: ['', 'CPU µs per request', 'ratio to bare', 'least disturbed tenth', 'requests/s, ratio to bare'],
    rows: all.map(({ name, cpu, cpuRatio, undisturbed, rateRatio }) => [
      name,
      cpu.median.toFixed(1),
      `${cpuRatio.median.toFixed(3)} (${range(cpuRatio)})`,
      undisturbed.toFixed(3),
      `${rateRatio.median.toFixed(3)} (${range(rateRatio)})`,
    ]),
    plots: [{ file: `cpu-${mode}`, title: `Server CPU per request, ratio to bare (${mode})`, bars }],
  }
}

const range = ({ low, high }: { low: number; high: number }): string => `${low.toFixed(3)}–${high.toFixed(3)}`

export const keepAliveSection: Section = {
  id: 'cpu',
  title: 'Cost of a request before the signal',
  measure: async (effort) => findings('keep-alive', await run('keep-alive', effort)),
}

export const newConnectionSection: Section = {
  id: 'cpu-new',
  title: 'Cost of a connection before the signal',
  measure: async (effort) => findings('new-connections', await run('new-connections', effort)),
}
