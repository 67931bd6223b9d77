import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { node, type Message } from './service.js'

const PACKAGE = fileURLToPath(new URL('../..', import.meta.url))

interface ProgramSettings {
  /** Arguments before the file. Default: the preload, as the documentation has it. */
  readonly args?: readonly string[]
  readonly env?: NodeJS.ProcessEnv
  /** Starts the program in a process group of its own. */
  readonly ownGroup?: boolean
  /** Gives the program a channel to this process, as a process manager does. Its messages are recorded, too. */
  readonly channel?: boolean
}

export const PRELOAD = ['--import', '@cloud-communal/graceful/register'] as const

/** A program that knows nothing of the library: its lines on stdout and stderr, and its exit. */
export class Program {
  readonly messages: Message[] = []
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  readonly #child: ChildProcess
  readonly #wake = new Set<() => void>()
  #over = false

  /** `file` is a fixture in `../fixtures/preloaded`. */
  constructor(file: string, { args = PRELOAD, env = {}, ownGroup = false, channel = false }: ProgramSettings = {}) {
    const { GRACEFUL_TEST_NODE: _, ...inherited } = process.env
    const path = fileURLToPath(new URL(`../fixtures/preloaded/${file}`, import.meta.url))
    this.#child = spawn(node, [...args, path], {
      cwd: PACKAGE,
      stdio: ['ignore', 'pipe', 'pipe', ...(channel ? (['ipc'] as const) : [])],
      detached: ownGroup,
      env: { ...inherited, ...env },
    })
    started.add(this.#child)
    this.exited = once(this.#child, 'close').then(([code, signal]) => {
      this.#over = true
      this.#notify()
      return { code: code as number | null, signal: signal as NodeJS.Signals | null }
    })
    this.#child.on('message', (sent) => {
      this.messages.push({ sent })
      this.#notify()
    })
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      createInterface({ input: stream }).on('line', (line) => {
        this.messages.push(line.startsWith('{"') ? (JSON.parse(line) as Message) : { line })
        this.#notify()
      })
    }
  }

  get pid(): number {
    return this.#child.pid!
  }

  signal(signal: NodeJS.Signals = 'SIGTERM'): void {
    this.#child.kill(signal)
  }

  /** Sends a signal to the process group, as a terminal does. */
  signalGroup(signal: NodeJS.Signals): void {
    process.kill(-this.pid, signal)
  }

  /** Returns the first message that matches, now or later. */
  async waitFor(matches: (message: Message) => boolean): Promise<Message> {
    for (;;) {
      const found = this.messages.find(matches)
      if (found !== undefined) return found
      if (this.#over) throw new Error(`the program exited before the message came: ${JSON.stringify(this.messages)}`)
      await new Promise<void>((resolve) => {
        this.#wake.add(resolve)
      })
    }
  }

  async waitForState(state: string): Promise<Message> {
    return this.waitFor((message) => message['state'] === state && message['previous'] !== undefined)
  }

  /** Returns the messages of the library's log with this text. */
  logged(text: string): Message[] {
    return this.messages.filter(({ msg }) => typeof msg === 'string' && msg.includes(text))
  }

  get report(): Message {
    return this.messages.find(({ report }) => report !== undefined)?.['report'] as Message
  }

  #notify(): void {
    for (const wake of this.#wake) wake()
    this.#wake.clear()
  }
}

const started = new Set<ChildProcess>()

/** Kills every program of a test; call it in `afterEach`. */
export function killPrograms(): void {
  for (const child of started) child.kill('SIGKILL')
  started.clear()
}
