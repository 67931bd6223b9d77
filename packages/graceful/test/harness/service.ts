import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { get } from 'node:http'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export type Told = Record<string, unknown>

/** The Node that the fixtures run on: `GRACEFUL_TEST_NODE` names another one. */
const node = process.env['GRACEFUL_TEST_NODE'] ?? process.execPath

/** A fixture process: what it told, and how it ended. */
export class Service {
  readonly told: Told[] = []
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  port = 0
  admin = 0
  readonly #child: ChildProcess
  #wake = new Set<() => void>()

  private constructor(child: ChildProcess) {
    this.#child = child
    // Not 'exit': what it told last may still be on its way then.
    this.exited = once(child, 'close').then(([code, signal]) => {
      this.#changed()
      return { code: code as number | null, signal: signal as NodeJS.Signals | null }
    })
    createInterface({ input: child.stdout! }).on('line', (line) => {
      this.told.push(line.startsWith('{') ? (JSON.parse(line) as Told) : { line })
      this.#changed()
    })
    if (child.stderr) createInterface({ input: child.stderr }).on('line', (line) => this.told.push({ stderr: line }))
  }

  /** `fixture` is a file in `../fixtures`, or the URL of one elsewhere; `stderr: 'told'` records what the fixture says there. */
  static async start(
    settings: {
      fixture?: string
      options?: object
      hooks?: object[]
      env?: NodeJS.ProcessEnv
      node?: string
      stderr?: 'told'
    } = {},
  ) {
    const file = new URL(settings.fixture ?? 'service.mjs', new URL('../fixtures/', import.meta.url))
    const child = spawn(settings.node ?? node, [fileURLToPath(file)], {
      stdio: ['ignore', 'pipe', settings.stderr === 'told' ? 'pipe' : 'inherit', 'ipc'],
      env: {
        ...process.env,
        OPTIONS: JSON.stringify({ shutdownDelay: 300, timeout: 5_000, ...settings.options }),
        HOOKS: JSON.stringify(settings.hooks ?? []),
        ...settings.env,
      },
    })
    started.add(child)
    const service = new Service(child)
    const first = await service.tells(({ listening, started: ready }) => listening !== undefined || ready !== undefined)
    service.port = first['listening'] as number
    service.admin = first['admin'] as number
    return service
  }

  get pid(): number {
    return this.#child.pid!
  }

  signal(signal: NodeJS.Signals = 'SIGTERM'): void {
    this.#child.kill(signal)
  }

  send(message: string | object): void {
    this.#child.send(message)
  }

  /** The first thing told that matches, now or later. */
  async tells(matches: (told: Told) => boolean): Promise<Told> {
    for (;;) {
      const found = this.told.find(matches)
      if (found !== undefined) return found
      if (this.#child.exitCode !== null || this.#child.signalCode !== null)
        throw new Error(`the service ended first: ${JSON.stringify(this.told)}`)
      await new Promise<void>((resolve) => {
        this.#wake.add(resolve)
      })
    }
  }

  async state(state: string): Promise<void> {
    await this.tells((told) => told['state'] === state && told['previous'] !== undefined)
  }

  handlersRun(url: string): number {
    return this.told.filter(({ handler }) => handler === url).length
  }

  get report(): Told {
    return this.told.find(({ report }) => report !== undefined)?.['report'] as Told
  }

  /** The status of a probe. */
  async probe(path: string, method = 'GET'): Promise<{ status: number; body: string }> {
    return new Promise((resolve, reject) => {
      const request = get({ port: this.admin, host: '127.0.0.1', path, method, agent: false }, (response) => {
        let body = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => (body += chunk))
        response.on('end', () => resolve({ status: response.statusCode!, body }))
      })
      request.on('error', reject)
    })
  }

  #changed(): void {
    for (const wake of this.#wake) wake()
    this.#wake.clear()
  }
}

const started = new Set<ChildProcess>()

/** For afterEach: nothing outlives its test. */
export function killServices(): void {
  for (const child of started) child.kill('SIGKILL')
  started.clear()
}
