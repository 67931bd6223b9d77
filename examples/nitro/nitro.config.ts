// Nitro, the server of Nuxt, with its preset `node-server`. Its server has a SIGTERM handler of its own, which calls the hook `close`.
export default defineNitroConfig({ compatibilityDate: '2026-01-01', srcDir: 'server', preset: 'node-server' })
