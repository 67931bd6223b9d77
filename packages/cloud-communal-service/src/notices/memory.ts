import { randomUUID } from 'node:crypto'
import { withinListBytes } from './store.js'
import type { Notice, NoticeStore } from './store.js'

/** About 16 MiB. The limit protects the pod: when it runs out of memory, it is killed with all its requests. */
export const CHARACTERS_IN_MEMORY: number = 8 * 1024 * 1024

interface Kept {
  notice: Notice
  requestId: string
}

/**
 * Creates a store in the memory of this process. Each pod has its own notices, and they end with the pod. The store
 * keeps at most `characters` (default 8 Mi, about 16 MiB) and deletes the oldest notices when it is full.
 */
export const memoryStore = ({ characters = CHARACTERS_IN_MEMORY }: { characters?: number } = {}): NoticeStore => {
  // A Map keeps the order of insertion, so the oldest notice comes first.
  const board = new Map<string, Kept>()
  let held = 0

  return {
    place: 'the memory of this process',
    open: () => Promise.resolve(),
    check: () => Promise.resolve(),
    add: (draft, requestId) => {
      const notice = { id: randomUUID(), title: draft.title, body: draft.body, createdAt: new Date().toISOString() }
      board.set(notice.id, { notice, requestId })
      held += size(notice)
      for (const [id, oldest] of board) {
        if (held <= characters || id === notice.id) break
        board.delete(id)
        held -= size(oldest.notice)
      }
      return Promise.resolve(notice)
    },
    get: (id) => Promise.resolve(board.get(id)?.notice),
    latest: (limit) => {
      const all = [...board.values()].map(({ notice }) => notice)
      return Promise.resolve(withinListBytes(all.slice(-limit).toReversed()))
    },
    ofRequest: (requestId) => {
      const found = [...board.values()].filter((kept) => kept.requestId === requestId)
      return Promise.resolve(withinListBytes(found.map(({ notice }) => notice)))
    },
    close: () => Promise.resolve(),
  }
}

/** Returns the size of a notice in characters. An entry needs about 200 beside its text. */
export const size = ({ title, body }: Notice): number => title.length + body.length + 200
