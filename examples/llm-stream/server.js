// A language model's answer, streamed in the response to a POST: AI SDK with Express, as in its documentation. The model is its mock
// model. The shutdown is that of "Health Checks and Graceful Shutdown" in the documentation of Express, with a pool to close.
import { setTimeout as sleep } from 'node:timers/promises'
import { simulateReadableStream, streamText } from 'ai'
import { MockLanguageModelV4 } from 'ai/test'
import express from 'express'

const pool = { end: () => sleep(200) }

/** Answers `work ID done`, word by word, within `ms`. */
function modelFor({ id, ms }) {
  const words = ['work', ` ${id}`, ' done']
  const chunks = [
    { type: 'text-start', id: 'answer' },
    ...words.map((delta) => ({ type: 'text-delta', id: 'answer', delta })),
    { type: 'text-end', id: 'answer' },
    { type: 'finish', finishReason: { unified: 'stop' }, usage: { inputTokens: {}, outputTokens: {} } },
  ]
  const chunkDelayInMs = ms / chunks.length
  return new MockLanguageModelV4({
    doStream: async () => ({ stream: simulateReadableStream({ chunks, initialDelayInMs: 0, chunkDelayInMs }) }),
  })
}

const app = express()
app.use(express.json())
app.post('/chat', (request, response) => {
  const result = streamText({ model: modelFor(request.body), prompt: 'Work!' })
  result.pipeTextStreamToResponse(response)
})
const server = app.listen(process.env.PORT)

process.on('SIGTERM', () => {
  server.close(async () => {
    await pool.end()
    console.log('clean-up finished')
  })
})
