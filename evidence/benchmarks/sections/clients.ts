import { spawn } from 'node:child_process'
import { accessSync, constants, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { summary } from '../../base/statistics.ts'
import { BARE, layers } from '../../contenders/contenders.ts'
import type { ClientArguments, ClientUsage } from '../clients/usage.ts'
import type { Effort, Findings, Section } from '../section.ts'
import { Server } from '../server.ts'

const RATE = 2_000
const CONNECTIONS = 50
const MS = 5_000
/** Ticks of the kernel's clock in a second, the unit of /proc. */
const TICKS = 100

interface Tool {
  readonly name: string
  readonly loop: string
  readonly checks: string
  /** Returns the CPU time of the client, in ms. */
  readonly run: (options: ClientArguments) => Promise<number>
}

const node = (file: string): Tool['run'] => {
  const program = fileURLToPath(new URL(`../clients/${file}`, import.meta.url))
  return async ({ url, rate, ms, reuse }) => {
    const { output } = await exec(process.execPath, [program, url, String(rate), String(ms), reuse ? 'reuse' : 'new'])
    return (JSON.parse(output) as ClientUsage).cpuMs
  }
}

const hey: Tool['run'] = async ({ url, rate, ms, reuse }) => {
  const flags = ['-z', `${ms / 1_000}s`, '-c', String(CONNECTIONS), '-q', String(rate / CONNECTIONS)]
  const { cpuMs } = await exec('hey', [...flags, ...(reuse ? [] : ['-disable-keepalive']), url])
  return cpuMs
}

const vegeta: Tool['run'] = async ({ url, rate, ms, reuse }) => {
  const folder = mkdtempSync(join(tmpdir(), 'vegeta-'))
  try {
    const flags = [`-rate=${rate}`, `-duration=${ms / 1_000}s`, `-connections=${CONNECTIONS}`, `-keepalive=${reuse}`]
    const { cpuMs } = await exec('vegeta', ['attack', ...flags, `-output=${join(folder, 'results')}`], `GET ${url}/\n`)
    return cpuMs
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const TOOLS: readonly Tool[] = [
  { name: 'zero-drop', loop: 'open', checks: 'each, by its id; each is in a ledger', run: node('zero-drop.ts') },
  { name: 'autocannon', loop: 'closed, with a rate', checks: 'status classes', run: node('autocannon.ts') },
  { name: 'hey', loop: 'closed, with a rate', checks: 'status counts', run: hey },
  { name: 'vegeta', loop: 'open', checks: 'status counts', run: vegeta },
]

/** Tools that are programs of their own. They are left out where they are not installed. */
const OPTIONAL = new Set(['hey', 'vegeta'])

async function exec(
  program: string,
  args: readonly string[],
  input = '',
): Promise<{ readonly output: string; readonly cpuMs: number }> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.end(input)
  let output = ''
  child.stdout.on('data', (bytes: Buffer) => void (output += bytes.toString()))
  let cpuMs = 0
  const timer = setInterval(() => (cpuMs = cpuOf(child.pid ?? 0) ?? cpuMs), 50)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  clearInterval(timer)
  if (code !== 0) throw new Error(`${program} ended with ${code}`)
  return { output, cpuMs }
}

/** Returns the CPU time of a process and of its ended children, in ms; undefined when it has ended. */
function cpuOf(pid: number): number | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
    return ([11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]), 0) * 1_000) / TICKS
  } catch {
    return undefined
  }
}

const isInstalled = (program: string): boolean =>
  (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })

async function measure({ quick, log }: Effort): Promise<Findings | string> {
  if (process.platform !== 'linux') return 'Not measured: it reads /proc, which only Linux has.'
  const tools = TOOLS.filter(({ name }) => !OPTIONAL.has(name) || isInstalled(name))
  const contender = layers.find(({ name }) => name === BARE) ?? layers[0]!
  const rows: string[][] = []
  for (const tool of tools) {
    const perSecond: string[] = []
    for (const reuse of [true, false]) {
      const rounds: number[] = []
      for (let round = 0; round < (quick ? 1 : 3); round++) {
        const server = await Server.start(contender, { env: { KEEP_ALIVE_TIMEOUT: '60000' } })
        const url = `http://127.0.0.1:${server.port}`
        const cpuMs = await tool.run({ url, rate: RATE, ms: quick ? 2_000 : MS, reuse })
        const { requests } = await server.measure()
        await server.kill()
        rounds.push(requests / (cpuMs / 1_000))
        log(
          `${tool.name}, ${reuse ? 'reused' : 'new'} connections: ${requests} requests, ${Math.round(cpuMs)} ms of CPU`,
        )
      }
      perSecond.push(Math.round(summary(rounds).median).toLocaleString('en'))
    }
    rows.push([tool.name, tool.loop, tool.checks, ...perSecond])
  }
  return {
    text: [
      `How many requests one second of CPU sends and checks, at ${RATE.toLocaleString('en')} requests/s to the bare server for ${MS / 1_000} s: more is cheaper. The CPU time is`,
      'that of the whole client process, and the server counts the requests. zero-drop checks and records every request, so that each has exactly one outcome; the others count statuses.',
      `Medians of ${quick ? 1 : 3} rounds. hey and vegeta are measured where they are installed.`,
    ].join('\n'),
    head: [
      'client',
      'loop',
      'checks of the responses',
      'requests per CPU second, reused connections',
      'new connections',
    ],
    rows,
    plots: [],
  }
}

/** The cost of the clients of zero-drop beside those of load generators. */
export const clientsSection: Section = { id: 'clients', title: 'Cost of a request for the client', measure }
