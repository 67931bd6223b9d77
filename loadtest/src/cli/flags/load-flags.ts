import { CLIENT_CLASSES } from '../../clients/index.js'
import type { FlagGroup } from './flag.js'
import { listOf, number, text } from './values.js'

/** The load and the clients that send it. */
export interface LoadValues {
  readonly rate: number
  readonly background: number
  readonly retrying: number
  readonly answerTimeout: number
  readonly profile?: string
  readonly clients?: readonly string[]
  readonly without?: readonly string[]
  readonly seed: number
}

/** The most that one machine or worker is asked for. */
export const MOST_RATE = 5_000
const MOST_TOTAL = 1_000_000
const CLIENTS: readonly string[] = CLIENT_CLASSES.map(({ name }) => name)

export const LOAD_FLAGS: FlagGroup<LoadValues> = {
  heading: 'Load',
  flags: {
    rate: {
      value: 'N',
      help: 'requests per second, spread over all client classes and URLs',
      byDefault: 200,
      usual: true,
      parse: number({ min: 1, max: MOST_TOTAL, unit: 'requests per second' }),
    },
    background: {
      value: 'N',
      help: 'requests per second that autocannon adds; they do not count for the verdict; 0 turns it off',
      byDefault: 20,
      parse: number({ min: 0, max: MOST_RATE, whole: true, unit: 'requests per second' }),
    },
    retrying: {
      value: 'N',
      help: 'requests per second of a client that retries; they do not count for the verdict; 0 turns it off',
      byDefault: 10,
      parse: number({ min: 0, max: MOST_RATE, unit: 'requests per second' }),
    },
    answerTimeout: {
      value: 'SECONDS',
      help: 'how long to wait for an overdue response; a later response counts as a drop',
      byDefault: 10,
      parse: number({ min: 1, max: 600, unit: 'seconds' }),
    },
    profile: {
      value: 'FILE',
      help: 'description of the requests that the service answers',
      defaultText: 'zero-drop.yaml in the current folder, else GET /, or the routes of cloud-communal-service',
      parse: text,
    },
    clients: {
      value: 'NAMES',
      help: `use only these client classes, separated by commas: ${CLIENTS.join(', ')}`,
      defaultText: 'every class that the service supports',
      conflicts: ['without'],
      parse: listOf(CLIENTS),
    },
    without: { value: 'NAMES', help: 'leave out these client classes, separated by commas', parse: listOf(CLIENTS) },
    seed: {
      value: 'N',
      help: 'seed of every random choice; the same seed gives the same load',
      byDefault: 1,
      parse: number({ min: 0, max: 2 ** 32 - 1, whole: true }),
    },
  },
}
