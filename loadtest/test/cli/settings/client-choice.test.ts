import { describe, expect, it } from 'vitest'
import { clientsFor } from '../../../src/cli/settings/client-choice.ts'
import { readProveSettings } from '../../../src/cli/settings/prove-settings.ts'
import { CLIENT_CLASSES } from '../../../src/clients/index.ts'
import { cloudCommunal } from '../../../src/inputs/profile/cloud-communal.ts'
import { parseProfile } from '../../../src/inputs/profile/read-profile.ts'

const ALL = CLIENT_CLASSES.map(({ name }) => name)
const choose = (...args: readonly string[]): readonly string[] => readProveSettings(args).clients
const bare = parseProfile('paths: { read: { path: / } }', 'bare')

describe('client classes', () => {
  it('are all by default, those of --clients, or all but those of --without', () => {
    expect(choose()).toEqual(ALL)
    expect(choose('--clients', 'slow, keep-alive')).toEqual(['keep-alive', 'slow'])
    expect(choose('--without=keep-alive')).toEqual(ALL.filter((name) => name !== 'keep-alive'))
  })

  it('are left out when the service does not support them', () => {
    const names = clientsFor(bare, { named: false, clients: ALL }).map(({ name }) => name)
    expect(names).toEqual(['new-connection', 'keep-alive', 'idle-keep-alive', 'pipelined'])
    expect(clientsFor(cloudCommunal, { named: false, clients: ['slow'] }).map(({ name }) => name)).toEqual(['slow'])
  })

  it('say what they need when a profile with one read path is not enough', () => {
    const silent = CLIENT_CLASSES.filter((client) => !client.supports(bare) && client.needs === undefined)
    expect(silent).toEqual([])
  })
})
