import { ACCESS_FLAGS, type AccessValues } from './access-flags.js'
import type { AnyGroup, FlagGroup } from './flag.js'
import { KUBERNETES_FLAGS, LOAD_FROM_FLAGS } from './kubernetes-flags.js'
import { LOAD_FLAGS, type LoadValues } from './load-flags.js'
import { number } from './values.js'

/** The flags of the target and of the time. */
interface SentValues {
  readonly url: readonly string[]
  readonly for: number
  readonly workers?: number
}

type OwnLoadValues = Omit<LoadValues, 'background' | 'retrying'>

/** The flags of `zero-drop load`. */
export type TimedLoadValues = SentValues & OwnLoadValues & AccessValues & { readonly json?: boolean }

const SENT_FLAGS: FlagGroup<SentValues> = {
  heading: 'What to send',
  flags: {
    url: { ...KUBERNETES_FLAGS.flags.url, defaultText: 'none; at least one is required', usual: true },
    for: {
      value: 'SECONDS',
      help: 'how long to send requests',
      byDefault: 60,
      usual: true,
      parse: number({ min: 1, max: 86_400, unit: 'seconds' }),
    },
    workers: {
      ...LOAD_FROM_FLAGS.flags.workers,
      help: 'number of pods of an Indexed Job that share the rate; JOB_COMPLETION_INDEX is the number of this one',
    },
  },
}

const { background: _background, retrying: _retrying, ...own } = LOAD_FLAGS.flags

/** Every flag of `zero-drop load`, in the order of its help. */
export const TIMED_LOAD_FLAGS: readonly AnyGroup[] = [
  SENT_FLAGS,
  { heading: LOAD_FLAGS.heading, flags: own },
  ACCESS_FLAGS,
  { heading: 'Output', flags: { json: { help: 'print the result to stdout as JSON' } } },
]
