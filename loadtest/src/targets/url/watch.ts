import { setTimeout as sleep } from 'node:timers/promises'
import type { Access } from '../../base/wire/access.js'
import { now, toEpoch } from '../../base/clock.js'
import { HarnessError } from '../../base/errors.js'
import { plural } from '../../base/text.js'
import { authorOf, runCommand } from '../command.js'
import { assertUrlsAnswer } from '../reachable.js'
import type { RolloutOutcome, Target, TargetListener } from '../target.js'
import { TargetWork } from '../work.js'
import { listenersOf } from './listeners.js'

/** The options of a target of which nothing is known but its URLs. */
export interface UrlWatchOptions {
  /** The base URLs that the load goes to. At least one. */
  readonly urls: readonly string[]
  /** The headers and the TLS settings of the user. */
  readonly access: Access
  /** The program and the arguments that restart the service. Empty: somebody else restarts it. */
  readonly command: readonly string[]
  /** How long the window stays open, in ms: after the end of the command, or in all. */
  readonly patienceMs: number
  /** How long the command may run, in ms. */
  readonly timeoutMs: number
}

/**
 * Creates a target for a service that something else restarts, such as `docker compose up` or `systemctl restart`. No pod is seen: one
 * hazard window lasts from the start of the command until `patienceMs` after its end.
 */
export const createUrlWatch = (options: UrlWatchOptions): Target => new UrlWatch(options)

const POLL_MS = 100
/** Without a command, the window stays open this long after the last replacement that was seen. */
const QUIET_MS = 10_000

class UrlWatch implements Target {
  readonly description: string
  readonly urls: readonly string[]
  readonly #options: UrlWatchOptions
  readonly #work = new TargetWork()
  /** By URL: the sockets that listened before the window. */
  #before: readonly (ReadonlySet<string> | undefined)[] = []
  #listener: TargetListener = () => {}

  constructor(options: UrlWatchOptions) {
    this.#options = options
    this.urls = options.urls
    this.description = `${options.urls.join(', ')}, restarted by ${authorOf(options.command)}`
  }

  async start(listener: TargetListener): Promise<void> {
    this.#listener = listener
    await assertUrlsAnswer(this.urls, this.#options.access)
    this.#before = await this.#listeners()
  }

  rollout(signal: AbortSignal): Promise<RolloutOutcome> {
    return this.#work.follow(this.#rollout(AbortSignal.any([signal, this.#work.signal])))
  }

  async restore(): Promise<string | undefined> {
    await this.#work.stop()
    this.#listener = () => {}
    return undefined
  }

  async #rollout(signal: AbortSignal): Promise<RolloutOutcome> {
    if (this.#before.length === 0) throw new HarnessError('rollout before start')
    const { command, patienceMs, timeoutMs } = this.#options
    const detail = `by ${authorOf(command)}`
    this.#listener({ at: toEpoch(now()), type: 'rollout-started', detail })
    this.#listener({ at: toEpoch(now()), type: 'window-opened', detail })
    if (command.length > 0) {
      const failure = await runCommand(command, timeoutMs, signal)
      if (signal.aborted) return { status: 'interrupted' }
      if (failure !== undefined) {
        this.#listener({ at: toEpoch(now()), type: 'rollout-failed', reason: failure })
        return { status: 'failed', reason: failure }
      }
    }
    const replaced = await this.#wait(patienceMs, command.length === 0, signal)
    if (signal.aborted) return { status: 'interrupted' }
    this.#listener({ at: toEpoch(now()), type: 'window-closed', replaced: replaced ?? null })
    this.#listener({ at: toEpoch(now()), type: 'rollout-finished', detail })
    return { status: 'finished' }
  }

  /** Keeps the window open. Returns what shows that the service was replaced. */
  async #wait(patienceMs: number, endsEarly: boolean, signal: AbortSignal): Promise<string | undefined> {
    const end = now() + patienceMs
    let seen: string | undefined
    let quietAt = Infinity
    while (now() < Math.min(end, quietAt) && !signal.aborted) {
      // oxlint-disable-next-line no-await-in-loop -- waits in turns
      const replaced = await this.#replaced()
      if (endsEarly && replaced !== seen) quietAt = now() + QUIET_MS
      seen = replaced
      // oxlint-disable-next-line no-await-in-loop -- as above
      await sleep(POLL_MS, undefined, { signal }).catch(() => {})
    }
    return this.#replaced()
  }

  async #replaced(): Promise<string | undefined> {
    const present = await this.#listeners()
    const sentences = this.urls.flatMap((url, index) => {
      const old = this.#before[index]
      const now_ = present[index]
      if (old === undefined || now_ === undefined || old.size === 0) return []
      const gone = [...old].filter((inode) => !now_.has(inode)).length
      if (gone === 0) return []
      return `${gone === old.size ? '' : `${gone} of `}${plural(old.size, 'listening socket')} of ${url} replaced`
    })
    return sentences.length === 0 ? undefined : sentences.join(', ')
  }

  async #listeners(): Promise<(ReadonlySet<string> | undefined)[]> {
    return Promise.all(this.urls.map(async (url) => listenersOf(url)))
  }
}
