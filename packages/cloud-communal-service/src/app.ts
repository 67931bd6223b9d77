import express from 'express'
import type { Express } from 'express'
import type { Logger } from './logger.js'
import { errors, notFound } from './middleware/errors.js'
import { identify } from './middleware/identify.js'
import { requestLog } from './middleware/request-log.js'
import type { NoticeStore } from './notices/store.js'
import { eventRoutes } from './routes/events.js'
import { noticeRoutes } from './routes/notices.js'
import { rootRoutes } from './routes/root.js'
import { streamRoutes } from './routes/stream.js'
import { uploadRoutes } from './routes/upload.js'
import { workRoutes } from './routes/work.js'

export interface AppOptions {
  /** Value of the header `X-Service-Version` of every response. */
  version: string
  /** Value of the header `X-Pod` of every response. */
  pod: string
  logger: Logger
  notices: NoticeStore
}

/** Creates the Express app. The caller starts the listener and handles the shutdown. */
export const createApp = ({ version, pod, logger, notices }: AppOptions): Express => {
  const app = express()
  app.disable('x-powered-by')
  // Responses are small and differ between pods, so a hash of each would cost more than a 304 saves.
  app.disable('etag')
  app.use(identify({ version, pod }), requestLog(logger))

  rootRoutes(app, { version, pod })
  workRoutes(app)
  streamRoutes(app)
  eventRoutes(app, { version, pod })
  uploadRoutes(app)
  noticeRoutes(app, notices)

  app.use(notFound, errors(logger))
  return app
}
