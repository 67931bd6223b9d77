import { setTimeout as sleep } from 'node:timers/promises'
import { CLIENT_CLASSES } from '../../../loadtest/dist/clients/index.js'
import { startLoad } from '../../../loadtest/dist/clients/load.js'
import { anyService } from '../../../loadtest/dist/inputs/profile/any-service.js'
import { Ledger } from '../../../loadtest/dist/ledger/ledger.js'
import { measure, readArguments } from './usage.ts'

/** The clients of zero-drop: every request is entered into the ledger, and its answer is checked. */
const { url, rate, ms, reuse } = readArguments()
const limits = { connectMs: 5_000, answerMs: 10_000 }
const ledger = new Ledger('bench')
const clients = CLIENT_CLASSES.filter(({ name }) => name === (reuse ? 'keep-alive' : 'new-connection'))
const done = measure()
const load = startLoad({ urls: [url], clients, profile: anyService('/'), rate, seed: 1, limits, ledger })
await sleep(ms)
load.stop()
await load.drain(limits.answerMs)
done()
