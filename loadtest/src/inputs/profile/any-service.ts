import type { Profile } from './profile.js'

/**
 * A service of which no more is known than what it answers with 200. It says neither which pod answered nor whose request it
 * was, so that drops cannot be tied to pods by its own word, and there is nothing slow to be cut off.
 */
export const anyService = (path: string, contains?: string): Profile => ({
  name: `GET ${path}`,
  requestId: { header: 'X-Request-Id', echoed: false },
  unpromisedIdleMs: 1_000,
  paths: { read: { path, status: 200, json: false, ...(contains === undefined ? {} : { contains }) } },
})
