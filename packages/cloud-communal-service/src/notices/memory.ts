import { randomUUID } from 'node:crypto'
import type { Notice, NoticeStore } from './store.js'

/**
 * A board in this process's memory: each pod has its own, and it is gone with the pod. It holds at most `characters`
 * (default 8 Mi, about 16 MiB) and lets the oldest notices go to make room, because a pod that runs out of memory is
 * killed with all its requests.
 */
export const memoryStore = ({ characters = 8 * 1024 * 1024 }: { characters?: number } = {}): NoticeStore => {
  // A Map keeps the order of insertion, which is the age.
  const board = new Map<string, Notice>()
  let held = 0

  return {
    add: (draft) => {
      const notice = { id: randomUUID(), title: draft.title, body: draft.body, createdAt: new Date().toISOString() }
      board.set(notice.id, notice)
      held += size(notice)
      for (const [id, oldest] of board) {
        if (held <= characters || id === notice.id) break
        board.delete(id)
        held -= size(oldest)
      }
      return Promise.resolve(notice)
    },
    get: (id) => Promise.resolve(board.get(id)),
    latest: (limit) => Promise.resolve([...board.values()].slice(-limit).toReversed()),
  }
}

/** 200: roughly what an entry costs beside its text. */
const size = ({ title, body }: Notice): number => title.length + body.length + 200
