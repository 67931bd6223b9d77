import { UsageError } from '../../base/errors.js'
import type { ClientClass } from '../../clients/client.js'
import { CLIENT_CLASSES } from '../../clients/index.js'
import type { Profile } from '../../inputs/profile/profile.js'
import { one } from '../flags/flag.js'
import type { GivenFlags } from '../flags/flag.js'
import { nearest } from '../../base/nearest.js'

const NAMES: readonly string[] = CLIENT_CLASSES.map(({ name }) => name)

/** Which client classes the command line asks for. */
export interface ChosenClients {
  /** Asked for by name: that the service does not offer what one of them needs is a mistake, and not a reason to leave it out. */
  readonly named: boolean
  readonly clients: readonly string[]
}

/**
 * Reads `--clients a,b` and `--without a,b`.
 *
 * @throws {UsageError} a name that is none, both flags at once, or nothing left
 */
export function chooseClients(given: GivenFlags): ChosenClients {
  const [only, without] = [names(given, 'clients'), names(given, 'without')]
  if (only && without) throw new UsageError('--clients and --without were both given; give one of them.')
  const clients = NAMES.filter((name) => (only ? only.includes(name) : !without?.includes(name)))
  if (clients.length === 0) throw new UsageError('--without leaves no client class to make load with; name fewer.')
  return { named: only !== undefined, clients }
}

function names(given: GivenFlags, flag: string): readonly string[] | undefined {
  const text = one(given, flag)
  if (text === undefined) return undefined
  const found = text.split(',').map((name) => name.trim())
  const stray = found.find((name) => !NAMES.includes(name))
  if (stray === undefined) return found
  const guess = nearest(stray, NAMES)
  const hint = guess === undefined ? `There are: ${NAMES.join(', ')}.` : `Did you mean ${guess}?`
  throw new UsageError(`--${flag}: there is no client class ${JSON.stringify(stray)}. ${hint}`)
}

/**
 * The classes that run against this service: what it does not offer is left out, unless it was asked for by name.
 *
 * @throws {UsageError}
 */
export function clientsFor(profile: Profile, { named, clients }: ChosenClients): readonly ClientClass[] {
  const chosen = CLIENT_CLASSES.filter(({ name }) => clients.includes(name))
  const missing = chosen.find((client) => !client.supports(profile))
  if (named && missing) {
    throw new UsageError(
      `--clients: ${missing.name} needs ${missing.needs ?? 'more'} of the service, and the profile of ${profile.name} names none; ` +
        'add it to zero-drop.yaml, or leave the class out.',
    )
  }
  return chosen.filter((client) => client.supports(profile))
}
