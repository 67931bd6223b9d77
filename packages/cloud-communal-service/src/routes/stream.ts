import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Response, Router } from 'express'
import { HttpError } from '../http-error.js'
import { allowOnly } from '../middleware/allow-only.js'
import { wholeNumber } from '../query.js'

const LONGEST = 600_000

/**
 * Adds `GET /stream?chunks=N&every=MS`: N lines, one every MS milliseconds, each sent at once. A line is its number,
 * from 0. The last line is `end`, which shows that the body is complete. The whole response takes at most ten minutes.
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
      // oxlint-disable-next-line no-await-in-loop -- the pauses are intended
      if (index > 0 && every > 0) await sleep(every, undefined, { signal })
      // oxlint-disable-next-line no-await-in-loop -- a slow reader must not fill the memory
      if (!response.write(`${index}\n`)) await once(response, 'drain', { signal })
    }
    response.end('end\n')
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
