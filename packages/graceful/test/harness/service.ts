import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { get } from 'node:http'
import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** One JSON line that a fixture printed. */
export type Message = Record<string, unknown>

/** Path of the Node that runs the fixtures. `GRACEFUL_TEST_NODE` selects another one. */
export const node = process.env['GRACEFUL_TEST_NODE'] ?? process.execPath

const HELD_DELAY = new URL('../fixtures/held-delay.mjs', import.meta.url).href

/** A fixture process: its messages and its exit. */
export class Service {
  readonly messages: Message[] = []
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  port = 0
  admin = 0
  readonly #child: ChildProcess
  #wake = new Set<() => void>()

  private constructor(child: ChildProcess) {
    this.#child = child
    // At 'exit' the last messages can still be on their way.
    this.exited = once(child, 'close').then(([code, signal]) => {
      this.#notify()
      return { code: code as number | null, signal: signal as NodeJS.Signals | null }
    })
    createInterface({ input: child.stdout! }).on('line', (line) => {
      this.messages.push(line.startsWith('{') ? (JSON.parse(line) as Message) : { line })
      this.#notify()
    })
    if (child.stderr)
      createInterface({ input: child.stderr }).on('line', (line) => this.messages.push({ stderr: line }))
  }

  /**
   * Starts a fixture and waits until it listens. `fixture` is a file in `../fixtures`, or the URL of another file.
   * `stderr: 'messages'` records the lines on stderr, too. With `holdDelay`, the propagation delay after SIGTERM lasts until `passDelay`.
   */
  static async start(
    settings: {
      fixture?: string
      options?: object
      hooks?: object[]
      env?: NodeJS.ProcessEnv
      node?: string
      stderr?: 'messages'
      holdDelay?: true
    } = {},
  ) {
    const file = new URL(settings.fixture ?? 'service.mjs', new URL('../fixtures/', import.meta.url))
    const options = { shutdownDelay: 300, timeout: 20_000, ...settings.options }
    const preload = settings.holdDelay ? ['--import', HELD_DELAY] : []
    const child = spawn(settings.node ?? node, [...preload, fileURLToPath(file)], {
      stdio: ['ignore', 'pipe', settings.stderr === 'messages' ? 'pipe' : 'inherit', 'ipc'],
      env: {
        ...process.env,
        OPTIONS: JSON.stringify(options),
        HELD_MS: String(options.shutdownDelay),
        HOOKS: JSON.stringify(settings.hooks ?? []),
        ...settings.env,
      },
    })
    started.add(child)
    const service = new Service(child)
    const first = await service.waitFor(
      ({ listening, started: ready }) => listening !== undefined || ready !== undefined,
    )
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

  /** Ends the propagation delay of a service with `holdDelay`. */
  passDelay(): void {
    this.signal('SIGUSR2')
  }

  send(message: string | object): void {
    this.#child.send(message)
  }

  /** Passes an accepted socket to the fixture. */
  sendSocket(socket: Socket): void {
    this.#child.send('socket', socket)
  }

  /** Returns the first message that matches, now or later. */
  async waitFor(matches: (message: Message) => boolean): Promise<Message> {
    for (;;) {
      const found = this.messages.find(matches)
      if (found !== undefined) return found
      if (this.#child.exitCode !== null || this.#child.signalCode !== null)
        throw new Error(`the service exited before the message arrived: ${JSON.stringify(this.messages)}`)
      await new Promise<void>((resolve) => {
        this.#wake.add(resolve)
      })
    }
  }

  async waitForState(state: string): Promise<void> {
    await this.waitFor((message) => message['state'] === state && message['previous'] !== undefined)
  }

  handlersRun(url: string): number {
    return this.messages.filter(({ handler }) => handler === url).length
  }

  get report(): Message {
    return this.messages.find(({ report }) => report !== undefined)?.['report'] as Message
  }

  /** Sends a probe to the admin listener. */
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

  #notify(): void {
    for (const wake of this.#wake) wake()
    this.#wake.clear()
  }
}

const started = new Set<ChildProcess>()

/** Kills every fixture of a test; call it in `afterEach`. */
export function killServices(): void {
  for (const child of started) child.kill('SIGKILL')
  started.clear()
}
