import { memoryStore } from './memory.js'
import { postgresStore } from './postgres.js'
import { sqliteStore } from './sqlite.js'
import type { NoticeStore } from './store.js'

export interface StoreOptions {
  /** What the database is told about who is connected. */
  applicationName: string
  /** Hears of what befalls the store between two requests: a connection that broke while it was idle. */
  warn: (message: string) => void
  /** How many connections a database that is shared may be asked for by this process, besides the one for checks. */
  connections: number
}

interface Kind {
  readonly example: string
  /** Whether a `DATABASE_URL` is one of its. */
  readonly takes: (url: URL) => boolean
  readonly create: (url: string, options: StoreOptions) => NoticeStore
}

/** Every kind of store there is. */
const KINDS: readonly Kind[] = [
  {
    example: 'postgres://USER:PASSWORD@HOST:5432/DATABASE',
    // `?host=` is how the folder of a Unix socket is given.
    takes: ({ protocol, hostname, searchParams }) =>
      /^postgres(ql)?:$/.test(protocol) && (hostname !== '' || Boolean(searchParams.get('host'))),
    create: postgresStore,
  },
  {
    example: 'sqlite:FILE (sqlite::memory: is the default)',
    takes: ({ protocol, pathname, hostname }) => protocol === 'sqlite:' && pathname !== '' && hostname === '',
    create: (url) => sqliteStore(url.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, '')),
  },
  { example: 'memory:', takes: ({ href }) => href === 'memory:', create: () => memoryStore() },
]

/** What `DATABASE_URL` takes, in words. */
export const ACCEPTED_URLS: string = KINDS.map(({ example }) => example).join(', ')

const kindOf = (text: string): Kind | undefined => {
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  return KINDS.find((kind) => kind.takes(url))
}

export const isStoreUrl = (text: string): boolean => kindOf(text) !== undefined

/**
 * The store that a `DATABASE_URL` names; not open yet.
 *
 * @throws {TypeError} where no store has such a URL
 * @example createStore('sqlite:/data/notices.db', { applicationName: 'board', warn: console.warn, connections: 5 })
 */
export const createStore = (url: string, options: StoreOptions): NoticeStore => {
  const kind = kindOf(url)
  if (kind === undefined)
    throw new TypeError(`no store has the URL ${withoutPassword(url)}; accepted: ${ACCEPTED_URLS}`)
  return kind.create(url, options)
}

/** For complaints: whatever stands before an `@`, and a password in the query, is nobody's business. */
export const withoutPassword = (url: string): string =>
  url.replace(/^([a-z]+:\/\/)?.*@/is, '$1***@').replaceAll(/(password=)[^&]*/gi, '$1***')
