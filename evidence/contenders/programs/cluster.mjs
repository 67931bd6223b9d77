// A cluster as Node's documentation has it: the primary forks workers, which share a port, and replaces a worker that exits. The primary
// has no code for the shutdown. The workers run the program in `WORKER`.
import cluster from 'node:cluster'
import { print } from '../../../packages/graceful/test/fixtures/output.mjs'

if (cluster.isPrimary) {
  for (let index = 0; index < 2; index++) cluster.fork({ INDEX: index })
  cluster.on('listening', ({ process: { pid } }) => print({ workerListens: pid }))
  cluster.on('exit', (worker, code, signal) => {
    print({ workerExit: worker.process.pid, code, signal })
    const next = cluster.fork()
    if (next.process.pid !== undefined) print({ replacement: next.process.pid })
  })
} else {
  // As a worker does whose own clean-up has failed.
  const { EXIT_CODE, INDEX } = process.env
  if (EXIT_CODE && INDEX === '1') process.on('exit', () => (process.exitCode = Number(EXIT_CODE)))
  await import(process.env.WORKER)
}
