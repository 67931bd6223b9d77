// Prints the moment at which the process receives SIGTERM. The contender decides when a listener of the application runs.
const emit = process.emit.bind(process)
process.emit = function observed(event, ...values) {
  if (event === 'SIGTERM') process.stdout.write(`${JSON.stringify({ signalled: true })}\n`)
  return emit(event, ...values)
}
