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
  /** Said by every response in `X-Service-Version`. */
  version: string
  /** Said by every response in `X-Pod`. */
  pod: string
  logger: Logger
  notices: NoticeStore
}

/** The service without a listener and without a word about shutting down: that is for whoever listens. */
export const createApp = ({ version, pod, logger, notices }: AppOptions): Express => {
  const app = express()
  app.disable('x-powered-by')
  // Answers are small and change with the pod: hashing each of them would cost more than a 304 saves.
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
