import { randomUUID } from 'node:crypto'
import { Agent, request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'

/** What became of one POST, as its client saw it. */
export interface Post {
  readonly requestId: string
  /** 201 when it was answered so; undefined when no complete answer came. */
  status?: number
  /** The id that the answer gave to the notice. */
  noticeId?: string
  /** The reasons of another answer, or why none came. */
  detail?: string
}

export interface Posting {
  readonly posts: readonly Post[]
  /** Sends no more; resolves when the last one has its answer, or none. */
  readonly stop: () => Promise<void>
}

/** How long an answer may take, in ms: longer than the service gives its database. */
const ANSWER_MS = 15_000

/**
 * Posts notices at a steady pace, whatever the answers do, over every URL in turn, each second one on a new connection. Nothing is
 * ever sent a second time.
 *
 * @param rate notices a second
 */
export const postNotices = (urls: readonly string[], rate: number): Posting => {
  const keepAlive = new Agent({ keepAlive: true })
  const posts: Post[] = []
  const open = new Set<Promise<void>>()
  const timer = setInterval(() => {
    const post: Post = { requestId: randomUUID() }
    const url = urls[posts.length % urls.length] as string
    const agent = Math.floor(posts.length / urls.length) % 2 === 0 ? false : keepAlive
    posts.push(post)
    const sent = send(post, url, agent)
    open.add(sent)
    void sent.finally(() => open.delete(sent))
  }, 1_000 / rate)
  return {
    posts,
    stop: async () => {
      clearInterval(timer)
      await Promise.all(open)
      keepAlive.destroy()
    },
  }
}

const send = (post: Post, url: string, agent: Agent | false): Promise<void> =>
  new Promise((resolve) => {
    const lost = (error: Error): void => {
      post.detail ??= error.message
      resolve()
    }
    const sending = request(
      `${url}/notices`,
      {
        method: 'POST',
        agent,
        headers: { 'Content-Type': 'application/json', 'X-Request-Id': post.requestId },
        signal: AbortSignal.timeout(ANSWER_MS),
      },
      (response) => {
        answered(post, response).then(resolve, lost)
      },
    ).on('error', lost)
    sending.end(JSON.stringify({ title: post.requestId, body: 'posted once, never again' }))
  })

/** Rejects where the answer is cut off, or is none. */
const answered = async (post: Post, response: IncomingMessage): Promise<void> => {
  const answer = JSON.parse(await text(response)) as { id?: string; reasons?: string[] }
  post.status = response.statusCode ?? 0
  if (answer.id !== undefined) post.noticeId = answer.id
  if (answer.reasons !== undefined) post.detail = answer.reasons.join('; ')
}
