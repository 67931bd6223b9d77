import { setTimeout as sleep } from 'node:timers/promises'
import { secured } from '../certificate.ts'
import { expect } from '../expect.ts'
import type { TrialSettings } from '../programs.ts'
import type { Row } from '../row.ts'
import { answered, endedWith, type Trial } from '../trial.ts'
import { endsWell, shutDown } from './other-code.ts'

const start = async (trial: Trial, settings: TrialSettings = {}): Promise<void> => {
  await trial.start({ program: 'preloaded', ...settings })
}

/** Waits until the process is ready, for at most ten seconds. */
async function ready(trial: Trial): Promise<void> {
  for (let left = 200; (await trial.probe('readiness')) !== 'ok'; left--) {
    expect(left > 0, 'the process did not become ready')
    await sleep(50)
  }
}

/** Checks that a request in flight at the signal is answered after the delay, and that the exit code is 0. */
async function drains(trial: Trial, path = '/slow?ms=1500'): Promise<void> {
  const slow = await trial.busy(path)
  await trial.signal()
  answered(await slow.responses(1), 1, slow)
  slow.end()
  await trial.endsWith(0)
}

export const preloadRows: readonly Row[] = [
  {
    id: 'preload-probes',
    title: 'Readiness passes when the service listens, and fails from the signal on; liveness passes until the end',
    needs: 'preload',
    async run(trial) {
      await start(trial, { delay: 800 })
      await ready(trial)
      await trial.signal()
      const seen = [await trial.probe('readiness'), await trial.probe('liveness')]
      expect(seen.join() === 'failed,ok', `readiness and liveness: ${seen.join(', ')}`)
    },
  },
  {
    id: 'preload-helper',
    title: 'A helper server on the loopback does not make the process ready',
    needs: 'preload',
    async run(trial) {
      await start(trial, { env: { HELPER: '1', LISTEN_AFTER: '800' } })
      const early = await trial.probe('readiness')
      expect(early !== 'ok', 'the process was ready before its service listened')
      await trial.service.waitFor(({ listening }) => listening !== undefined)
      await ready(trial)
    },
  },
  {
    id: 'preload-delay',
    title: 'New connections are served during the delay with Connection: close, and refused after it',
    needs: 'preload',
    async run(trial) {
      await start(trial, { delay: 800 })
      const slow = await trial.busy('/slow?ms=2000')
      await trial.signal()
      await sleep(400)
      const fresh = trial.client().get('/fresh')
      const responses = await fresh.responses(1)
      answered(responses, 1, fresh)
      expect(responses[0]!.headers['connection'] === 'close', `Connection: ${responses[0]!.headers['connection']}`)
      fresh.end()
      await trial.unserved()
      answered(await slow.responses(1), 1, slow)
      slow.end()
      await trial.endsWith(0)
    },
  },
  {
    id: 'preload-common-js',
    title: 'A request in flight is answered by a CommonJS program',
    needs: 'preload',
    async run(trial) {
      await start(trial, { delay: 300, file: 'common-js.cjs' })
      await drains(trial)
    },
  },
  {
    id: 'preload-https',
    title: '… by an HTTPS server',
    needs: 'preload',
    async run(trial) {
      await start(trial, { delay: 300, env: { PROTOCOL: 'https', ...secured() } })
      await drains(trial)
    },
  },
  {
    id: 'preload-http2',
    title: '… by an HTTP/2 server',
    needs: 'preload',
    async run(trial) {
      await start(trial, { delay: 300, env: { PROTOCOL: 'h2', ...secured() } })
      const slow = trial.client({ tls: true }).get('/slow?ms=1500')
      await trial.handled('/slow?ms=1500')
      await trial.signal()
      answered(await slow.responses(1), 1, slow)
      slow.end()
      await trial.endsWith(0)
    },
  },
  {
    id: 'preload-listener',
    title: 'A SIGTERM listener that closes the server runs after the drain, and its clean-up completes',
    needs: 'preload',
    async run(trial) {
      await shutDown(trial, 'closes', 'preloaded')
      await endsWell(trial)
    },
  },
  {
    id: 'preload-exit',
    title: 'A SIGTERM listener that exits runs after the drain, and its clean-up completes',
    needs: 'preload',
    async run(trial) {
      await shutDown(trial, 'exits', 'preloaded')
      await endsWell(trial)
    },
  },
  {
    id: 'preload-code-wins',
    title: 'If the program sets up the contender itself, its options apply and not the variables',
    needs: 'preload',
    async run(trial) {
      await trial.start({ program: 'beside', delay: 300, budget: 9_000, env: { GRACEFUL_SHUTDOWN_DELAY: '8000' } })
      await trial.signal()
      await trial.endsEarly('the delay in the variables')
      await trial.endsWith(0)
    },
  },
  {
    id: 'preload-idle-program',
    title: 'A program that never listens ends at SIGTERM at once',
    needs: 'preload',
    async run(trial) {
      await start(trial, { file: 'idle.mjs' })
      await trial.signal()
      const ending = await trial.ending()
      expect(ending.signal === 'SIGTERM', endedWith(ending))
    },
  },
  {
    id: 'preload-invalid',
    title: 'An invalid variable is an error that names it',
    needs: 'preload',
    async run(trial) {
      const failure = await start(trial, { env: { GRACEFUL_TIMEOUT: 'soon' } }).then(
        () => 'the program started',
        (error: Error) => (error.message.includes('GRACEFUL_TIMEOUT') ? undefined : error.message),
      )
      expect(failure === undefined, failure ?? '')
    },
  },
]
