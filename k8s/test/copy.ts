import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { K8S } from './rendered.ts'

const COPIED = [
  'base',
  'overlays',
  'rendered',
  'k8s-cloud-communal.yaml',
  'folders.mjs',
  'lint.mjs',
  'linters.yaml',
  'load.sh',
  'policies.mjs',
  'policy-pods.mjs',
  'render.mjs',
  'rollouts.sh',
]

export interface Ended {
  status: number | null
  stdout: string
  stderr: string
}

/** A copy of the manifests and their scripts that a test may change. */
export interface Copy {
  root: string
  /** Runs a script of the copy. The PATH has only the programs that the test has written. */
  run: (script: string, flags?: string[], env?: Record<string, string>) => Ended
  read: (file: string) => string
  change: (file: string, change: (text: string) => string) => void
  /** Writes a program of this name, in place of a real one, and returns its path. */
  program: (name: string, text: string) => string
}

/** Copies the manifests and their scripts to a folder that is deleted after the test. */
export const copyManifests = (): Copy => {
  const root = mkdtempSync(join(tmpdir(), 'manifests-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  for (const name of COPIED) cpSync(join(K8S, name), join(root, name), { recursive: true })
  symlinkSync(join(K8S, 'node_modules'), join(root, 'node_modules'))
  mkdirSync(join(root, 'bin'))
  const read = (file: string): string => readFileSync(join(root, file), 'utf8')
  return {
    root,
    read,
    run: (script, flags = [], env = {}) => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, script), ...flags], {
        encoding: 'utf8',
        env: { ...env, PATH: join(root, 'bin') },
      })
      return { status, stdout, stderr }
    },
    change: (file, change) => writeFileSync(join(root, file), change(read(file))),
    program: (name, text) => {
      const path = join(root, 'bin', name)
      writeFileSync(path, text)
      chmodSync(path, 0o755)
      return path
    },
  }
}
