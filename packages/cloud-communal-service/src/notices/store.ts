/** What a client gives. */
export interface Draft {
  title: string
  body: string
}

/** A notice on the board. */
export interface Notice extends Draft {
  id: string
  /** ISO 8601, UTC. */
  createdAt: string
}

/** Where notices are kept: one file a kind, listed in `stores.ts`; `test/notices/contract.ts` is what each must keep to. */
export interface NoticeStore {
  /** What it is and where, for a log: never with a password. */
  readonly place: string
  /**
   * Connects, and brings the tables to the form that this version needs. Whoever calls it may call it again after it has failed,
   * unless the failure is {@link StoreError.permanent}.
   */
  open: () => Promise<void>
  /** Rejects, saying why, while notices can be neither read nor written: for readiness. */
  check: () => Promise<void>
  /**
   * Keeps a notice under the id of the request that brought it, and resolves once it is committed. The id is recorded, not made
   * unique: a request that was executed twice is to be seen in the table.
   *
   * @throws {StoreError} which says whether the notice may be there all the same
   */
  add: (draft: Draft, requestId: string) => Promise<Notice>
  get: (id: string) => Promise<Notice | undefined>
  /** The newest first, at most `limit`. */
  latest: (limit: number) => Promise<Notice[]>
  /** What came of a request that was not answered: nothing, or the notice that it left. */
  ofRequest: (requestId: string) => Promise<Notice[]>
  /** Ends when nothing of it is open any more. What is under way finishes first. */
  close: () => Promise<void>
}

/** The store cannot do what it was asked; the client hears of it as 503. */
export class StoreError extends Error {
  /** Of a write: whether it is certain that nothing was stored, or whether the answer of the database got lost. */
  readonly stored: 'no' | 'unknown'
  /** Trying again will not help: somebody has to mend what the service was told. */
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
