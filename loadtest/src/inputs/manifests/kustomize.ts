import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { UsageError } from '../../base/errors.js'

/** The names that kustomize accepts for its file. */
export const KUSTOMIZATION_NAMES: readonly string[] = ['kustomization.yaml', 'kustomization.yml', 'Kustomization']

/** The programs that render a kustomization, in the order in which they are tried. */
const RENDERERS = [
  { program: 'kubectl', command: 'kustomize' },
  { program: 'kustomize', command: 'build' },
] as const

const MAX_OUTPUT_BYTES = 16 * 1024 * 1024

/** Returns whether a folder has a kustomization. */
export const isKustomization = (folder: string): boolean =>
  KUSTOMIZATION_NAMES.some((name) => existsSync(join(folder, name)))

/**
 * Renders the kustomization of a folder with `kubectl kustomize`, or with `kustomize build` if there is no kubectl.
 *
 * @returns the objects as one YAML stream.
 * @throws {UsageError} neither program is on the PATH, or rendering fails.
 */
export function renderKustomization(folder: string): string {
  for (const { program, command } of RENDERERS) {
    const options = { encoding: 'utf8', maxBuffer: MAX_OUTPUT_BYTES } as const
    const { status, stdout, stderr, error } = spawnSync(program, [command, folder], options)
    if (status === 0) return stdout
    if (error !== undefined && 'code' in error && error.code === 'ENOENT') continue
    const reason = error?.message ?? (reasonIn(stderr) || `exit code ${status}`)
    throw new UsageError(`${folder} cannot be rendered by '${program} ${command}': ${reason}`)
  }
  throw new UsageError(
    `${folder} has a kustomization, and neither kubectl nor kustomize is on the PATH to render it: install one of them, or give the file that 'kubectl kustomize ${folder}' prints elsewhere`,
  )
}

/** Returns an error of kustomize as one line, without its warnings, the head of a log line and the resources on the way. */
const reasonIn = (stderr: string): string =>
  stderr
    .replace(/^E\d{4} .*? err=(?:"(?<line>.*)"|<(?<lines>[^]*?)\n\s*>)$/mu, '$<line>$<lines>')
    .split('\n')
    .map((line) => line.replace(/^error: /iu, '').trim())
    .filter((line) => line !== '' && !/^(?:# )?Warning:/iu.test(line))
    .join('; ')
    .replaceAll(String.raw`\"`, '"')
    .replaceAll('accumulating resources: accumulation err=', '')
