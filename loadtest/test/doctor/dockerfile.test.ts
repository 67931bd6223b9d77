import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { examineAll } from '../../src/doctor/examine.ts'
import { groupsOf } from '../../src/doctor/group.ts'
import { readInputs } from '../../src/doctor/input/read-inputs.ts'
import { folder, write } from './fixtures/folder.ts'
import { RIGHT } from './fixtures/manifest.ts'

/** @example `Dockerfile:3 shell-as-pid-1` */
function found(name = '.'): string[] {
  const { inputs } = readInputs([join(folder, name)], folder)
  return examineAll(groupsOf(inputs)).findings.map(({ place, rule }) => `${place.file}:${place.line} ${rule.id}`)
}

const dockerfile = (...lines: readonly string[]): string => ['FROM node:24', ...lines, ''].join('\n')
const PID_1 = 'shell-as-pid-1'

describe('the first process of an image', () => {
  it.each<readonly [what: string, lines: readonly string[], line: number | undefined]>([
    ['the exec form', ['CMD ["node", "server.js"]'], undefined],
    ['the shell form', ['CMD node server.js'], 2],
    ['the shell form with exec', ['CMD exec node server.js'], undefined],
    ['single quotes, which are no JSON', ["CMD ['node', 'server.js']"], 2],
    ['npm', ['CMD ["npm", "start"]'], 2],
    ['npm in the shell form', ['EXPOSE 80', 'CMD npm \\', '  start'], 3],
    ['npm with exec', ['CMD exec npm start'], 2],
    ['bash, which replaces itself', ['SHELL ["/bin/bash", "-c"]', 'CMD node server.js'], undefined],
    ['yarn below tini', ['ENTRYPOINT ["tini", "--"]', 'CMD ["yarn", "start"]'], undefined],
    ['the last CMD', ['CMD npm start', 'CMD ["node", "server.js"]'], undefined],
    ['a CMD with arguments', ['ENTRYPOINT ["node"]', 'CMD ["server.js"]'], undefined],
    ['an ENTRYPOINT in the shell form', ['ENTRYPOINT node server.js', 'CMD ["npm"]'], 2],
    ['an earlier stage', ['CMD npm start', 'FROM node:24', 'CMD ["node", "server.js"]'], undefined],
    ['a stage below', ['CMD npm start', 'FROM node:24 AS base', 'CMD npm start', 'FROM base', 'USER node'], 4],
    [
      'a stage whose CMD the ENTRYPOINT removes',
      ['FROM node:24 AS base', 'CMD npm start', 'FROM BASE', 'ENTRYPOINT ["node", "a.js"]'],
      undefined,
    ],
    ['a comment in a command', ['CMD [ "npm", \\', '  # why', '  "start" ]'], 2],
    ['a health check', ['HEALTHCHECK CMD npm run health', 'CMD ["node", "server.js"]'], undefined],
    ['a command of the base image', ['USER node'], undefined],
  ])('%s', (_, lines, line) => {
    write('Dockerfile', dockerfile(...lines))
    expect(found('Dockerfile')).toEqual(line === undefined ? [] : [`Dockerfile:${line} ${PID_1}`])
  })

  it.each<readonly [what: string, script: string, command: string, line: number | undefined]>([
    ['without exec', '#!/bin/sh\nmigrate\nnode server.js\n', '', 3],
    ['with exec', '#!/bin/sh\nmigrate\nexec node server.js\n', '', undefined],
    ['with a trap', "#!/bin/sh\ntrap 'kill $pid' TERM\nnode server.js & pid=$!\nwait\n", '', undefined],
    ['that runs its arguments', '#!/bin/sh\nmigrate\nexec "$@"\n', 'CMD ["node", "server.js"]', undefined],
    ['that runs npm', '#!/bin/sh\nmigrate\nexec "$@"\n', 'CMD ["npm", "start"]', 4],
    ['that runs its arguments below it', '#!/bin/sh\n"$@"\n', 'CMD ["node", "server.js"]', 3],
    ['in another language', '#!/usr/bin/env python3\nrun()\n', '', undefined],
  ])('a script %s', (_, script, command, line) => {
    write('docker/start.sh', script)
    write(
      'Dockerfile',
      dockerfile('COPY --chmod=755 docker/start.sh /usr/local/bin/', 'ENTRYPOINT ["start.sh"]', command),
    )
    expect(found('Dockerfile')).toEqual(line === undefined ? [] : [`Dockerfile:${line} ${PID_1}`])
    write('docker/start', script)
    write('Dockerfile', dockerfile('COPY docker/start /', 'ENTRYPOINT ["sh", "/start"]', command))
    expect(found('Dockerfile')).toEqual(line === undefined ? [] : [`Dockerfile:${line} ${PID_1}`])
  })
})

describe('the stop signal of an image', () => {
  const library = 'ENV NODE_OPTIONS="--import=@cloud-communal/graceful/register"'
  it.each<readonly [lines: readonly string[], line: number | undefined]>([
    [['STOPSIGNAL SIGTERM'], undefined],
    [['STOPSIGNAL SIGKILL'], 2],
    [['STOPSIGNAL 9'], 2],
    [['STOPSIGNAL kill'], 2],
    [['ARG SIGNAL=SIGKILL', 'STOPSIGNAL $SIGNAL'], undefined],
    [['STOPSIGNAL SIGQUIT'], undefined],
    [[library, 'STOPSIGNAL SIGQUIT'], 3],
    [[library, 'STOPSIGNAL SIGINT'], undefined],
    [[library, 'ENV GRACEFUL_SIGNALS=SIGQUIT', 'STOPSIGNAL SIGQUIT'], undefined],
    [['STOPSIGNAL 9', 'FROM node:24', 'USER node'], undefined],
  ])('%j', (lines, line) => {
    write('Dockerfile', dockerfile(...lines))
    expect(found('Dockerfile')).toEqual(line === undefined ? [] : [`Dockerfile:${line} stop-signal`])
  })
})

describe('a Dockerfile as an input', () => {
  it('is found in a folder, beside manifests', () => {
    for (const name of [
      'Dockerfile',
      'Dockerfile.prod',
      'a/shop.Dockerfile',
      'a/Containerfile',
      'Dockerfile.dockerignore',
    ]) {
      write(name, dockerfile('CMD npm start'))
    }
    write('Dockerfile.common', 'RUN true\n')
    write('k8s/shop.yaml', RIGHT.replace('revisionHistoryLimit: 10', 'revisionHistoryLimit: 0'))
    expect(found()).toEqual([
      `a/Containerfile:2 ${PID_1}`,
      `a/shop.Dockerfile:2 ${PID_1}`,
      `Dockerfile:2 ${PID_1}`,
      `Dockerfile.prod:2 ${PID_1}`,
      'k8s/shop.yaml:10 revision-history',
    ])
    expect(readInputs([join(folder, 'Dockerfile.common')], folder).notRead).toMatchObject([
      { file: 'Dockerfile.common', reason: expect.stringContaining('has no FROM') as string },
    ])
  })

  it('accepts comments with a reason', () => {
    const comment = '# zero-drop-ignore shell-as-pid-1: a job, which nobody waits for'
    write('Dockerfile', dockerfile(comment, 'CMD npm start'))
    expect(found('Dockerfile')).toEqual([])
    write('Dockerfile', `${comment}\n${dockerfile('CMD npm start')}`)
    expect(found('Dockerfile')).toEqual([])
    write('Dockerfile', dockerfile('# zero-drop-ignore shell-as-pid-1', 'CMD npm start'))
    expect(found('Dockerfile')).toEqual(['Dockerfile:2 ignore-without-reason', `Dockerfile:3 ${PID_1}`])
  })

  it('has the right lines with CRLF and a byte order mark', () => {
    write('Dockerfile', `\uFEFF${dockerfile('USER node', 'CMD npm start').replaceAll('\n', '\r\n')}`)
    expect(found('Dockerfile')).toEqual([`Dockerfile:3 ${PID_1}`])
  })
})
