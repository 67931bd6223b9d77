import type { Profile } from './profile.js'

/**
 * Returns the profile of a service with one known path that answers 200. Its responses name neither the pod nor the request, so drops
 * cannot be attributed to pods by them. It has no slow path.
 */
export const anyService = (path: string, contains?: string): Profile => ({
  name: `GET ${path}`,
  requestId: { header: 'X-Request-Id', echoed: false },
  unpromisedIdleMs: 1_000,
  paths: { read: { path, status: 200, json: false, ...(contains === undefined ? {} : { contains }) } },
})
