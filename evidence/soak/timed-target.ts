import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RunHooks } from '../../loadtest/dist/proof/run-options.js'
import type { RolloutOutcome, Target, TargetListener } from '../../loadtest/dist/targets/target.js'

/** How often the target reports that a pod got SIGTERM, in ms, so that the run accounts for hazard windows too. */
const POD_EVERY = 10_000

/** A server in another process whose "rollout" only lasts a given time. */
export class TimedTarget implements Target {
  readonly description = 'a fast server'
  readonly urls: string[] = []
  readonly #ms: number
  readonly #hooks: RunHooks
  readonly #server: ChildProcess
  #listener: TargetListener = () => undefined

  constructor(ms: number, hooks: RunHooks) {
    this.#ms = ms
    this.#hooks = hooks
    this.#server = fork(new URL('server.ts', import.meta.url), { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
  }

  async start(listener: TargetListener): Promise<void> {
    this.#listener = listener
    const lines = createInterface({ input: this.#server.stdout! })
    const [port] = (await once(lines, 'line')) as [string]
    lines.on('line', (line) => this.#hooks.podOutput('server', line))
    this.urls.push(`http://127.0.0.1:${port}`)
  }

  async rollout(signal: AbortSignal): Promise<RolloutOutcome> {
    const end = Date.now() + this.#ms
    for (let number = 1; Date.now() < end && !signal.aborted; number += 1) {
      const pod = `pod-${number}`
      this.#listener({ at: Date.now(), type: 'pod-terminating', pod })
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
