import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { ROOT } from '../base/zero-drop.ts'

interface Workflow {
  readonly permissions: object
  readonly jobs: Readonly<
    Record<
      string,
      { readonly permissions: object; readonly steps: readonly { readonly uses?: string; readonly run?: string }[] }
    >
  >
}

describe('the release workflow', () => {
  const text = readFileSync(`${ROOT}.github/workflows/release.yml`, 'utf8')
  const { permissions, jobs } = parse(text) as Workflow
  const steps = Object.values(jobs).flatMap((job) => job.steps)

  test('may write nothing but the provenance, and only in the job that publishes', () => {
    expect(permissions).toEqual({})
    expect(jobs['check']!.permissions).toEqual({ contents: 'read' })
    expect(jobs['publish']!.permissions).toEqual({ contents: 'read', 'id-token': 'write' })
    expect(steps.at(-1)!.run).toContain('--provenance')
  })
})

describe('.ci/release', () => {
  let root: string
  const manifest = (): string => join(root, 'packages/graceful/package.json')

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'release-'))
    mkdirSync(join(root, '.changeset'))
    mkdirSync(join(root, 'packages/graceful'), { recursive: true })
    cpSync(`${ROOT}.ci/release`, join(root, '.ci/release'))
    writeFileSync(manifest(), JSON.stringify({ name: '@cloud-communal/graceful', version: '1.2.3' }))
    writeFileSync(join(root, 'packages/graceful/CHANGELOG.md'), '# @cloud-communal/graceful\n\n## 1.2.3\n')
  })

  afterEach(() => rmSync(root, { recursive: true }))

  /** Returns the error of the script, or an empty text. */
  async function release(tag: string): Promise<string> {
    const args = [tag, 'https://github.com/owner/name', join(root, 'out.tgz')]
    try {
      await promisify(execFile)(join(root, '.ci/release'), args)
      return ''
    } catch (error) {
      return (error as { stderr: string }).stderr
    }
  }

  test('packs the version of the tag, with the address of the repository', async () => {
    expect(await release('v1.2.3')).toBe('')
    const { stdout } = await promisify(execFile)('tar', ['-xzOf', join(root, 'out.tgz'), 'package/package.json'])
    expect(JSON.parse(stdout)).toMatchObject({
      version: '1.2.3',
      repository: { type: 'git', url: 'git+https://github.com/owner/name.git', directory: 'packages/graceful' },
    })
  })

  test('refuses the tag of another version', async () => {
    expect(await release('v1.2.4')).toBe(
      'release: the tag is v1.2.4, but packages/graceful/package.json has the version 1.2.3; push the tag v1.2.3\n',
    )
  })

  test('refuses a release while changesets wait', async () => {
    writeFileSync(join(root, '.changeset/change.md'), '')
    expect(await release('v1.2.3')).toContain('release: changesets wait, such as .changeset/change.md; run ')
  })

  test('refuses a version that CHANGELOG.md does not describe', async () => {
    writeFileSync(join(root, 'packages/graceful/CHANGELOG.md'), '## 1.2.2\n')
    expect(await release('v1.2.3')).toContain('release: packages/graceful/CHANGELOG.md does not describe 1.2.3; run ')
  })
})
