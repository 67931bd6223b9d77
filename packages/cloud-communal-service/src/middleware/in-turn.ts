import type { RequestHandler } from 'express'

/**
 * Starts a request only when its response is the next one on its connection. Use it for large responses: the handlers
 * of pipelined requests would otherwise all run at once, and Node would keep every response until the client reads it.
 */
export const inTurn: RequestHandler = (_request, response, next) => {
  // The response has a socket from the moment at which the one before it is complete.
  if (response.socket !== null) next()
  else response.once('socket', () => next())
}
