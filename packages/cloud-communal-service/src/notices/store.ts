/** What a client gives. */
interface Draft {
  title: string
  body: string
}

/** A notice on the board. */
export interface Notice extends Draft {
  id: string
  /** ISO 8601, UTC. */
  createdAt: string
}

/** Where notices are kept. */
export interface NoticeStore {
  add: (draft: Draft) => Promise<Notice>
  get: (id: string) => Promise<Notice | undefined>
  /** The newest first, at most `limit`. */
  latest: (limit: number) => Promise<Notice[]>
}
