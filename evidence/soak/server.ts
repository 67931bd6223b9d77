// The server of the memory soak. It prints its port, then two lines for each request, as a service with a request log does.
import { startServer } from '../../loadtest/dist/proof/self-test/server.js'

// The soak reads these lines. Without it, the server has nothing to do.
process.stdout.on('error', () => process.exit())

const { port, server } = await startServer()
server.prependListener('request', (request, response) => {
  const line = { requestId: request.headers['x-request-id'] }
  process.stdout.write(`${JSON.stringify({ msg: 'start', ...line })}\n`)
  response.once('close', () => {
    const outcome = response.writableFinished ? 'finished' : 'aborted'
    process.stdout.write(`${JSON.stringify({ msg: 'request', outcome, ...line })}\n`)
  })
})
process.stdout.write(`${port}\n`)
