// A program that never listens, such as a command-line tool.
setInterval(() => {}, 1_000)
process.stdout.write(`${JSON.stringify({ listening: null, pid: process.pid })}\n`)
