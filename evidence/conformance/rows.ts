import type { Row } from './row.ts'
import { budgetRows } from './rows/budget.ts'
import { clusterRows } from './rows/cluster.ts'
import { eventRows } from './rows/events.ts'
import { grpcRows } from './rows/grpc.ts'
import { http2Rows } from './rows/http2.ts'
import { httpsRows } from './rows/https.ts'
import { keepAliveRows } from './rows/keep-alive.ts'
import { lameDuckRows } from './rows/lame-duck.ts'
import { lingeringRows } from './rows/lingering.ts'
import { otherCodeRows } from './rows/other-code.ts'
import { pipeliningRows } from './rows/pipelining.ts'
import { preloadRows } from './rows/preload.ts'
import { probeRows } from './rows/probes.ts'
import { signalRows } from './rows/signals.ts'
import { streamRows } from './rows/streams.ts'
import { unfinishedRows } from './rows/unfinished.ts'
import { webSocketRows } from './rows/web-sockets.ts'
import { workerRows } from './rows/worker.ts'

export interface Chapter {
  readonly title: string
  readonly rows: readonly Row[]
}

/** The chapters, in the order of the table. */
export const chapters: readonly Chapter[] = [
  { title: 'Probes', rows: probeRows },
  { title: 'From the signal to the end of the delay', rows: lameDuckRows },
  { title: 'Keep-alive connections', rows: keepAliveRows },
  { title: 'Pipelining', rows: pipeliningRows },
  { title: 'Requests that are incomplete at the signal', rows: unfinishedRows },
  { title: 'Responses that are incomplete at the signal', rows: [...streamRows, ...eventRows] },
  { title: 'Clients that keep their connections open', rows: lingeringRows },
  { title: 'HTTPS', rows: httpsRows },
  { title: 'HTTP/2', rows: http2Rows },
  { title: 'WebSockets', rows: webSocketRows },
  { title: 'Budget and hooks', rows: budgetRows },
  { title: 'Signals and crashes', rows: signalRows },
  { title: 'Other code that ends the process', rows: otherCodeRows },
  { title: 'A program without a line of code for its shutdown', rows: preloadRows },
  { title: 'gRPC, without a line of code for the shutdown', rows: grpcRows },
  { title: 'Clusters whose primary has no code for the shutdown', rows: clusterRows },
  { title: 'Workers without a server', rows: workerRows },
]

export const rows: readonly Row[] = chapters.flatMap((chapter) => chapter.rows)
