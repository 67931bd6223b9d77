import { execFile } from 'node:child_process'
import { expect, test } from 'vitest'

/** Runs in a separate process, because the fault shows at its exit. */
const PROGRAM = `
import { createServer, connect } from 'node:net'
import { resetAfterFlush } from ${JSON.stringify(new URL('../../../dist/base/wire/reset.js', import.meta.url).href)}
const server = createServer({ allowHalfOpen: true }, (socket) => {
  socket.on('error', ({ code }) => console.log('server', code))
  socket.write('all of it')
  socket.end()
  // The FIN is being sent.
  resetAfterFlush(socket)
})
server.listen(0, '127.0.0.1', () => {
  const client = connect({ port: server.address().port, host: '127.0.0.1', allowHalfOpen: true })
  client.on('data', (bytes) => console.log('client', String(bytes)))
  client.on('error', ({ code }) => console.log('client', code))
  client.on('end', () => setTimeout(() => client.destroy(), 100))
  client.on('close', () => server.close())
})
`

test('a reset while the FIN is being sent: what was written arrives, and the process ends', async () => {
  const output = await new Promise<string>((resolve, reject) => {
    const args = ['--input-type=module', '--eval', PROGRAM]
    execFile(process.execPath, args, { timeout: 15_000, killSignal: 'SIGKILL' }, (error, stdout) => {
      if (error) reject(new Error(`it did not end: ${stdout}`, { cause: error }))
      else resolve(stdout)
    })
  })
  expect(output.split('\n').slice(0, -1)).toEqual(['client all of it'])
})
