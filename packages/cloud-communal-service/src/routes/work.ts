import type { Router } from 'express'
import { allowOnly } from '../middleware/allow-only.js'
import { wholeNumber } from '../query.js'

/** `GET /work?ms=N`: answers after N milliseconds, 0 to 60000. A slow request to have in flight. */
export const workRoutes = (router: Router): void => {
  router
    .route('/work')
    .get((request, response) => {
      const ms = wholeNumber(request, 'ms', { min: 0, max: 60_000, fallback: 0 })
      const timer = setTimeout(() => response.json({ ms }), ms)
      // A client that gave up needs no answer, and a timer left behind would hold the process for a minute.
      response.once('close', () => clearTimeout(timer))
    })
    .all(allowOnly('GET', 'HEAD'))
}
