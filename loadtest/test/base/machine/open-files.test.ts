import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { assertOpenFiles } from '../../../src/base/machine/open-files.ts'

const DIST = fileURLToPath(new URL('../../../dist/', import.meta.url))

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs Node in a shell that lets it open only a few files. */
const withFiles = (limit: number, ...args: readonly string[]): Promise<Ended> =>
  new Promise((resolve) => {
    const script = `ulimit -n ${limit} && exec "$0" "$@"`
    execFile('/bin/sh', ['-c', script, process.execPath, ...args], (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    )
  })

describe('the limit of open files', () => {
  test('that is too low is named, with the command that raises it', () => {
    expect(() =>
      assertOpenFiles(() => 'Max open files            256                  256                  files'),
    ).toThrow(
      'this process may open only 256 files, and zero-drop needs 512 or more for its connections: raise the hard limit with ulimit -n 1024',
    )
  })

  test('is not checked where the system does not say it', () => {
    expect(() =>
      assertOpenFiles(() => 'Max open files            unlimited            unlimited            files'),
    ).not.toThrow()
    expect(() =>
      assertOpenFiles(() => {
        throw new Error('ENOENT')
      }),
    ).not.toThrow()
  })
})

describe.runIf(process.platform === 'linux')('a process that may open few files', () => {
  test('says so in one sentence, and not with the exit code of a drop', async () => {
    // Node 20 reads its modules at the same time, and already fails there.
    const { code, stderr } = await withFiles(60, `${DIST}cli.js`, 'self-test')
    expect([2, 4]).toContain(code)
    expect(stderr).toMatch(/^zero-drop: .*ulimit -n.*\n$/u)
  })

  test('reports a program that cannot be started as such', async () => {
    const script = `
      import { openSync } from 'node:fs'
      import { startProcess } from '${DIST}targets/local/pods/processes/process.js'
      import { freePorts } from '${DIST}targets/local/pods/ports.js'
      try { for (;;) openSync('/dev/null') } catch {}
      const { exited } = startProcess({ argv: ['true'], environment: {}, cwd: undefined, onLine: () => {} })
      const { description } = await exited
      const ports = await freePorts([80]).catch(({ message }) => message)
      process.stdout.write(description + '|' + ports)`
    const { stdout, stderr } = await withFiles(100, '--input-type=module', '--eval', script)
    expect({ stdout, stderr }).toEqual({
      stdout:
        'cannot start true: EMFILE, this machine ran out of open files; raise the limit with ulimit -n, or lower --rate|' +
        'no port can be reserved: this machine ran out of open files (EMFILE); raise the limit with ulimit -n, or lower --rate',
      stderr: '',
    })
  })
})
