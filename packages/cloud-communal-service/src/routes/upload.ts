import { createHash } from 'node:crypto'
import type { Request, Router } from 'express'
import { allowOnly } from '../middleware/allow-only.js'

/**
 * Adds `POST /upload`: accepts any body of any size, returns its length in bytes and its SHA-256, and stores nothing.
 */
export const uploadRoutes = (router: Router): void => {
  router
    .route('/upload')
    .post(async (request, response) => {
      response.json(await digest(request))
    })
    .all(allowOnly('POST'))
}

const digest = async (request: Request): Promise<{ bytes: number; sha256: string }> => {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    hash.update(chunk)
    bytes += chunk.length
  }
  return { bytes, sha256: hash.digest('hex') }
}
