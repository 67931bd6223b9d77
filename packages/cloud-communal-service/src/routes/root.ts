import type { Router } from 'express'
import { allowOnly } from '../middleware/allow-only.js'

/** Adds `GET /`: the service, its version and its pod. */
export const rootRoutes = (router: Router, identity: { version: string; pod: string }): void => {
  const answer = { service: 'cloud-communal-service', version: identity.version, pod: identity.pod }
  router
    .route('/')
    .get((_request, response) => void response.json(answer))
    .all(allowOnly('GET', 'HEAD'))
}
