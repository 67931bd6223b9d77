import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Response, Router } from 'express'
import { HttpError } from '../http-error.js'
import { allowOnly } from '../middleware/allow-only.js'
import { wholeNumber } from '../query.js'

const LONGEST = 600_000

/**
 * `GET /stream?chunks=N&every=MS`: N lines, one each MS milliseconds, sent as they come. A line is its number, from 0,
 * and the last line is `end`, so that one look at the body tells whether it is whole. At most ten minutes in all.
 */
export const streamRoutes = (router: Router): void => {
  router
    .route('/stream')
    .get(async (request, response) => {
      const chunks = wholeNumber(request, 'chunks', { min: 1, max: 10_000, fallback: 10 })
      const every = wholeNumber(request, 'every', { min: 0, max: 60_000, fallback: 100 })
      if (chunks * every > LONGEST) {
        throw new HttpError(400, `chunks × every: ${chunks * every} ms; accepted: at most ${LONGEST} ms in all`)
      }
      response.type('text/plain').setHeader('Cache-Control', 'no-store')
      if (request.method === 'HEAD') response.end()
      else await send(response, chunks, every)
    })
    .all(allowOnly('GET', 'HEAD'))
}

const send = async (response: Response, chunks: number, every: number): Promise<void> => {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const { signal } = gone
  try {
    for (let index = 0; index < chunks; index += 1) {
      // oxlint-disable-next-line no-await-in-loop -- the pauses are the purpose
      if (index > 0 && every > 0) await sleep(every, undefined, { signal })
      // oxlint-disable-next-line no-await-in-loop -- a slow reader must not fill the memory
      if (!response.write(`${index}\n`)) await once(response, 'drain', { signal })
    }
    response.end('end\n')
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
