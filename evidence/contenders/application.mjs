// The application that a contender stops: `APPLICATION` names a file in `applications/`. Each of them exports the names below.
const application = await import(`./applications/${process.env.APPLICATION ?? 'plain'}.mjs`)

/** Returns the application's HTTP server, which does not listen yet. */
export const createApplication = application.createApplication
/** Attaches the application's WebSocket servers to its HTTP server. */
export const attachWebSockets = application.attachWebSockets
/** The application's own cleanup, such as closing its database: `{ name, run() }` each. `run` may reject. */
export const hooks = application.hooks
export const logger = application.logger
/** Starts to listen. `admin` returns the port of the contender's own listener for probes, where it has one. */
export const start = application.start
/** Starts the loop of jobs of a worker without a server. Takes a function that makes the shutdown wait for work, as `onWork` does. */
export const startJobs = application.startJobs
/** Listens with a helper server on the loopback. */
export const listenHelper = application.listenHelper
/** Stops the loop of jobs, if a run asks for one, and waits for the job in progress. */
export const stopJobs = application.stopJobs
/** Takes a function that makes the shutdown wait for work that continues after its response, where a contender can do that. */
export const onWork = application.onWork
/** Takes a function that calls `end` when the drain starts, where a contender can notify the application. */
export const onDrain = application.onDrain

/** How long to keep serving after SIGTERM, in ms. Used by the contenders with such an option. */
export const delay = JSON.parse(process.env.DELAY ?? '700')
/** When the process must have exited, in ms after SIGTERM. */
export const budget = Number(process.env.BUDGET ?? 6_000)

/** The sleep before the shutdown of a contender without such an option: 0 as documented, or `delay` where a run asks for it. */
const sleepMs = process.env.SLEEP === 'true' ? delay : 0
export const sleepByHand = async () => {
  if (sleepMs > 0) await new Promise((resolve) => void setTimeout(resolve, sleepMs))
}
/** The rest of the budget, for the contenders whose time limit starts after that sleep. */
export const budgetAfterSleep = budget - sleepMs

export const runHooks = async () => {
  for (const { run } of hooks) await run()
}
