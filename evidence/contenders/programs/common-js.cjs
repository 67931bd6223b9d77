// A service in a CommonJS module without a line of code for its shutdown.
const { createServer } = require('node:http')

const print = (fields) => process.stdout.write(`${JSON.stringify(fields)}\n`)
const server = createServer((request, response) => {
  print({ handler: request.url })
  setTimeout(() => response.end('done'), Number(new URL(request.url, 'http://program').searchParams.get('ms')))
})
void import('../signalled.mjs').then(() =>
  server.listen(Number(process.env.PORT), () => print({ listening: Number(process.env.PORT) })),
)
