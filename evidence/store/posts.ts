import { randomUUID } from 'node:crypto'
import { request } from 'node:http'
import type { Agent, IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { createConnections } from './connections.ts'

/** The outcome of one POST, as its client saw it. */
export interface Post {
  readonly requestId: string
  /** Text: the time, the URL and whether the connection was new or reused. */
  sent?: string
  /** The status of the response. Undefined if no complete response came. */
  status?: number
  /** The pod that sent the head of the response. */
  pod?: string
  /** The id of the notice in the response. */
  noticeId?: string
  /** The reasons in a response other than 201, or the error. */
  detail?: string
}

export interface Posting {
  readonly posts: readonly Post[]
  /** Stops sending. Resolves when the last POST has an outcome. */
  readonly stop: () => Promise<void>
}

/** The time limit for a response, in ms. The service's limit for its database is shorter. */
const ANSWER_MS = 15_000

/**
 * Posts notices at a constant rate, whatever the responses, to every URL in turn. Half of them use a new connection. No POST is ever
 * retried.
 *
 * @param rate notices per second
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

/** Reads a response. Rejects if it is cut off or not JSON. */
const answered = async (post: Post, response: IncomingMessage): Promise<void> => {
  const pod = response.headers['x-pod']
  if (typeof pod === 'string') post.pod = pod
  const answer = JSON.parse(await text(response)) as { id?: string; reasons?: string[] }
  post.status = response.statusCode ?? 0
  if (answer.id !== undefined) post.noticeId = answer.id
  if (answer.reasons !== undefined) post.detail = answer.reasons.join('; ')
}
