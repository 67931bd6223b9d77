import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** The process of an example. */
export class Service {
  output = ''
  readonly exited: Promise<Exit>
  readonly #child: ChildProcess

  constructor(node: string, folder: string, args: readonly string[], env: Readonly<Record<string, string>>) {
    this.#child = spawn(node, args, {
      cwd: folder,
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], NODE_ENV: 'production', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const read = (data: Buffer) => void (this.output += data.toString())
    this.#child.stdout!.on('data', read)
    this.#child.stderr!.on('data', read)
    // `close` comes after the last output.
    this.exited = once(this.#child, 'close').then(([code, signal]) => ({ code, signal }))
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }
}
