import type { Profile } from './profile.js'

/** The routes of `packages/cloud-communal-service`. */
export const cloudCommunal: Profile = {
  name: 'cloud-communal-service',
  requestId: { header: 'X-Request-Id', echoed: true },
  podHeader: 'x-pod',
  versionHeader: 'x-service-version',
  serverLog: {
    requestId: 'requestId',
    started: { field: 'msg', value: 'request started' },
    ended: { field: 'msg', value: 'request' },
    finished: { field: 'outcome', value: 'finished' },
    listenerClosed: { field: 'state', value: 'draining' },
    sourcesSilent: { field: 'delayEnd', value: 'evidence' },
    time: 'time',
  },
  unpromisedIdleMs: 1_000,
  paths: {
    read: { path: '/', status: 200, json: true },
    slow: { path: '/work?ms={ms}', status: 200, json: true, ms: { min: 200, max: 3_000 } },
    stream: {
      path: '/stream?chunks={chunks}&every={every}',
      status: 200,
      chunks: { min: 10, max: 60 },
      every: 100,
      lastLine: 'end',
    },
    upload: {
      path: '/upload',
      status: 200,
      bytes: { min: 1_000, max: 65_536 },
      slowMs: { min: 500, max: 3_000 },
      sha256Field: 'sha256',
    },
    create: { path: '/notices', status: 201, body: '{"title":"{id}","body":"from zero-drop"}', idField: 'id' },
    events: {
      path: '/events?count={count}&every={every}',
      status: 200,
      count: { min: 10, max: 100 },
      every: 100,
      numbered: true,
    },
    websocket: { path: '/echo', message: '{id}', echo: true, openMs: { min: 2_000, max: 20_000 } },
  },
}
