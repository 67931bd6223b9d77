import express from 'express'
import type { RequestHandler, Router } from 'express'
import { z } from 'zod'
import { HttpError } from '../http-error.js'
import { allowOnly } from '../middleware/allow-only.js'
import { REQUEST_IDS, isRequestId, requestId } from '../middleware/identify.js'
import { inTurn } from '../middleware/in-turn.js'
import { withinListBytes } from '../notices/store.js'
import type { NoticeStore } from '../notices/store.js'
import { wholeNumber } from '../query.js'

const LARGEST_BODY = 1024 * 1024
const JSON_TYPES = ['application/json', 'application/*+json']

/** Rejects text that databases do not store unchanged: U+0000 and half of a surrogate pair. */
const storable = (text: string): boolean => !/[\0\p{Surrogate}]/u.test(text)
const NOT_STORABLE = 'contains U+0000 or half of a surrogate pair'

const draft = z.strictObject({
  title: z.string().trim().min(1).max(200).refine(storable, NOT_STORABLE),
  body: z.string().min(1).refine(storable, NOT_STORABLE),
})

/**
 * Adds a small notice board: `POST /notices` with `{ title, body }`, `GET /notices/:id`, `GET /notices?limit=N`, and
 * `GET /notices?requestId=ID` for a client that got no response to its POST. A list has at most about 1 MiB.
 */
export const noticeRoutes = (router: Router, store: NoticeStore): void => {
  router
    .route('/notices')
    .get(inTurn, async (request, response) => {
      const limit = wholeNumber(request, 'limit', { min: 1, max: 100, fallback: 20 })
      const { requestId: asked } = request.query
      if (asked !== undefined && !isRequestId(asked)) throw new HttpError(400, badRequestId(asked))
      const notices = await (asked === undefined ? store.latest(limit) : store.ofRequest(asked))
      response.json({ notices: withinListBytes(notices) })
    })
    .post(onlyJson, express.json({ limit: LARGEST_BODY, type: JSON_TYPES }), async (request, response) => {
      const parsed = draft.safeParse(request.body)
      if (!parsed.success) throw new HttpError(400, ...parsed.error.issues.map(reason))
      const notice = await store.add(parsed.data, requestId(response))
      response.status(201).location(`/notices/${notice.id}`).json(notice)
    })
    .all(allowOnly('GET', 'HEAD', 'POST'))

  router
    .route('/notices/:id')
    .get(inTurn, async (request, response) => {
      const notice = await store.get(request.params.id)
      if (!notice) throw new HttpError(404, `No notice has the id ${JSON.stringify(request.params.id)}`)
      response.json(notice)
    })
    .all(allowOnly('GET', 'HEAD'))
}

const onlyJson: RequestHandler = (request, _response, next) => {
  const received = request.get('Content-Type')
  // `is` returns null if there is no body. That is a 400 for the missing fields, not a 415.
  if (request.is(JSON_TYPES) === false) {
    throw new HttpError(415, `Content-Type: received ${JSON.stringify(received ?? '')}; accepted: application/json`)
  }
  next()
}

const reason = (issue: z.core.$ZodIssue): string =>
  // The message of zod repeats the names, which can be long and are the client's.
  issue.code === 'unrecognized_keys'
    ? 'notice: unknown key; accepted: title, body'
    : `${issue.path.join('.') || 'notice'}: ${issue.message}`

const badRequestId = (received: unknown): string =>
  `requestId: received ${JSON.stringify(received).slice(0, 100)}; accepted: ${REQUEST_IDS}`
