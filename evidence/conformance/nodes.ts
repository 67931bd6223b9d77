import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** A version of Node to run the contenders on. */
export interface Node {
  readonly major: number
  readonly path: string
  readonly version: string
}

export const workspaceMajor: number = majorOf(process.version)

const cache = new URL('../../node_modules/.cache/nodes/', import.meta.url)
const run = promisify(execFile)

/**
 * Returns the Node of this process if it has that major version, else the newest release of that version from the npm package `node`,
 * which is installed on first use.
 *
 * @throws {Error} npm cannot install it
 */
export async function nodeOf(major: number): Promise<Node> {
  const path = major === workspaceMajor ? process.execPath : await installed(major)
  const { stdout } = await run(path, ['--version'])
  return { major, path, version: stdout.trim() }
}

async function installed(major: number): Promise<string> {
  const folder = fileURLToPath(new URL(`${major}/`, cache))
  const path = `${folder}node_modules/node/bin/node`
  if (existsSync(path)) return path
  console.log(`installing Node ${major} into node_modules/.cache/nodes/${major}`)
  await mkdir(folder, { recursive: true })
  try {
    await run('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', `node@${major}`])
  } catch (error) {
    const reason = (error as { stderr?: string }).stderr?.trim() ?? String(error)
    throw new Error(`Node ${major} could not be installed from npm (leave it out with --node): ${reason}`, {
      cause: error,
    })
  }
  return path
}

function majorOf(version: string): number {
  return Number(version.replace('v', '').split('.', 1)[0])
}
