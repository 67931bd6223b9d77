import autocannon from 'autocannon'
import { measure, readArguments } from './usage.ts'

const { url, rate, ms, reuse } = readArguments()
const done = measure()
await autocannon({
  url,
  connections: 50,
  overallRate: rate,
  duration: ms / 1_000,
  ...(reuse ? {} : { reconnectRate: 1 }),
})
done()
