import { randomUUID } from 'node:crypto'
import { request } from 'node:http'
import type { Agent, IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { createConnections } from './connections.ts'

/** What became of one POST, as its client saw it. */
export interface Post {
  readonly requestId: string
  /** When it was sent, where to, and over what kind of connection: in words. */
  sent?: string
  /** 201 when it was answered so; undefined when no complete answer came. */
  status?: number
  /** The pod that the answer, or its beginning, came from. */
  pod?: string
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
  const targets = urls.map((url) => ({ url, connections: createConnections() }))
  const posts: Post[] = []
  const open = new Set<Promise<void>>()
  const timer = setInterval(() => {
    const { url, connections } = targets[posts.length % targets.length] as (typeof targets)[number]
    const onNew = Math.floor(posts.length / targets.length) % 2 === 0
    const { agent, reused } = onNew ? { agent: false as const, reused: false } : connections.take()
    const at = new Date().toISOString()
    const post: Post = { requestId: randomUUID(), sent: `${at} to ${url} on a ${reused ? 'reused' : 'new'} connection` }
    posts.push(post)
    const sentAt = performance.now()
    const sent = send(post, url, agent, (response) => {
      if (agent) connections.give(agent, response.headers, sentAt)
    })
    open.add(sent)
    void sent.finally(() => open.delete(sent))
  }, 1_000 / rate)
  return {
    posts,
    stop: async () => {
      clearInterval(timer)
      await Promise.all(open)
      for (const { connections } of targets) connections.close()
    },
  }
}

const send = (
  post: Post,
  url: string,
  agent: Agent | false,
  whole: (response: IncomingMessage) => void,
): Promise<void> =>
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
        answered(post, response)
          .then(() => whole(response))
          .then(resolve, lost)
      },
    ).on('error', lost)
    sending.end(JSON.stringify({ title: post.requestId, body: 'posted once, never again' }))
  })

/** Rejects where the answer is cut off, or is none. */
const answered = async (post: Post, response: IncomingMessage): Promise<void> => {
  const pod = response.headers['x-pod']
  if (typeof pod === 'string') post.pod = pod
  const answer = JSON.parse(await text(response)) as { id?: string; reasons?: string[] }
  post.status = response.statusCode ?? 0
  if (answer.id !== undefined) post.noticeId = answer.id
  if (answer.reasons !== undefined) post.detail = answer.reasons.join('; ')
}
