import { memoryStore } from './memory.js'
import { postgresStore } from './postgres.js'
import { sqliteStore } from './sqlite.js'
import type { NoticeStore, StoreOptions } from './store.js'

interface Kind {
  readonly example: string
  /** Returns whether a `DATABASE_URL` belongs to this kind. */
  readonly takes: (url: URL) => boolean
  readonly create: (url: string, options: StoreOptions) => NoticeStore
}

/** Every kind of store. */
const KINDS: readonly Kind[] = [
  {
    example: 'postgres://USER:PASSWORD@HOST:5432/DATABASE',
    // `?host=` names the folder of a Unix socket. An `@` or a `#` after the host belongs to a password that is not
    // percent-encoded, and the log would show it as the database.
    takes: ({ protocol, username, password, hostname, pathname, search, hash, searchParams }) =>
      /^postgres(ql)?:$/.test(protocol) &&
      (hostname !== '' || Boolean(searchParams.get('host'))) &&
      !`${pathname}${search}`.includes('@') &&
      hash === '' &&
      isDecodable(`${username}${password}${pathname}${search}`),
    create: postgresStore,
  },
  {
    example: 'sqlite:FILE (sqlite::memory: is the default)',
    takes: ({ protocol, pathname, hostname }) => protocol === 'sqlite:' && pathname !== '' && hostname === '',
    create: (url) => sqliteStore(url.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, '')),
  },
  { example: 'memory:', takes: ({ href }) => href === 'memory:', create: () => memoryStore() },
]

/** Describes the accepted values of `DATABASE_URL`. */
export const ACCEPTED_URLS: string = KINDS.map(({ example }) => example).join(', ')

const isDecodable = (text: string): boolean => {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

const kindOf = (text: string): Kind | undefined => {
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  return KINDS.find((kind) => kind.takes(url))
}

export const isStoreUrl = (text: string): boolean => kindOf(text) !== undefined

/**
 * Creates the store for a `DATABASE_URL`, without opening it.
 *
 * @throws {TypeError} if no store accepts the URL
 * @example createStore('sqlite:/data/notices.db', { applicationName: 'board', warn: console.warn, connections: 5 })
 */
export const createStore = (url: string, options: StoreOptions): NoticeStore => {
  const kind = kindOf(url)
  if (kind === undefined)
    throw new TypeError(
      `no store accepts the URL, which is not shown because of its password; accepted: ${ACCEPTED_URLS}`,
    )
  return kind.create(url, options)
}
