import { Client, credentials, type ClientDuplexStream, type ClientReadableStream } from '@grpc/grpc-js'

const identity = (bytes: Buffer): Buffer => bytes
const toText = (bytes: Buffer): string => bytes.toString()
const fromText = (text: string): Buffer => Buffer.from(text)

/** The result of a call: its messages and the code of its status. */
export interface CallResult {
  readonly messages: readonly string[]
  readonly code: number
}

/** A client of the fixture `preloaded/grpc.mjs` with one connection of its own, which never retries. */
export class GrpcClient {
  readonly #client: Client

  constructor(port: number, userAgent = 'test') {
    this.#client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
      'grpc.enable_retries': 0,
      'grpc.primary_user_agent': userAgent,
      'grpc.use_local_subchannel_pool': 1,
    })
  }

  close(): void {
    this.#client.close()
  }

  async unary(request: string): Promise<CallResult> {
    return new Promise((resolve) => {
      this.#client.makeUnaryRequest('/test.Echo/Unary', fromText, toText, request, (error, answer) =>
        resolve({ messages: error ? [] : [answer!], code: error?.code ?? 0 }),
      )
    })
  }

  count(upTo: number): Promise<CallResult> {
    return resultOf(this.#client.makeServerStreamRequest('/test.Echo/Count', fromText, toText, `${upTo}`))
  }

  chat(): { call: ClientDuplexStream<string, string>; result: Promise<CallResult> } {
    const call = this.#client.makeBidiStreamRequest('/test.Echo/Chat', fromText, toText)
    return { call, result: resultOf(call) }
  }

  /** Returns the number of the health status: 1 is SERVING, 2 is NOT_SERVING. */
  async health(service = ''): Promise<number | undefined> {
    const request = Buffer.concat([Buffer.from([0x0a, service.length]), Buffer.from(service)])
    return new Promise((resolve) => {
      this.#client.makeUnaryRequest('/grpc.health.v1.Health/Check', identity, identity, request, (error, answer) =>
        resolve(error ? undefined : answer![1]),
      )
    })
  }

  watchHealth(): { statuses: number[]; ended: Promise<number>; cancel: () => void } {
    const call = this.#client.makeServerStreamRequest(
      '/grpc.health.v1.Health/Watch',
      identity,
      identity,
      Buffer.alloc(0),
    )
    const statuses: number[] = []
    call.on('data', (answer: Buffer) => void statuses.push(answer[1]!))
    call.on('error', () => {})
    const ended = new Promise<number>((resolve) => void call.on('status', ({ code }) => resolve(code)))
    return { statuses, ended, cancel: () => call.cancel() }
  }
}

async function resultOf(call: ClientReadableStream<string>): Promise<CallResult> {
  const messages: string[] = []
  call.on('data', (message: string) => void messages.push(message))
  call.on('error', () => {})
  return new Promise((resolve) => void call.on('status', ({ code }) => resolve({ messages, code })))
}
