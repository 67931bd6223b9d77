import { UsageError } from '../../base/errors.js'
import type { ClientClass } from '../../clients/client.js'
import { CLIENT_CLASSES } from '../../clients/index.js'
import type { Profile } from '../../inputs/profile/profile.js'
import type { LoadValues } from '../flags/load-flags.js'

const NAMES: readonly string[] = CLIENT_CLASSES.map(({ name }) => name)

/** The client classes that a command line asks for. */
export interface ChosenClients {
  /** The classes were named one by one: a class that the service does not support is then an error, and not left out. */
  readonly named: boolean
  readonly clients: readonly string[]
}

/**
 * Applies `--clients` or `--without`.
 *
 * @throws {UsageError} no class is left
 */
export function chooseClients({ clients: only, without = [] }: Pick<LoadValues, 'clients' | 'without'>): ChosenClients {
  const clients = NAMES.filter((name) => (only ? only.includes(name) : !without.includes(name)))
  if (clients.length === 0) throw new UsageError('--without leaves out every client class: keep at least one')
  return { named: only !== undefined, clients }
}

/**
 * Returns the classes that run against a service. A class that the service does not support is left out, unless it was named.
 *
 * @throws {UsageError} a named class needs something that the profile does not describe
 */
export function clientsFor(profile: Profile, { named, clients }: ChosenClients): readonly ClientClass[] {
  const chosen = CLIENT_CLASSES.filter(({ name }) => clients.includes(name))
  const missing = chosen.find((client) => !client.supports(profile))
  if (named && missing) {
    throw new UsageError(
      `--clients ${missing.name} cannot run: it needs ${missing.needs ?? 'more'}, which the profile of ${profile.name} lacks; ` +
        'add it to zero-drop.yaml, or leave the class out',
    )
  }
  return chosen.filter((client) => client.supports(profile))
}
