import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The root of the repository. */
export const ROOT: string = fileURLToPath(new URL('../../', import.meta.url))

const ignore = (): void => {}

/**
 * Runs `zero-drop`, the load test, as a user would, and returns its exit code; null if a signal ended it. Ctrl-C reaches `zero-drop` too:
 * this process then waits until `zero-drop` has restored its target.
 *
 * @param output where its output goes; its errors always go to this process's stderr
 */
export async function zeroDrop(argv: readonly string[], output: 'inherit' | 'ignore'): Promise<number | null> {
  const child = spawn(process.execPath, [`${ROOT}loadtest/dist/cli.js`, ...argv], {
    stdio: ['inherit', output, 'inherit'],
    cwd: ROOT,
  })
  const pass = () => void child.kill('SIGTERM')
  process.on('SIGINT', ignore)
  process.on('SIGTERM', pass)
  try {
    return await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', resolve)
    })
  } finally {
    process.off('SIGINT', ignore)
    process.off('SIGTERM', pass)
  }
}
