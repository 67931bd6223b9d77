// Next.js, standalone. Its server has a SIGTERM handler of its own: it closes, waits for what `after()` was given, and exits.
module.exports = { output: 'standalone', outputFileTracingRoot: __dirname }
