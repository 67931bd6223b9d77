import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { renderedFile } from '../folders.mjs'
import { copyManifests } from './copy.ts'
import type { Copy } from './copy.ts'
import { FOLDERS, K8S, hasKubectl } from './rendered.ts'

const BASE = renderedFile('base')

/** Copies the manifests, with a kubectl or a kustomize that prints the committed files. */
const copyWith = (program: 'kubectl' | 'kustomize'): Copy => {
  const copy = copyManifests()
  for (const folder of FOLDERS) {
    const text = readFileSync(join(K8S, renderedFile(folder)), 'utf8').replaceAll(/^#.*\n/gmu, '')
    writeFileSync(join(copy.root, 'bin', basename(folder)), text)
  }
  copy.program(
    program,
    `#!/bin/sh
case $1 in
  version) ;;
  ${program === 'kubectl' ? 'kustomize' : 'build'}) exec /bin/cat "\${0%/*}/\${2##*/}" ;;
  *) exit 1 ;;
esac
`,
  )
  return copy
}

describe('render.mjs --check', () => {
  it.runIf(hasKubectl)('finds no difference from what the real kubectl renders', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(K8S, 'render.mjs'), '--check'], {
      encoding: 'utf8',
    })
    expect({ status, stdout, stderr }).toEqual({
      status: 0,
      stdout: '7 files are up to date (kubectl kustomize)\n',
      stderr: '',
    })
  })

  it('passes where nothing differs', () => {
    expect(copyWith('kubectl').run('render.mjs', ['--check'])).toMatchObject({ status: 0, stderr: '' })
  })

  it('fails where files differ, and names each file, its folder and the first line that differs', () => {
    const { run, change } = copyWith('kubectl')
    for (const folder of FOLDERS) {
      change(renderedFile(folder), (text) => text.replace('minReadySeconds: 1', 'minReadySeconds: 2'))
    }
    const { status, stderr } = run('render.mjs', ['--check'])
    expect(status).toBe(1)
    const faults = stderr.trim().split('\n')
    expect(faults.pop()).toBe("render: run 'node k8s/render.mjs' and commit what it writes")
    expect(faults).toHaveLength(FOLDERS.length)
    for (const [index, folder] of FOLDERS.entries()) {
      expect(faults[index]).toContain(`render: ${renderedFile(folder)} differs from k8s/${folder}: line `)
      expect(faults[index]).toMatch(
        /line \d+ is " {2}minReadySeconds: 2\d", but should be " {2}minReadySeconds: 1\d"$/u,
      )
    }
  })

  it('fails where lines are missing at the end, or added to it', () => {
    const { run, change } = copyWith('kubectl')
    change('rendered/local.yaml', (text) => text.slice(0, text.lastIndexOf('  - Ingress')))
    change('rendered/single.yaml', (text) => `${text}more: 1\n`)
    const { status, stderr } = run('render.mjs', ['--check'])
    expect(status).toBe(1)
    expect(stderr).toMatch(/local\.yaml .* line \d+ is "", but should be " {2}- Ingress"/u)
    expect(stderr).toMatch(/single\.yaml .* line \d+ is "more: 1", but should be ""/u)
  })

  it('fails where a file is missing, or belongs to no overlay, and changes nothing', () => {
    const { root, run } = copyWith('kubectl')
    rmSync(join(root, BASE))
    rmSync(join(root, 'overlays/single'), { recursive: true })
    const { status, stderr } = run('render.mjs', ['--check'])
    expect(status).toBe(1)
    expect(stderr).toContain(`render: ${BASE} is missing\n`)
    expect(stderr).toContain('render: rendered/single.yaml belongs to no overlay\n')
    expect(existsSync(join(root, BASE))).toBe(false)
    expect(existsSync(join(root, 'rendered/single.yaml'))).toBe(true)
  })
})

describe('render.mjs', () => {
  it('writes the files, and deletes a file that belongs to no overlay', () => {
    const { root, run, change, read } = copyWith('kubectl')
    change(BASE, () => 'old\n')
    rmSync(join(root, 'rendered'), { recursive: true })
    rmSync(join(root, 'overlays/single'), { recursive: true })
    expect(run('render.mjs')).toEqual({ status: 0, stdout: '6 files rendered (kubectl kustomize)\n', stderr: '' })
    expect(read(BASE)).toBe(readFileSync(join(K8S, BASE), 'utf8'))
    writeFileSync(join(root, 'rendered/single.yaml'), '')
    expect(run('render.mjs').status).toBe(0)
    expect(existsSync(join(root, 'rendered/single.yaml'))).toBe(false)
    expect(run('render.mjs', ['--check']).status).toBe(0)
  })

  it('uses kustomize where there is no kubectl', () => {
    const { status, stdout } = copyWith('kustomize').run('render.mjs', ['--check'])
    expect([status, stdout]).toEqual([0, '7 files are up to date (kustomize build)\n'])
  })

  it('names the folder that cannot be rendered', () => {
    const { root, run } = copyWith('kubectl')
    mkdirSync(join(root, 'overlays/unknown'))
    const { status, stderr } = run('render.mjs')
    expect(status).toBe(2)
    expect(stderr).toMatch(/^render: 'kubectl kustomize overlays\/unknown' failed: /u)
  })

  it('rejects an unknown flag', () => {
    const { status, stderr } = copyWith('kubectl').run('render.mjs', ['--chek'])
    expect(status).toBe(2)
    expect(stderr).toMatch(/^render: unknown option '--chek'/iu)
  })

  it('asks for kubectl or kustomize where neither is on the PATH', () => {
    const { status, stderr } = copyManifests().run('render.mjs', ['--check'])
    expect(status).toBe(2)
    expect(stderr).toBe('render: neither kubectl nor kustomize is on the PATH; install one of them\n')
  })
})
