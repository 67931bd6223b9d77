import type { Router } from 'express'
import { allowOnly } from '../middleware/allow-only.js'
import { wholeNumber } from '../query.js'

/** Adds `GET /work?ms=N`: responds after N milliseconds, 0 to 60000. A slow request for load tests. */
export const workRoutes = (router: Router): void => {
  router
    .route('/work')
    .get((request, response) => {
      const ms = wholeNumber(request, 'ms', { min: 0, max: 60_000, fallback: 0 })
      const timer = setTimeout(() => response.json({ ms }), ms)
      // If the client has left, its timer would keep the process alive for up to a minute.
      response.once('close', () => clearTimeout(timer))
    })
    .all(allowOnly('GET', 'HEAD'))
}
