import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

/** The folder of the package. */
export const PACKAGE: string = fileURLToPath(new URL('../../', import.meta.url))

/** The result of a program that has ended. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program to its end. The environment is that of a user: without the variables of pnpm and vitest. */
export async function run(command: string, args: readonly string[], cwd: string, env = {}): Promise<Ended> {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(?:npm_|pnpm_|vitest|vite_|node_env$|node_options$|test$)/iu.test(name),
  )
  const child = spawn(command, args, {
    cwd,
    env: { ...Object.fromEntries(own), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code: code as number | null, stdout, stderr }
}

/** Runs a program to its end and returns its output. Throws the output if the program fails. */
export async function output(command: string, args: readonly string[], cwd: string): Promise<string> {
  const { code, stdout, stderr } = await run(command, args, cwd)
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} exited with code ${code}:\n${stdout}${stderr}`)
  return stdout
}

const roots: string[] = []

/** Creates an empty folder outside the repository. */
export function emptyFolder(): string {
  const root = mkdtempSync(join(tmpdir(), 'graceful-package-'))
  roots.push(root)
  return root
}

export function removeFolders(): void {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true })
}

/** A project of a user in a folder of its own, with npm packages installed. */
export class Project {
  readonly folder: string = emptyFolder()

  /** Installs packages from the registry, or tarballs. */
  async install(...packages: readonly string[]): Promise<this> {
    await output('npm', ['init', '-y'], this.folder)
    await output('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', ...packages], this.folder)
    return this
  }

  write(file: string, content: string | object): string {
    const path = join(this.folder, file)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
    return path
  }

  bin(name: string): string {
    return join(this.folder, 'node_modules/.bin', name)
  }
}
