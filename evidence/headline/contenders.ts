/** One way to stop the sample service. */
export interface Contender {
  readonly name: string
  /** Its file in `contenders/`. */
  readonly file: string
  /** It has an option, or a place in its documentation, for how long to go on serving after the signal; else a sleep may be put in front. */
  readonly delay: boolean
}

/** A new contender is one file in `contenders/` and one entry here. */
const contenders: readonly Contender[] = [
  { name: 'graceful', file: 'ours', delay: true },
  { name: 'naive: exits at SIGTERM', file: 'naive', delay: true },
  { name: '`server.close()`', file: 'server-close', delay: false },
  { name: 'terminus', file: 'terminus', delay: true },
  { name: 'lightship', file: 'lightship', delay: true },
  { name: 'http-graceful-shutdown', file: 'http-graceful-shutdown', delay: true },
  { name: 'http-terminator', file: 'http-terminator', delay: false },
  { name: 'stoppable', file: 'stoppable', delay: false },
  { name: 'close-with-grace', file: 'close-with-grace', delay: false },
]

/** A contender in one setting: as documented, or with a sleep of the same delay written by hand in front of it. */
export interface Entry extends Contender {
  readonly sleep: boolean
}

/** Every setting that makes sense: whoever has no delay runs twice. */
export const entries: readonly Entry[] = [
  ...contenders.map((one) => ({ ...one, sleep: false })),
  ...contenders.filter(({ delay }) => !delay).map((one) => ({ ...one, sleep: true })),
]

export const idOf = ({ file, sleep }: Entry): string => (sleep ? `${file}-after-sleep` : file)
