// A service of @grpc/grpc-js without a line of code for its shutdown.
await import('../signalled.mjs')
await import('../../../packages/graceful/test/fixtures/preloaded/grpc.mjs')
