// Its documentation: close-with-grace calls app.close(), and onClose hooks close the rest. `return503OnClosing` is off, so that requests
// on open connections are served during the close. WebSockets use Fastify's own plugin.
import closeWithGrace from 'close-with-grace'
import Fastify from 'fastify'
import websocket from '@fastify/websocket'
import { budget, hooks, sleepByHand, start, stopJobs } from './application.mjs'
import { configured, echo, handler, pipeWebSockets, protocol, tls, withWebSockets } from './applications/plain.mjs'

const app = Fastify({
  return503OnClosing: false,
  ...(protocol.startsWith('h2') ? { http2: true } : {}),
  ...(tls ? { https: { ...tls, allowHTTP1: true } } : {}),
})
configured(app.server)
app.removeAllContentTypeParsers()
app.addContentTypeParser('*', (request, payload, done) => done(null))
if (withWebSockets === 'piped') pipeWebSockets(app.server)
else if (withWebSockets) {
  await app.register(websocket)
  app.get('/ws', { websocket: true }, echo)
}
app.all('*', (request, reply) => {
  reply.hijack()
  handler(request.raw, reply.raw)
})
// onClose hooks run last in, first out.
for (const { run } of hooks.toReversed()) app.addHook('onClose', run)
app.addHook('preClose', stopJobs)
closeWithGrace({ delay: budget }, async () => {
  void stopJobs()
  await sleepByHand()
  await app.close()
})
await start(app.server, { listen: () => app.listen({ port: 0, host: '127.0.0.1' }) })
