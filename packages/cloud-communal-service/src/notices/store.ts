/** A notice as the client sends it. */
export interface Draft {
  title: string
  body: string
}

/** A stored notice. */
export interface Notice extends Draft {
  id: string
  /** ISO 8601, UTC. */
  createdAt: string
}

/** A list of notices ends before the notice with which its JSON would exceed this, in bytes. It has at least one. */
export const LIST_BYTES: number = 1024 * 1024

/** Returns the first notices of a list, up to {@link LIST_BYTES}. */
export const withinListBytes = (notices: Notice[]): Notice[] => {
  let bytes = 0
  const end = notices.findIndex((notice, index) => {
    bytes += Buffer.byteLength(JSON.stringify(notice)) + 1
    return index > 0 && bytes > LIST_BYTES
  })
  return end === -1 ? notices : notices.slice(0, end)
}

/** Stores notices. `stores.ts` lists the kinds, one file each; `test/notices/contract.ts` tests what each must do. */
export interface NoticeStore {
  /** The kind and the location of the store, for the log. Never contains a password. */
  readonly place: string
  /**
   * Connects and migrates the tables to the form that this version needs. May be called again after a failure, unless
   * the error is {@link StoreError.permanent}.
   */
  open: () => Promise<void>
  /** Rejects with the reason while the store is unavailable. For the readiness check. */
  check: () => Promise<void>
  /**
   * Stores a notice with the id of its request, and resolves once it is committed. The request id is not unique, so
   * that the table shows a request that was executed twice.
   *
   * @throws {StoreError} whose `stored` says whether the notice may be stored anyway
   */
  add: (draft: Draft, requestId: string) => Promise<Notice>
  get: (id: string) => Promise<Notice | undefined>
  /** Returns at most `limit` notices and about {@link LIST_BYTES}, the newest first. */
  latest: (limit: number) => Promise<Notice[]>
  /** Returns the notices of a request, the oldest first, about {@link LIST_BYTES}, for a client that got no response. */
  ofRequest: (requestId: string) => Promise<Notice[]>
  /** Finishes the calls in progress, then closes every connection and resolves. */
  close: () => Promise<void>
}

/** A call to the store failed. The service responds with 503. */
export class StoreError extends Error {
  /** For a write: `no` if certainly nothing was stored, `unknown` if the response of the database was lost. */
  readonly stored: 'no' | 'unknown'
  /** Whether retrying cannot help, because the configuration is wrong. */
  readonly permanent: boolean

  constructor(
    message: string,
    {
      stored = 'no',
      permanent = false,
      cause,
    }: { stored?: 'no' | 'unknown'; permanent?: boolean; cause?: unknown } = {},
  ) {
    super(message, { cause })
    this.name = 'StoreError'
    this.stored = stored
    this.permanent = permanent
  }
}

export interface StoreOptions {
  /** The name of this client in the database. */
  applicationName: string
  /** Logs an event between two requests, such as an idle connection that broke. */
  warn: (message: string) => void
  /** The maximum number of database connections for requests. The readiness check uses one more. */
  connections: number
}
