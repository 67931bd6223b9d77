import express from 'express'
import type { RequestHandler, Router } from 'express'
import { z } from 'zod'
import { HttpError } from '../http-error.js'
import { allowOnly } from '../middleware/allow-only.js'
import type { NoticeStore } from '../notices/store.js'
import { wholeNumber } from '../query.js'

const LARGEST_BODY = 1024 * 1024
const JSON_TYPES = ['application/json', 'application/*+json']

const draft = z.strictObject({
  title: z.string().trim().min(1).max(200),
  body: z.string().min(1),
})

/** `GET /notices?limit=N`, `GET /notices/:id`, `POST /notices` with `{ title, body }`: a small notice board. */
export const noticeRoutes = (router: Router, store: NoticeStore): void => {
  router
    .route('/notices')
    .get(async (request, response) => {
      const limit = wholeNumber(request, 'limit', { min: 1, max: 100, fallback: 20 })
      response.json({ notices: await store.latest(limit) })
    })
    .post(onlyJson, express.json({ limit: LARGEST_BODY, type: JSON_TYPES }), async (request, response) => {
      const parsed = draft.safeParse(request.body)
      if (!parsed.success) throw new HttpError(400, ...parsed.error.issues.map(reason))
      const notice = await store.add(parsed.data)
      response.status(201).location(`/notices/${notice.id}`).json(notice)
    })
    .all(allowOnly('GET', 'HEAD', 'POST'))

  router
    .route('/notices/:id')
    .get(async (request, response) => {
      const notice = await store.get(request.params.id)
      if (!notice) throw new HttpError(404, `No notice has the id ${JSON.stringify(request.params.id)}`)
      response.json(notice)
    })
    .all(allowOnly('GET', 'HEAD'))
}

const onlyJson: RequestHandler = (request, _response, next) => {
  const received = request.get('Content-Type')
  // `is` gives null where there is no body at all: that is a 400 about what is missing, not a 415.
  if (request.is(JSON_TYPES) === false) {
    throw new HttpError(415, `Content-Type: received ${JSON.stringify(received ?? '')}; accepted: application/json`)
  }
  next()
}

const reason = (issue: z.core.$ZodIssue): string => `${issue.path.join('.') || 'notice'}: ${issue.message}`
