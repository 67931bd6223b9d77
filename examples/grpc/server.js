// gRPC. The shutdown is `tryShutdown`, as in "Graceful Shutdown" in the documentation of gRPC, with a pool to close.
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import grpc from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'

const pool = { end: () => sleep(200) }

const definition = loadSync(fileURLToPath(new URL('work.proto', import.meta.url)))
const { work } = grpc.loadPackageDefinition(definition)

const server = new grpc.Server()
server.addService(work.Work.service, {
  async do({ request: { id, ms } }, callback) {
    await sleep(ms)
    callback(null, { text: `work ${id} done` })
  },
  async stream(call) {
    const { id, ms } = call.request
    for (let part = 1; part <= 10; part++) {
      await sleep(ms / 10)
      call.write({ text: `work ${id} part ${part}` })
    }
    call.end()
  },
})
server.bindAsync(`0.0.0.0:${process.env.PORT}`, grpc.ServerCredentials.createInsecure(), (error) => {
  if (error) throw error
})

process.on('SIGTERM', () => {
  server.tryShutdown(async (error) => {
    if (error) throw error
    await pool.end()
    console.log('clean-up finished')
  })
})
